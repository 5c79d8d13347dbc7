// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.elf;

import io.goshawk.abi.LittleEndian;
import java.util.Optional;

/**
 * The ELF symbol table ({@code .symtab}), streamed: 24 bytes a symbol, names in a string table.
 *
 * <p>Symbols are known by their index; nothing is kept.
 */
public final class SymbolTable {

  /** Symbol type of data (STT_OBJECT). */
  public static final int TYPE_OBJECT = 1;

  /** Symbol type of functions (STT_FUNC). */
  public static final int TYPE_FUNCTION = 2;

  private static final int ENTRY_BYTES = 24;
  private static final int ENTRIES_PER_CHUNK = 2048;

  /**
   * Bounds time and index on a hostile file; the largest Go programs have some hundred thousand.
   */
  private static final long MAX_SYMBOLS = 4_000_000;

  private final BinaryFile file;
  private final Section symbols;
  private final Section strings;

  private SymbolTable(BinaryFile file, Section symbols, Section strings) {
    this.file = file;
    this.symbols = symbols;
    this.strings = strings;
  }

  /** The symbol table of an executable; empty if it was stripped. */
  public static Optional<SymbolTable> of(ElfFile elf) throws UnusableFileException {
    for (Section section : elf.sections()) {
      if (section.type() == Section.TYPE_SYMTAB && section.bytes() >= ENTRY_BYTES) {
        int link = section.link();
        if (link <= 0 || link >= elf.sections().size() || !elf.sections().get(link).inFile()) {
          throw new MalformedFileException(
              section.offset(), "the symbol table's names are in section " + link);
        }
        if (section.bytes() / ENTRY_BYTES > MAX_SYMBOLS) {
          throw new MalformedFileException(
              section.offset(), "a symbol table of more than " + MAX_SYMBOLS + " symbols");
        }
        return Optional.of(new SymbolTable(elf.file(), section, elf.sections().get(link)));
      }
    }
    return Optional.empty();
  }

  /** How many symbols there are. */
  public int count() {
    return (int) (symbols.bytes() / ENTRY_BYTES);
  }

  /** Receives symbols in the order of the table. */
  @FunctionalInterface
  public interface Visitor {

    /**
     * A symbol that is defined in the file.
     *
     * @param index its place in the table
     * @param type STT_*
     * @param nameOffset where in the file its name starts
     */
    void symbol(int index, int type, long nameOffset, long address, long size)
        throws UnusableFileException;
  }

  /** Visits every defined symbol. */
  public void forEach(Visitor visitor) throws UnusableFileException {
    byte[] chunk = new byte[ENTRIES_PER_CHUNK * ENTRY_BYTES];
    int count = count();
    for (int first = 0; first < count; first += ENTRIES_PER_CHUNK) {
      int entries = Math.min(ENTRIES_PER_CHUNK, count - first);
      long at = symbols.offset() + (long) first * ENTRY_BYTES;
      file.read(at, chunk, 0, entries * ENTRY_BYTES);
      for (int i = 0; i < entries; i++) {
        int base = i * ENTRY_BYTES;
        int sectionIndex = LittleEndian.u16(chunk, base + 6);
        if (sectionIndex == 0) {
          continue;
        }
        visitor.symbol(
            first + i,
            chunk[base + 4] & 0xf,
            nameOffset(LittleEndian.u32(chunk, base), at + base),
            LittleEndian.i64(chunk, base + 8),
            LittleEndian.i64(chunk, base + 16));
      }
    }
  }

  /** Address of a symbol. */
  public long address(int index) throws UnusableFileException {
    return file.u64(entry(index) + 8);
  }

  /** Size of a symbol in bytes. */
  public long size(int index) throws UnusableFileException {
    return file.u64(entry(index) + 16);
  }

  /** Where in the file a symbol's name starts. */
  public long nameOffset(int index) throws UnusableFileException {
    return nameOffset(file.u32(entry(index)), entry(index));
  }

  /** Where in the file the table starts. */
  public long offset() {
    return symbols.offset();
  }

  /** How many bytes all names take. */
  public long namesBytes() {
    return strings.bytes();
  }

  /** Where in the file the names end. */
  public long namesEnd() {
    return strings.offset() + strings.bytes();
  }

  private long entry(int index) {
    return symbols.offset() + (long) index * ENTRY_BYTES;
  }

  private long nameOffset(long inStrings, long entry) throws UnusableFileException {
    if (inStrings >= strings.bytes()) {
      throw new MalformedFileException(entry, "a symbol's name lies outside the string table");
    }
    return strings.offset() + inStrings;
  }
}
