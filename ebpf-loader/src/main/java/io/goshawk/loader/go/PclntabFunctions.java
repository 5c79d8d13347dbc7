// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.loader.elf.BinaryFile;
import io.goshawk.loader.elf.UnusableFileException;
import java.util.Optional;

/**
 * Functions as the pclntab lists them; sizes reach to the next function.
 *
 * <p>A function that is also called from assembler has a wrapper of the same name here. The linker
 * puts wrappers behind the functions of their package, so the first of two is the function.
 */
final class PclntabFunctions implements FunctionTable {

  private final PcLnTab table;
  private final NameIndex index;

  private PclntabFunctions(PcLnTab table, NameIndex index) {
    this.table = table;
    this.index = index;
  }

  static PclntabFunctions index(BinaryFile file, PcLnTab table) throws UnusableFileException {
    NameIndex index = new NameIndex(file, table.namesBytes(), table.namesEnd(), table.count());
    for (int i = 0; i < table.count(); i++) {
      index.add(i, table.nameOffset(i));
    }
    index.seal();
    return new PclntabFunctions(table, index);
  }

  @Override
  public Optional<GoFunction> function(String name) {
    return UnusableExecutableException.read(
        () -> {
          int i = index.find(name, table::nameOffset);
          return i < 0
              ? Optional.empty()
              : Optional.of(new GoFunction(name, table.address(i), table.size(i)));
        });
  }

  @Override
  public SymbolSource source() {
    return SymbolSource.PCLNTAB;
  }
}
