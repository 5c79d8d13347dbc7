// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.elf;

import java.util.OptionalLong;

/**
 * The memory of an executable as its file describes it, by virtual address before any load bias.
 */
public final class Image {

  private final ElfFile elf;
  private final Relocations relocations;

  public Image(ElfFile elf) throws UnusableFileException {
    this.elf = elf;
    this.relocations = Relocations.of(elf);
  }

  /** The headers. */
  public ElfFile elf() {
    return elf;
  }

  /** The relocations of its pointers. */
  public Relocations relocations() {
    return relocations;
  }

  /** The pointer at an address, relocations applied. */
  public long pointer(long address) throws UnusableFileException {
    long value = u64(address);
    if (value == 0 && elf.positionIndependent()) {
      OptionalLong addend = relocations.addendAt(address);
      return addend.isPresent() ? addend.getAsLong() : 0;
    }
    return value;
  }

  /** The 64-bit value at an address. */
  public long u64(long address) throws UnusableFileException {
    return elf.file().u64(offset(address));
  }

  /** The unsigned 32-bit value at an address. */
  public long u32(long address) throws UnusableFileException {
    return elf.file().u32(offset(address));
  }

  /** The unsigned byte at an address. */
  public int u8(long address) throws UnusableFileException {
    return elf.file().u8(offset(address));
  }

  /** Where in the file an address is; an address that the file does not hold is malformed. */
  public long offset(long address) throws UnusableFileException {
    OptionalLong offset = elf.fileOffset(address);
    if (offset.isEmpty()) {
      throw new MalformedFileException(
          0, "no segment of the file holds address 0x" + Long.toHexString(address));
    }
    return offset.getAsLong();
  }
}
