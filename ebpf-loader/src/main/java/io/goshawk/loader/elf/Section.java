// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.elf;

/**
 * A section header. Values are as in the file; {@link ElfFile#parse} has checked that the bytes are
 * there.
 *
 * @param name for example {@code .symtab}
 * @param type SHT_*
 * @param flags SHF_*
 * @param address virtual address, 0 if it is not loaded
 * @param offset where its bytes start in the file
 * @param bytes how many; of a compressed section, those of the compressed form
 * @param link index of the section it refers to, such as a symbol table's strings
 */
public record Section(
    String name, long type, long flags, long address, long offset, long bytes, int link) {

  static final long TYPE_SYMTAB = 2;
  static final long TYPE_NOBITS = 8;
  static final long FLAG_COMPRESSED = 0x800;

  /** Whether it occupies bytes of the file. */
  public boolean inFile() {
    return type != 0 && type != TYPE_NOBITS;
  }

  boolean compressed() {
    return (flags & FLAG_COMPRESSED) != 0;
  }
}
