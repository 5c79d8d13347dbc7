// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

/**
 * What follows an opcode byte, for the opcode maps of 64-bit mode (Intel SDM volume 2, appendix A).
 * One letter for each opcode, sixteen to a row:
 *
 * <pre>
 *   .  nothing                        m  ModRM
 *   1  imm8                           a  ModRM, imm8
 *   4  imm16 or imm32                 d  ModRM, imm16 or imm32
 *   2  imm16                          f  ModRM, imm8 if its reg field is 0 or 1
 *   3  imm16, imm8                    F  ModRM, imm16 or imm32 if its reg field is 0 or 1
 *   8  imm16, imm32 or imm64          s  rel8
 *   o  an absolute address            l  rel32
 *   p  a prefix, an escape: never looked up        x  no instruction
 * </pre>
 */
final class Amd64Opcodes {

  private Amd64Opcodes() {}

  /** One-byte opcodes. */
  static final String ONE_BYTE =
      "mmmm14xxmmmm14xp" // 00
          + "mmmm14xxmmmm14xx" // 10
          + "mmmm14pxmmmm14px" // 20
          + "mmmm14pxmmmm14px" // 30
          + "pppppppppppppppp" // 40
          + "................" // 50
          + "xxpmpppp4d1a...." // 60
          + "ssssssssssssssss" // 70
          + "adxammmmmmmmmmmm" // 80
          + "..........x....." // 90
          + "oooo....14......" // a0
          + "1111111188888888" // b0
          + "aa2.ppad3.2..1x." // c0
          + "mmmmxxx.mmmmmmmm" // d0
          + "ssss1111llxs...." // e0
          + "p.pp..fF......mm"; // f0

  /** After 0f, and VEX and EVEX map 1. */
  static final String MAP_0F =
      "mmmmx.....x.xm.a" // 00
          + "mmmmmmmmmmmmmmmm" // 10
          + "mmmmxxxxmmmmmmmm" // 20
          + "......x.pxpxxxxx" // 30
          + "mmmmmmmmmmmmmmmm" // 40
          + "mmmmmmmmmmmmmmmm" // 50
          + "mmmmmmmmmmmmmmmm" // 60
          + "aaaammm.mmxxmmmm" // 70
          + "llllllllllllllll" // 80
          + "mmmmmmmmmmmmmmmm" // 90
          + "...mamxx...mammm" // a0
          + "mmmmmmmmmmammmmm" // b0
          + "mmamaaam........" // c0
          + "mmmmmmmmmmmmmmmm" // d0
          + "mmmmmmmmmmmmmmmm" // e0
          + "mmmmmmmmmmmmmmmm"; // f0

  /** Vector instructions of map 1 (VEX and EVEX): no branches, no bare register forms. */
  static char vector(int map, int opcode) {
    return switch (map) {
      case 1 -> {
        char form = MAP_0F.charAt(opcode);
        yield form == 'm' || form == 'a' || opcode == 0x77 ? form : 'x';
      }
      case 2, 5, 6 -> 'm';
      case 3 -> 'a';
      default -> 'x';
    };
  }
}
