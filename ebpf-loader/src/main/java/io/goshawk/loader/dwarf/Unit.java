// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.dwarf;

import io.goshawk.loader.elf.UnusableFileException;

/**
 * The header of a unit (§7.5.1).
 *
 * @param start where it starts in {@code .debug_info}
 * @param end where the next one starts
 * @param version of DWARF
 * @param offsetBytes 4 in the 32-bit format, 8 in the 64-bit one
 * @param addressBytes size of an address
 * @param abbreviations offset of its table in {@code .debug_abbrev}
 */
record Unit(
    long start, long end, int version, int offsetBytes, int addressBytes, long abbreviations) {

  private static final int TYPE_TYPE = 2;
  private static final int TYPE_SKELETON = 4;
  private static final int TYPE_SPLIT_COMPILE = 5;
  private static final int TYPE_SPLIT_TYPE = 6;

  /** Whether an abbreviation means the same, byte for byte, in both units. */
  boolean sharesAbbreviations(Unit other) {
    return abbreviations == other.abbreviations
        && version == other.version
        && offsetBytes == other.offsetBytes
        && addressBytes == other.addressBytes;
  }

  /** Reads a header and leaves the reader at the unit's first entry. */
  static Unit read(InfoReader in, long sectionBytes) throws UnusableFileException {
    long start = in.position();
    int offsetBytes = 4;
    long length = in.u32();
    if (length == 0xffff_ffffL) {
      offsetBytes = 8;
      length = in.u64();
    } else if (length >= 0xffff_fff0L) {
      throw in.malformed("a unit of reserved length");
    }
    long end = in.position() + length;
    if (length < 0 || end > sectionBytes) {
      throw in.malformed("a unit of " + length + " bytes ends outside the section");
    }
    int version = in.u16();
    if (version < 2 || version > 5) {
      throw in.malformed("a unit of DWARF version " + version);
    }
    int addressBytes;
    long abbreviations;
    if (version == 5) {
      int type = in.u8();
      addressBytes = in.u8();
      abbreviations = offsetBytes == 4 ? in.u32() : in.u64();
      if (type == TYPE_SKELETON || type == TYPE_SPLIT_COMPILE) {
        in.skip(8);
      } else if (type == TYPE_TYPE || type == TYPE_SPLIT_TYPE) {
        in.skip(8 + offsetBytes);
      }
    } else {
      abbreviations = offsetBytes == 4 ? in.u32() : in.u64();
      addressBytes = in.u8();
    }
    if (in.position() > end) {
      throw in.malformed("a unit shorter than its header");
    }
    return new Unit(start, end, version, offsetBytes, addressBytes, abbreviations);
  }
}
