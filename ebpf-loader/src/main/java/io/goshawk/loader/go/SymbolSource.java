// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

/** Where function names and addresses are read. */
public enum SymbolSource {
  /** The ELF symbol table. */
  SYMTAB,
  /** Go's own function table, which stripping leaves in place. */
  PCLNTAB
}
