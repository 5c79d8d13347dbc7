// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.loader.elf.BinaryFile;
import io.goshawk.loader.elf.Image;
import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.UnusableFileException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the compiler inlined into a function, from the trees that the runtime needs for tracebacks
 * (Go's {@code runtime/symtabinl.go}, Go 1.20 to 1.27).
 *
 * <p>A function with inlined calls has a tree (funcdata 3, from {@code moduledata.gofunc}) of
 * 16-byte entries {id, name in funcnametab, parent pc, line}, and a table (pcdata 2) that gives for
 * each pc the entry it belongs to, or -1.
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

  // Bounds of the work on a hostile table; real ones have some hundred steps and entries.
  private static final int MAX_STEPS = 1_000_000;
  private static final int MAX_ENTRIES = 50_000;
  private static final int MAX_RANGES = 10_000;

  private final Image image;
  private final BinaryFile file;
  private final PcLnTab table;
  private final long trees;
  private long at;

  InlineTree(Image image, PcLnTab table, ModuleData module, GoVersion version)
      throws UnusableFileException {
    this.image = image;
    this.file = image.elf().file();
    this.table = table;
    this.trees = module.functionData(image, version);
  }

  /**
   * The copies of a function in another.
   *
   * @param caller the address of the other function
   */
  List<InlinedCopy> copies(long caller, String function) throws UnusableFileException {
    int index = table.indexOf(caller);
    Optional<Tree> tree = index < 0 ? Optional.empty() : tree(index);
    if (tree.isEmpty()) {
      return List.of();
    }
    byte[] name = (function + '\0').getBytes(StandardCharsets.UTF_8);
    return copies(caller, tree.get().steps, tree.get().entries, name);
  }

  /** Where in the file what is known of a function's copies begins. */
  private record Tree(long steps, long entries) {}

  private Optional<Tree> tree(int index) throws UnusableFileException {
    long func = table.func(index);
    long pcdata = file.u32(func + FUNC_PCDATA_COUNT);
    int funcdata = file.u8(func + FUNC_FUNCDATA_COUNT);
    if (pcdata <= PCDATA_INLINE_INDEX || funcdata <= FUNCDATA_INLINE_TREE || pcdata > 64) {
      return Optional.empty();
    }
    long steps = file.u32(func + FUNC_BYTES + 4 * PCDATA_INLINE_INDEX);
    long tree = file.u32(func + FUNC_BYTES + 4 * (pcdata + FUNCDATA_INLINE_TREE));
    return steps == 0 || tree == NONE
        ? Optional.empty()
        : Optional.of(new Tree(table.pctab() + steps, image.offset(trees + tree)));
  }

  /**
   * The functions that have copies of others in them, by the name of the other.
   *
   * @param functions the others
   */
  Map<String, List<String>> callers(Set<String> functions) throws UnusableFileException {
    int longest = functions.stream().mapToInt(String::length).max().orElse(0);
    Map<Long, Optional<String>> names = new HashMap<>();
    Map<String, List<String>> callers = new TreeMap<>();
    for (int index = 0; index < table.count(); index++) {
      Optional<Tree> tree = tree(index);
      if (tree.isEmpty()) {
        continue;
      }
      Set<String> found = new TreeSet<>();
      long entries = entryCount(tree.get().steps);
      for (long entry = 0; entry < entries; entry++) {
        long offset = file.u32(tree.get().entries + entry * ENTRY_BYTES + ENTRY_NAME);
        Optional<String> name = names.get(offset);
        if (name == null) {
          name = nameAt(offset, longest).filter(functions::contains);
          names.put(offset, name);
        }
        name.ifPresent(found::add);
      }
      if (!found.isEmpty()) {
        String caller = table.nameAt(table.address(index)).orElse("");
        found.forEach(name -> callers.computeIfAbsent(name, n -> new ArrayList<>()).add(caller));
      }
    }
    return callers;
  }

  private Optional<String> nameAt(long offset, int longest) throws UnusableFileException {
    long left = table.namesBytes() - offset;
    if (offset < 0 || left <= 0) {
      return Optional.empty();
    }
    byte[] name =
        file.bytes(
            table.namesEnd() - table.namesBytes() + offset, (int) Math.min(left, longest + 1L));
    for (int end = 0; end < name.length; end++) {
      if (name[end] == 0) {
        return Optional.of(new String(name, 0, end, StandardCharsets.UTF_8));
      }
    }
    return Optional.empty();
  }

  /** How many entries a tree has, by the largest number that some pc belongs to. */
  private long entryCount(long steps) throws UnusableFileException {
    long value = -1;
    long largest = -1;
    at = steps;
    for (int step = 0; step < MAX_STEPS; step++) {
      long change = varint();
      if (change == 0 && step > 0) {
        return largest + 1;
      }
      value += (change & 1) != 0 ? ~(change >> 1) : change >> 1;
      if (value >= MAX_ENTRIES) {
        throw new MalformedFileException(steps, "an inline tree of " + value + " entries");
      }
      largest = Math.max(largest, value);
      varint();
    }
    throw new MalformedFileException(steps, "a table of the pclntab without an end");
  }

  /** Runs through a table of (value change, zigzag; pc change) pairs of varints. */
  private List<InlinedCopy> copies(long caller, long steps, long entries, byte[] name)
      throws UnusableFileException {
    Map<Long, Boolean> isCopy = new HashMap<>();
    Map<Long, List<InlinedCopy.Range>> ranges = new LinkedHashMap<>();
    int found = 0;
    long address = caller;
    long value = -1;
    at = steps;
    for (int step = 0; step < MAX_STEPS; step++) {
      long change = varint();
      if (change == 0 && step > 0) {
        return ranges.values().stream().map(InlinedCopy::new).toList();
      }
      value += (change & 1) != 0 ? ~(change >> 1) : change >> 1;
      if (value >= MAX_ENTRIES) {
        throw new MalformedFileException(steps, "an inline tree of " + value + " entries");
      }
      long start = address;
      address += varint() * table.quantum();
      Boolean known = isCopy.get(value);
      if (known == null) {
        known = value >= 0 && isCalled(name, entries + value * ENTRY_BYTES);
        isCopy.put(value, known);
      }
      if (known) {
        if (++found > MAX_RANGES) {
          throw new MalformedFileException(steps, "a copy in more than " + MAX_RANGES + " pieces");
        }
        ranges
            .computeIfAbsent(value, entry -> new ArrayList<>())
            .add(new InlinedCopy.Range(start, address));
      }
    }
    throw new MalformedFileException(steps, "a table of the pclntab without an end");
  }

  private boolean isCalled(byte[] name, long entry) throws UnusableFileException {
    long offset = file.u32(entry + ENTRY_NAME);
    return offset + name.length <= table.namesBytes()
        && Arrays.equals(
            name, file.bytes(table.namesEnd() - table.namesBytes() + offset, name.length));
  }

  private long varint() throws UnusableFileException {
    long value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      int b = file.u8(at++);
      value |= (long) (b & 0x7f) << shift;
      if (b < 0x80) {
        break;
      }
    }
    return value;
  }
}
