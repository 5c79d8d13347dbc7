package io.goshawk.loader.go;

import io.goshawk.loader.elf.Image;
import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.MappedFile;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What the compiler inlined, from the trees that the runtime needs for tracebacks (Go's {@code
 * runtime/symtabinl.go}, Go 1.20 to 1.27).
 *
 * <p>A function with inlined calls has a tree (funcdata 3, from {@code moduledata.gofunc}) of
 * 16-byte entries {id, name in funcnametab, parent pc, line}, and a table (pcdata 2) that gives for
 * each pc the entry it belongs to. The tree's length is nowhere; it is the table's largest value.
 */
final class InlineTree {

  private static final int FUNC_BYTES = 44;
  private static final int FUNC_PCDATA_COUNT = 28;
  private static final int FUNC_FUNCDATA_COUNT = 43;
  private static final int PCDATA_INLINE_INDEX = 2;
  private static final int FUNCDATA_INLINE_TREE = 3;
  private static final long NONE = 0xffff_ffffL;
  private static final int ENTRY_BYTES = 16;
  private static final int ENTRY_NAME = 4;

  /** Bounds the work on a hostile table; real trees have some hundred entries. */
  private static final int MAX_ENTRIES = 100_000;

  private static final int MAX_STEPS = 1_000_000;

  private final Image image;
  private final MappedFile file;
  private final PcLnTab table;
  private final long trees;

  /** How many table steps and tree entries may still be read. */
  private long budget;

  InlineTree(Image image, PcLnTab table, ModuleData module, GoVersion version)
      throws MalformedFileException {
    this.image = image;
    this.file = image.elf().file();
    this.table = table;
    this.trees = module.functionData(image, version);
    // A byte of the file is a step at most, and an entry has 16.
    this.budget = file.size() + MAX_STEPS;
  }

  /** Which of these functions were inlined somewhere. */
  Set<String> inlined(Collection<String> functions) throws MalformedFileException {
    Map<Long, String> byOffset = nameOffsets(functions);
    Set<String> inlined = new HashSet<>();
    for (int i = 0; i < table.count() && inlined.size() < byOffset.size(); i++) {
      collect(table.func(i), byOffset, inlined);
    }
    return inlined;
  }

  private void collect(long func, Map<Long, String> byOffset, Set<String> inlined)
      throws MalformedFileException {
    long pcdata = file.u32(func + FUNC_PCDATA_COUNT);
    int funcdata = file.u8(func + FUNC_FUNCDATA_COUNT);
    if (pcdata <= PCDATA_INLINE_INDEX || funcdata <= FUNCDATA_INLINE_TREE || pcdata > 64) {
      return;
    }
    long steps = file.u32(func + FUNC_BYTES + 4 * PCDATA_INLINE_INDEX);
    long tree = file.u32(func + FUNC_BYTES + 4 * (pcdata + FUNCDATA_INLINE_TREE));
    if (steps == 0 || tree == NONE) {
      return;
    }
    long at = image.offset(trees + tree);
    long entries = largestValue(table.pctab() + steps) + 1;
    spend(func, entries);
    if (entries > MAX_ENTRIES) {
      throw new MalformedFileException(func, "an inline tree of " + entries + " entries");
    }
    for (long i = 0; i < entries; i++) {
      String name = byOffset.get(file.u32(at + i * ENTRY_BYTES + ENTRY_NAME));
      if (name != null) {
        inlined.add(name);
      }
    }
  }

  /** Runs through a table of (value change, zigzag; pc change) pairs of varints. */
  private long largestValue(long start) throws MalformedFileException {
    long at = start;
    long value = -1;
    long largest = -1;
    for (int step = 0; step < MAX_STEPS; step++) {
      spend(start, 1);
      long change = file.u8(at++);
      if (change >= 0x80) {
        change = change & 0x7f;
        for (int shift = 7; shift < 35; shift += 7) {
          int b = file.u8(at++);
          change |= (long) (b & 0x7f) << shift;
          if (b < 0x80) {
            break;
          }
        }
      }
      if (change == 0 && step > 0) {
        return largest;
      }
      value += (change & 1) != 0 ? ~(change >> 1) : change >> 1;
      largest = Math.max(largest, value);
      while (file.u8(at++) >= 0x80) {
        spend(start, 1);
      }
    }
    throw new MalformedFileException(start, "a table of the pclntab without an end");
  }

  private void spend(long at, long amount) throws MalformedFileException {
    budget -= amount;
    if (budget < 0) {
      throw new MalformedFileException(at, "inline trees that overlap beyond reason");
    }
  }

  /** The names of inlined functions stand among all others, whether they have code or not. */
  private Map<Long, String> nameOffsets(Collection<String> functions)
      throws MalformedFileException {
    Map<String, byte[]> wanted = new HashMap<>();
    functions.forEach(f -> wanted.put(f, f.getBytes(StandardCharsets.UTF_8)));
    Map<Long, String> offsets = new HashMap<>();
    long bytes = table.namesBytes();
    long start = table.namesEnd() - bytes;
    byte[] name = new byte[NameIndex.MAX_NAME_BYTES];
    byte[] chunk = new byte[1 << 16];
    int length = 0;
    for (long at = 0; at < bytes; at += chunk.length) {
      int n = (int) Math.min(chunk.length, bytes - at);
      file.read(start + at, chunk, 0, n);
      for (int i = 0; i < n; i++) {
        if (chunk[i] != 0) {
          if (length < name.length) {
            name[length] = chunk[i];
          }
          length++;
          continue;
        }
        for (Map.Entry<String, byte[]> entry : wanted.entrySet()) {
          byte[] text = entry.getValue();
          if (text.length == length && Arrays.equals(text, 0, length, name, 0, length)) {
            offsets.put(at + i - length, entry.getKey());
          }
        }
        length = 0;
      }
    }
    return offsets;
  }
}
