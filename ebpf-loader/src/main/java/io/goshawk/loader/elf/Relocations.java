// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.elf;

import java.util.OptionalLong;

/**
 * The relative relocations of a position-independent executable: pointers that the dynamic loader
 * sets to load bias + addend.
 *
 * <p>Go's own linker also leaves the addend in place, an external one leaves zero there; so a
 * pointer that is zero in the file is looked up here. The table is searched in place: GNU ld and
 * lld sort it by address, and one that is not sorted has no answers.
 */
public final class Relocations {

  private static final int ENTRY_BYTES = 24;
  private static final int DYNAMIC_ENTRY_BYTES = 16;
  private static final int MAX_DYNAMIC_ENTRIES = 4096;

  /** Position-independent programs of some hundred megabytes have a million. */
  private static final long MAX_ENTRIES = 8_000_000;

  private static final long DT_NULL = 0;
  private static final long DT_RELA = 7;
  private static final long DT_RELASZ = 8;
  private static final int R_X86_64_RELATIVE = 8;
  private static final int R_AARCH64_RELATIVE = 1027;

  private final BinaryFile file;
  private final long offset;
  private final long count;
  private final long relativeType;

  private Relocations(BinaryFile file, long offset, long count, long relativeType) {
    this.file = file;
    this.offset = offset;
    this.count = count;
    this.relativeType = relativeType;
  }

  /** Finds the table by the dynamic segment; without one the result has no answers. */
  public static Relocations of(ElfFile elf) throws UnusableFileException {
    long type = elf.machine() == ElfFile.MACHINE_ARM64 ? R_AARCH64_RELATIVE : R_X86_64_RELATIVE;
    long table = 0;
    long bytes = 0;
    if (elf.dynamic().isPresent()) {
      Segment dynamic = elf.dynamic().get();
      long entries = Math.min(MAX_DYNAMIC_ENTRIES, dynamic.fileBytes() / DYNAMIC_ENTRY_BYTES);
      for (long i = 0; i < entries; i++) {
        long at = dynamic.offset() + i * DYNAMIC_ENTRY_BYTES;
        long tag = elf.file().u64(at);
        if (tag == DT_NULL) {
          break;
        } else if (tag == DT_RELA) {
          table = elf.file().u64(at + 8);
        } else if (tag == DT_RELASZ) {
          bytes = elf.file().u64(at + 8);
        }
      }
    }
    OptionalLong where = elf.fileOffset(table);
    if (bytes / ENTRY_BYTES > MAX_ENTRIES) {
      throw new MalformedFileException(
          where.orElse(0), bytes / ENTRY_BYTES + " relocations are more than any linker writes");
    }
    if (where.isEmpty() || bytes <= 0 || where.getAsLong() > elf.file().size() - bytes) {
      return new Relocations(elf.file(), 0, 0, type);
    }
    return new Relocations(elf.file(), where.getAsLong(), bytes / ENTRY_BYTES, type);
  }

  /** What the loader adds its bias to at an address; empty if it relocates nothing there. */
  public OptionalLong addendAt(long address) throws UnusableFileException {
    // Relative relocations come first, sorted by address; symbolic ones follow, sorted by symbol.
    long low = 0;
    long high = count - 1;
    while (low <= high) {
      long middle = (low + high) >>> 1;
      long at = offset + middle * ENTRY_BYTES;
      long place = file.u64(at);
      boolean relative = file.u64(at + 8) == relativeType;
      if (relative && place == address) {
        return OptionalLong.of(file.u64(at + 16));
      }
      if (relative && place < address) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return OptionalLong.empty();
  }

  /** The first address that is set to bias + {@code addend}; reads the whole table. */
  public OptionalLong addressOf(long addend) throws UnusableFileException {
    for (long i = 0; i < count; i++) {
      long at = offset + i * ENTRY_BYTES;
      if (file.u64(at + 16) == addend && file.u64(at + 8) == relativeType) {
        return OptionalLong.of(file.u64(at));
      }
    }
    return OptionalLong.empty();
  }
}
