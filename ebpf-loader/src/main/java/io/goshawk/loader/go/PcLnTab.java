// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.abi.LittleEndian;
import io.goshawk.loader.elf.BinaryFile;
import io.goshawk.loader.elf.ElfFile;
import io.goshawk.loader.elf.Image;
import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.Section;
import io.goshawk.loader.elf.Segment;
import io.goshawk.loader.elf.UnusableFileException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Go's function table, which the runtime needs for tracebacks and no stripping removes.
 *
 * <p>Format of Go 1.18 and newer, from Go's {@code runtime/symtab.go} and {@code
 * debug/gosym/pclntab.go}, little-endian:
 *
 * <pre>
 *   0   magic u32      0xfffffff0 (1.18, 1.19), 0xfffffff1 (1.20 and newer)
 *   4   0, 0, instruction quantum u8, pointer size u8
 *   8   nfunc, nfiles  u64
 *   24  textStart      u64, blank since 1.26
 *   32  offsets from here of funcnametab, cutab, filetab, pctab, pclntab: u64
 *
 *   pclntab starts with the functab: nfunc × {entry u32, func u32}, then {end of the text u32};
 *   entry counts from the text's start, func from the pclntab: {entry u32, name u32 in funcnametab, …}
 * </pre>
 *
 * <p>Go 1.17 (magic 0xfffffffa, as 1.16) has addresses in place of what counts from the text's
 * start, so no textStart, whatever is behind it a word earlier, and u64 for each u32 of the functab
 * and for the entry of a function.
 */
final class PcLnTab {

  private static final long MAGIC_1_16 = 0xfffffffaL;
  private static final long MAGIC_1_18 = 0xfffffff0L;
  private static final long MAGIC_1_20 = 0xfffffff1L;
  private static final int HEADER_BYTES = 72;
  private static final int FUNC_BYTES = 44;

  /** Each header that looks sound costs a search for its module data; real files have one. */
  private static final int MAX_CANDIDATES = 16;

  /** The largest Go programs known have some hundred thousand functions. */
  static final int MAX_FUNCTIONS = 2_000_000;

  private final Image image;
  private final BinaryFile file;
  private final boolean hasAddresses;
  private final int wordBytes;
  private final long tableAddress;
  private final int count;
  private final int quantum;
  private final long names;
  private final long namesEnd;
  private final long table;
  private final long pctab;
  private final long end;
  private final long textStart;
  private final Optional<ModuleData> module;

  private PcLnTab(
      Image image, Header header, long address, long textStart, Optional<ModuleData> module) {
    this.module = module;
    this.image = image;
    this.file = image.elf().file();
    this.hasAddresses = header.hasAddresses;
    this.wordBytes = header.wordBytes();
    this.tableAddress = address + header.table;
    this.count = header.count;
    this.quantum = header.quantum;
    this.names = header.offset + header.names;
    this.namesEnd = header.offset + header.cus;
    this.table = header.offset + header.table;
    this.pctab = header.offset + header.pctab;
    this.end = header.end;
    this.textStart = textStart;
  }

  /** Finds the table by its section, else by its magic; empty if there is none. */
  static Optional<PcLnTab> find(Image image) throws UnusableFileException {
    ElfFile elf = image.elf();
    for (String name : new String[] {".gopclntab", ".data.rel.ro.gopclntab"}) {
      Optional<Section> section = elf.section(name);
      if (section.isPresent()) {
        long start = section.get().offset();
        Header header = Header.read(elf.file(), start, start + section.get().bytes());
        return Optional.of(located(image, header, section.get().address()));
      }
    }
    int[] candidates = {0};
    for (Segment segment : elf.segments()) {
      Optional<PcLnTab> found = scan(image, segment, candidates);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** How many functions it lists. */
  int count() {
    return count;
  }

  /** Whether it is that of Go 1.16 and 1.17. */
  boolean hasAddresses() {
    return hasAddresses;
  }

  /** What the entries' addresses count from. */
  long textStart() {
    return textStart;
  }

  /** The runtime's description of the executable; empty if it was not found. */
  Optional<ModuleData> module() {
    return module;
  }

  /** Address of the {@code i}-th function. */
  long address(int i) throws UnusableFileException {
    return textStart + entry(i);
  }

  /** How far from the text's start the {@code i}-th function is; behind the last one, the end. */
  private long entry(int i) throws UnusableFileException {
    long word = 2L * i * wordBytes;
    return hasAddresses ? image.pointer(tableAddress + word) - textStart : file.u32(table + word);
  }

  /** The number of the function that begins at an address; negative if none does. */
  int indexOf(long address) throws UnusableFileException {
    int low = 0;
    int high = count - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long entry = address(middle);
      if (entry == address) {
        return middle;
      }
      if (entry < address) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  /** Bytes that steps of pc in the tables by pc are multiples of. */
  int quantum() {
    return quantum;
  }

  /** Bytes from the {@code i}-th function to the next one. */
  long size(int i) throws UnusableFileException {
    return entry(i + 1) - entry(i);
  }

  /** Where in the file the {@code i}-th function is described. */
  long func(int i) throws UnusableFileException {
    long at = table + (2L * i + 1) * wordBytes;
    long func = table + file.u32(at);
    if (func > end - FUNC_BYTES) {
      throw new MalformedFileException(at, "function " + i + " lies outside the pclntab");
    }
    return func;
  }

  /** Where in the file the tables are that give values by pc. */
  long pctab() {
    return pctab;
  }

  /** Where in the file the name of the {@code i}-th function starts; a NUL ends it. */
  long nameOffset(int i) throws UnusableFileException {
    long func = func(i);
    long name = names + file.u32(func + wordBytes);
    if (name >= namesEnd) {
      throw new MalformedFileException(
          func + wordBytes, "the name of function " + i + " lies outside the pclntab's names");
    }
    return name;
  }

  /** The name of the function that begins at an address. */
  Optional<String> nameAt(long address) throws UnusableFileException {
    int index = indexOf(address);
    if (index < 0) {
      return Optional.empty();
    }
    long start = nameOffset(index);
    int length = (int) Math.min(NameIndex.MAX_NAME_BYTES, namesEnd - start);
    byte[] name = file.bytes(start, length);
    int end = 0;
    while (end < length && name[end] != 0) {
      end++;
    }
    return Optional.of(new String(name, 0, end, StandardCharsets.UTF_8));
  }

  /** How many bytes all names take. */
  long namesBytes() {
    return namesEnd - names;
  }

  /** Where in the file the names end. */
  long namesEnd() {
    return namesEnd;
  }

  private static PcLnTab located(Image image, Header header, long address)
      throws UnusableFileException {
    long names = address + header.names;
    Optional<ModuleData> module = ModuleData.find(image, address, names);
    long text = module.isPresent() ? module.get().text() : header.textStart;
    if (text == 0) {
      text = image.elf().section(".text").map(Section::address).orElse(0L);
    }
    Optional<Segment> segment = image.elf().segmentHolding(text);
    if (segment.isEmpty() || !segment.get().executable()) {
      throw new MalformedFileException(
          header.offset, "no text segment belongs to the pclntab that starts here");
    }
    PcLnTab found = new PcLnTab(image, header, address, text, module);
    found.checkEntries(segment.get());
    return found;
  }

  /** Ascending and inside the text: then every address and size derived from it is sound. */
  private void checkEntries(Segment text) throws UnusableFileException {
    long limit = text.address() + text.fileBytes() - textStart;
    long last = 0;
    for (int i = 0; i <= count; i++) {
      long entry = entry(i);
      if (entry < last || entry > limit) {
        throw new MalformedFileException(
            table + 2L * i * wordBytes,
            "function addresses of the pclntab are not ascending in the text");
      }
      last = entry;
    }
  }

  /** Looks for the magic at each aligned place; a header that does not hold together is none. */
  private static Optional<PcLnTab> scan(Image image, Segment segment, int[] candidates)
      throws UnusableFileException {
    BinaryFile file = image.elf().file();
    byte[] chunk = new byte[1 << 16];
    long end = segment.offset() + segment.fileBytes();
    long first = segment.offset() + (-segment.address() & 7);
    for (long at = first; at + HEADER_BYTES <= end; at += chunk.length) {
      int n = (int) Math.min(chunk.length, end - at) & ~7;
      file.read(at, chunk, 0, n);
      for (int i = 0; i < n; i += 8) {
        if (chunk[i + 3] != (byte) 0xff || !Header.starts(LittleEndian.i64(chunk, i))) {
          continue;
        }
        long address = segment.address() + (at + i - segment.offset());
        try {
          Header header = Header.read(file, at + i, end);
          if (++candidates[0] > MAX_CANDIDATES) {
            return Optional.empty();
          }
          return Optional.of(located(image, header, address));
        } catch (MalformedFileException e) {
          // The magic by chance, as in the code of a program that reads such tables.
          continue;
        }
      }
    }
    return Optional.empty();
  }

  private record Header(
      long offset,
      boolean hasAddresses,
      int quantum,
      int count,
      long textStart,
      long names,
      long cus,
      long pctab,
      long table,
      long end) {

    static boolean starts(long word) {
      long magic = word & 0xffff_ffffL;
      long quantum = word >>> 48 & 0xff;
      return (magic == MAGIC_1_16 || magic == MAGIC_1_18 || magic == MAGIC_1_20)
          && (word >>> 32 & 0xffff) == 0
          && (quantum == 1 || quantum == 4)
          && word >>> 56 == 8;
    }

    static Header read(BinaryFile file, long at, long end) throws UnusableFileException {
      if (!starts(file.u64(at))) {
        throw new MalformedFileException(
            at, "a pclntab of unknown form; those of Go 1.17 and newer are known");
      }
      boolean hasAddresses = file.u32(at) == MAGIC_1_16;
      int parts = hasAddresses ? 24 : 32;
      int entryBytes = hasAddresses ? 16 : 8;
      long count = file.u64(at + 8);
      if (count <= 0 || count > MAX_FUNCTIONS) {
        throw new MalformedFileException(at + 8, "a pclntab of " + count + " functions");
      }
      long names = file.u64(at + parts);
      long cus = file.u64(at + parts + 8);
      long pctab = file.u64(at + parts + 24);
      long table = file.u64(at + parts + 32);
      if (names < parts + 40 || cus <= names || pctab < cus || table < pctab || at + table < 0) {
        throw new MalformedFileException(at + parts, "the parts of the pclntab are out of order");
      }
      if (table > end - at || entryBytes * count + entryBytes / 2 > end - at - table) {
        throw new MalformedFileException(at + parts + 32, "the pclntab is longer than its section");
      }
      long textStart = hasAddresses ? 0 : file.u64(at + 24);
      return new Header(
          at, hasAddresses, file.u8(at + 6), (int) count, textStart, names, cus, pctab, table, end);
    }

    /** Of the functab, and of a function's entry. */
    int wordBytes() {
      return hasAddresses ? 8 : 4;
    }
  }
}
