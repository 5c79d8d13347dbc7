// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.loader.elf.ElfFile;
import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.Segment;
import io.goshawk.loader.elf.SymbolTable;
import io.goshawk.loader.elf.UnusableFileException;
import java.util.Optional;

/** Functions as the ELF symbol table lists them; sizes are exact. */
final class SymtabFunctions implements FunctionTable {

  private final SymbolTable symbols;
  private final NameIndex index;
  private final int count;

  private SymtabFunctions(SymbolTable symbols, NameIndex index, int count) {
    this.symbols = symbols;
    this.index = index;
    this.count = count;
  }

  /** Indexes a symbol table; symbols outside the executable segments are left out. */
  static SymtabFunctions index(ElfFile elf, SymbolTable symbols) throws UnusableFileException {
    int[] functions = {0};
    symbols.forEach(
        (i, type, name, address, size) -> functions[0] += isFunction(elf, type, address, size));
    if (functions[0] > PcLnTab.MAX_FUNCTIONS) {
      throw new MalformedFileException(
          symbols.offset(), "a symbol table of " + functions[0] + " functions");
    }
    NameIndex index =
        new NameIndex(elf.file(), symbols.namesBytes(), symbols.namesEnd(), functions[0]);
    symbols.forEach(
        (i, type, name, address, size) -> {
          if (isFunction(elf, type, address, size) != 0) {
            index.add(i, name);
          }
        });
    index.seal();
    return new SymtabFunctions(symbols, index, functions[0]);
  }

  int count() {
    return count;
  }

  @Override
  public Optional<GoFunction> function(String name) {
    return UnusableExecutableException.read(
        () -> {
          int i = index.find(name, symbols::nameOffset);
          return i < 0
              ? Optional.empty()
              : Optional.of(new GoFunction(name, symbols.address(i), symbols.size(i)));
        });
  }

  @Override
  public SymbolSource source() {
    return SymbolSource.SYMTAB;
  }

  private static int isFunction(ElfFile elf, int type, long address, long size) {
    if (type != SymbolTable.TYPE_FUNCTION || size <= 0) {
      return 0;
    }
    Optional<Segment> segment = elf.segmentHolding(address);
    return segment.isPresent()
            && segment.get().executable()
            && size <= segment.get().fileBytes() - (address - segment.get().address())
        ? 1
        : 0;
  }
}
