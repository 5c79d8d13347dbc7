// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.dwarf;

import io.goshawk.loader.elf.Budget;
import io.goshawk.loader.elf.ElfFile;
import io.goshawk.loader.elf.SectionContents;
import io.goshawk.loader.elf.UnusableFileException;
import org.jspecify.annotations.Nullable;

/**
 * Strings that lie outside {@code .debug_info}: {@code .debug_str}, {@code .debug_line_str} and the
 * index {@code .debug_str_offsets}.
 *
 * <p>Go writes names in place; C compilers and tools that compact DWARF do not. A section that is
 * not compressed is read where it lies; a compressed one is inflated whole on its first use if it
 * is small, and has no strings if it is not.
 */
final class NameStrings {

  private static final int MAX_INFLATED_BYTES = 4 << 20;

  /** Bounds the time when every name is long; those of a large program have 50 MB together. */
  private static final long MAX_NAMES_BYTES = 256 << 20;

  private final Area strings;
  private final Area lineStrings;
  private final Area offsets;

  NameStrings(ElfFile elf, Budget budget) {
    strings = new Area(elf, budget, ".debug_str");
    lineStrings = new Area(elf, budget, ".debug_line_str");
    offsets = new Area(elf, budget, ".debug_str_offsets");
  }

  /** Reads the string at an offset of {@code .debug_str} as the reader's name. */
  void direct(InfoReader in, long offset) throws UnusableFileException {
    strings.name(in, offset);
  }

  /** Reads the string at an offset of {@code .debug_line_str} as the reader's name. */
  void line(InfoReader in, long offset) throws UnusableFileException {
    lineStrings.name(in, offset);
  }

  /** Reads the string of a number in {@code .debug_str_offsets} as the reader's name. */
  void indexed(InfoReader in, Unit unit, long base, long index) throws UnusableFileException {
    if (index < 0 || index > Integer.MAX_VALUE || base < 0) {
      throw in.malformed("string number " + index);
    }
    strings.name(in, offsets.number(in, base + index * unit.offsetBytes(), unit.offsetBytes()));
  }

  private static final class Area {
    private final ElfFile elf;
    private final Budget budget;
    private final String name;
    private boolean opened;
    private long start;
    private long bytes;
    private byte @Nullable [] inflated;
    private long left = MAX_NAMES_BYTES;

    Area(ElfFile elf, Budget budget, String name) {
      this.elf = elf;
      this.budget = budget;
      this.name = name;
    }

    void name(InfoReader in, long offset) throws UnusableFileException {
      open();
      in.nameLength = 0;
      if (left < 0) {
        throw in.malformed("more names in " + name + " than any program has");
      }
      int hash = WantedNames.HASH_START;
      for (int i = 0; ; i++) {
        int b = u8(in, offset + i);
        if (b == 0) {
          in.nameLength = i;
          left -= i;
          in.nameHash = hash;
          return;
        }
        if (i == InfoReader.MAX_NAME_BYTES) {
          left -= i;
          return;
        }
        in.nameBytes[i] = (byte) b;
        hash = WantedNames.step(hash, b);
      }
    }

    long number(InfoReader in, long offset, int size) throws UnusableFileException {
      open();
      long value = 0;
      for (int i = 0; i < size; i++) {
        value |= (long) u8(in, offset + i) << 8 * i;
      }
      return value;
    }

    private int u8(InfoReader in, long offset) throws UnusableFileException {
      if (offset < 0 || offset >= bytes) {
        throw in.malformed("a reference to byte " + offset + " of " + bytes + " in " + name);
      }
      byte[] whole = inflated;
      return whole != null ? whole[(int) offset] & 0xff : elf.file().u8(start + offset);
    }

    private void open() throws UnusableFileException {
      if (opened) {
        return;
      }
      opened = true;
      try (SectionContents contents = SectionContents.open(elf, name).orElse(null)) {
        if (contents == null) {
          return;
        }
        if (contents.compressed()) {
          budget.reserve(contents.bytes(), "section " + name);
          inflated = contents.all(MAX_INFLATED_BYTES);
        }
        start = contents.fileOffset();
        bytes = contents.bytes();
      }
    }
  }
}
