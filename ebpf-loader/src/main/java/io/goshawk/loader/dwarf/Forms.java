// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.dwarf;

import io.goshawk.loader.elf.UnusableFileException;

/** The forms of attribute values (§7.5.6, and the GNU extensions that came before DWARF 5). */
final class Forms {

  static final int ADDR = 0x01;
  static final int BLOCK2 = 0x03;
  static final int BLOCK4 = 0x04;
  static final int DATA2 = 0x05;
  static final int DATA4 = 0x06;
  static final int DATA8 = 0x07;
  static final int STRING = 0x08;
  static final int BLOCK = 0x09;
  static final int BLOCK1 = 0x0a;
  static final int DATA1 = 0x0b;
  static final int FLAG = 0x0c;
  static final int SDATA = 0x0d;
  static final int STRP = 0x0e;
  static final int UDATA = 0x0f;
  static final int REF_ADDR = 0x10;
  static final int REF1 = 0x11;
  static final int REF2 = 0x12;
  static final int REF4 = 0x13;
  static final int REF8 = 0x14;
  static final int REF_UDATA = 0x15;
  static final int INDIRECT = 0x16;
  static final int SEC_OFFSET = 0x17;
  static final int EXPRLOC = 0x18;
  static final int FLAG_PRESENT = 0x19;
  static final int STRX = 0x1a;
  static final int ADDRX = 0x1b;
  static final int REF_SUP4 = 0x1c;
  static final int STRP_SUP = 0x1d;
  static final int DATA16 = 0x1e;
  static final int LINE_STRP = 0x1f;
  static final int REF_SIG8 = 0x20;
  static final int IMPLICIT_CONST = 0x21;
  static final int LOCLISTX = 0x22;
  static final int RNGLISTX = 0x23;
  static final int REF_SUP8 = 0x24;
  static final int STRX1 = 0x25;
  static final int STRX2 = 0x26;
  static final int STRX3 = 0x27;
  static final int STRX4 = 0x28;
  static final int ADDRX1 = 0x29;
  static final int ADDRX2 = 0x2a;
  static final int ADDRX3 = 0x2b;
  static final int ADDRX4 = 0x2c;
  static final int GNU_ADDR_INDEX = 0x1f01;
  static final int GNU_STR_INDEX = 0x1f02;
  static final int GNU_REF_ALT = 0x1f20;
  static final int GNU_STRP_ALT = 0x1f21;

  private Forms() {}

  /** Skips a value. */
  static void skip(InfoReader in, Unit unit, int form) throws UnusableFileException {
    int fixed = fixedBytes(unit, form);
    if (fixed >= 0) {
      in.skip(fixed);
      return;
    }
    switch (form) {
      case STRING -> in.skipString();
      case SDATA,
          UDATA,
          REF_UDATA,
          STRX,
          ADDRX,
          LOCLISTX,
          RNGLISTX,
          GNU_ADDR_INDEX,
          GNU_STR_INDEX ->
          in.uleb();
      case BLOCK1 -> in.skip(in.u8());
      case BLOCK2 -> in.skip(in.u16());
      case BLOCK4 -> in.skip(in.u32());
      case BLOCK, EXPRLOC -> in.skip(in.uleb());
      case INDIRECT -> skip(in, unit, indirect(in));
      default -> throw in.malformed("unknown form 0x" + Integer.toHexString(form));
    }
  }

  /** The form that stands before an indirect value. One that is indirect again is refused. */
  static int indirect(InfoReader in) throws UnusableFileException {
    long form = in.uleb();
    if (form == INDIRECT || form == IMPLICIT_CONST || form < 0 || form > 0xffff) {
      throw in.malformed("an indirect form of " + form);
    }
    return (int) form;
  }

  /** How long every value of a form is; -1 if that differs from value to value. */
  static int fixedBytes(Unit unit, int form) {
    return switch (form) {
      case FLAG_PRESENT, IMPLICIT_CONST -> 0;
      case DATA1, FLAG, REF1, STRX1, ADDRX1 -> 1;
      case DATA2, REF2, STRX2, ADDRX2 -> 2;
      case STRX3, ADDRX3 -> 3;
      case DATA4, REF4, REF_SUP4, STRX4, ADDRX4 -> 4;
      case DATA8, REF8, REF_SIG8, REF_SUP8 -> 8;
      case DATA16 -> 16;
      case ADDR -> unit.addressBytes();
      case REF_ADDR -> unit.version() == 2 ? unit.addressBytes() : unit.offsetBytes();
      case STRP, LINE_STRP, STRP_SUP, SEC_OFFSET, GNU_REF_ALT, GNU_STRP_ALT -> unit.offsetBytes();
      default -> -1;
    };
  }

  /** An unsigned number of a fixed length, an unsigned LEB128, or -1 if the form is no number. */
  static long number(InfoReader in, Unit unit, int form, long implicit)
      throws UnusableFileException {
    switch (form) {
      case IMPLICIT_CONST:
        return implicit;
      case UDATA, REF_UDATA, STRX, GNU_STR_INDEX:
        return in.uleb();
      case SDATA:
        // Offsets are never negative, so the sign needs no care.
        return in.uleb();
      default:
        break;
    }
    switch (fixedBytes(unit, form)) {
      case 1:
        return in.u8();
      case 2:
        return in.u16();
      case 3:
        return in.u8() | (long) in.u16() << 8;
      case 4:
        return in.u32();
      case 8:
        return in.u64();
      default:
        skip(in, unit, form);
        return -1;
    }
  }
}
