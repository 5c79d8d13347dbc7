// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The parts of one encoded amd64 instruction.
 *
 * <pre>
 *   [legacy prefixes] [REX] opcode                       [ModRM [SIB] [disp]] [immediate]
 *   [legacy prefixes] [REX] 0f [38 | 3a] opcode          ...
 *   c5 rvvvvLpp | c4 rxbmmmmm wvvvvLpp  opcode           ...   (VEX)
 *   62 rxbr0mmm wvvvv1pp zllbvaaa       opcode           ...   (EVEX)
 * </pre>
 *
 * Parsing either succeeds as a whole or leaves {@link #problem} set.
 */
final class Amd64Encoding {

  /** An instruction is at most this long; the processor refuses longer ones. */
  static final int MAXIMUM_LENGTH = 15;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** The opcode map that {@link #opcode} belongs to. */
  enum Map {
    ONE_BYTE,
    MAP_0F,
    MAP_0F38,
    MAP_0F3A,
    /** VEX or EVEX. */
    VECTOR
  }

  private final byte[] code;
  private final int start;
  private final int limit;
  private int at;

  /** Why this is no instruction; empty if it is one. */
  String problem = "";

  int length;
  Map map = Map.ONE_BYTE;
  int opcode;

  /** The REX prefix byte, 0 without one. */
  int rex;

  boolean operandSize16;
  boolean repeat;

  /** A prefix with which the kernel refuses a uprobe: a segment of old, or lock. */
  boolean refusedPrefix;

  boolean segment;
  boolean addressSize32;

  /** Index of the ModRM byte in the code, -1 without one. */
  int modrmIndex = -1;

  int modrm;
  int immediateIndex;
  int immediateLength;
  boolean relative;

  /** Parses the instruction at {@code start}. */
  Amd64Encoding(byte[] code, int start) {
    this.code = code;
    this.start = start;
    this.at = start;
    this.limit = Math.min(code.length, start + MAXIMUM_LENGTH);
    parse();
    length = at - start;
  }

  private void parse() {
    if (!prefixes()) {
      return;
    }
    char form = opcode();
    if (!problem.isEmpty()) {
      return;
    }
    operands(form);
  }

  /** Reads up to the first byte of the opcode, which {@link #opcode} then holds. */
  private boolean prefixes() {
    while (true) {
      int octet = next();
      switch (octet) {
        case -1 -> {
          return false;
        }
        case 0x66 -> operandSize16 = true;
        case 0x67 -> addressSize32 = true;
        case 0x64, 0x65 -> segment = true;
        case 0x26, 0x2e, 0x36, 0x3e -> {
          refusedPrefix = true;
          segment = true;
        }
        case 0xf0 -> refusedPrefix = true;
        case 0xf2, 0xf3 -> repeat = true;
        default -> {
          if ((octet & 0xf0) == 0x40) {
            rex = octet;
            continue;
          }
          opcode = octet;
          return true;
        }
      }
      // A REX prefix counts only directly before the opcode.
      rex = 0;
    }
  }

  private char opcode() {
    return switch (opcode) {
      case 0x0f -> twoByteOpcode();
      case 0xc5 -> vectorOpcode(1);
      case 0xc4 -> vectorOpcode(2);
      case 0x62 -> vectorOpcode(3);
      default -> known(Amd64Opcodes.ONE_BYTE.charAt(opcode));
    };
  }

  private char twoByteOpcode() {
    opcode = next();
    if (opcode == 0x38 || opcode == 0x3a) {
      map = opcode == 0x38 ? Map.MAP_0F38 : Map.MAP_0F3A;
      opcode = next();
      return map == Map.MAP_0F38 ? 'm' : 'a';
    }
    map = Map.MAP_0F;
    return opcode < 0 ? 'x' : known(Amd64Opcodes.MAP_0F.charAt(opcode));
  }

  /** VEX with one or two payload bytes, EVEX with three. */
  private char vectorOpcode(int payload) {
    if (rex != 0 || operandSize16 || repeat) {
      return refuse("a prefix before a vector prefix");
    }
    map = Map.VECTOR;
    int first = next();
    for (int i = 1; i < payload; i++) {
      next();
    }
    opcode = next();
    if (opcode < 0) {
      return 'x';
    }
    int opcodeMap = payload == 1 ? 1 : first & (payload == 2 ? 0x1f : 0x07);
    return known(Amd64Opcodes.vector(opcodeMap, opcode));
  }

  private char known(char form) {
    return form == 'x' ? refuse("no instruction in 64-bit mode") : form;
  }

  private void operands(char form) {
    // 8f with a reg field other than 0 would be AMD's XOP, which Go never emits.
    if (form == 'm' || form == 'a' || form == 'd' || form == 'f' || form == 'F') {
      addressing();
      if (map == Map.ONE_BYTE && opcode == 0x8f && (modrm & 0x38) != 0) {
        refuse("XOP instruction");
      }
    }
    boolean wide = (rex & 8) != 0;
    int natural = operandSize16 && !wide ? 2 : 4;
    immediateIndex = at;
    immediateLength =
        switch (form) {
          case '1', 'a', 's' -> 1;
          case '2' -> 2;
          case '3' -> 3;
          case '4', 'd' -> natural;
          case '8' -> wide ? 8 : natural;
          case 'f' -> (modrm & 0x30) == 0 ? 1 : 0;
          case 'F' -> (modrm & 0x30) == 0 ? natural : 0;
          // Near branches ignore the operand size in 64-bit mode.
          case 'l' -> 4;
          case 'o' -> addressSize32 ? 4 : 8;
          default -> 0;
        };
    relative = form == 's' || form == 'l';
    skip(immediateLength);
  }

  private void addressing() {
    modrmIndex = at;
    modrm = next();
    if (modrm < 0) {
      modrm = 0;
      return;
    }
    int mod = modrm >> 6;
    int rm = modrm & 7;
    if (mod == 3) {
      return;
    }
    int displacement = mod == 1 ? 1 : mod == 2 || rm == 5 ? 4 : 0;
    if (rm == 4) {
      int sib = next();
      if (mod == 0 && sib >= 0 && (sib & 7) == 5) {
        displacement = 4;
      }
    }
    skip(displacement);
  }

  /** The next byte, or -1 with {@link #problem} set. */
  private int next() {
    if (at >= limit) {
      refuse("it does not end within " + (limit - start) + " bytes");
      return -1;
    }
    return code[at++] & 0xff;
  }

  private void skip(int bytes) {
    if (bytes > limit - at) {
      refuse("it does not end within " + (limit - start) + " bytes");
      at = limit;
    } else {
      at += bytes;
    }
  }

  private char refuse(String why) {
    if (problem.isEmpty()) {
      problem = why;
    }
    return 'x';
  }

  /** Whether the ModRM byte names a register instead of memory. */
  boolean registerOperand() {
    return modrm >= 0xc0;
  }

  /** The register in ModRM's reg field, or the opcode extension's low three bits. */
  int reg() {
    return (modrm >> 3 & 7) | (rex & 4) << 1;
  }

  /** The register in ModRM's rm field. */
  int rm() {
    return (modrm & 7) | (rex & 1) << 3;
  }

  /** The register in the opcode's low three bits. */
  int opcodeRegister() {
    return (opcode & 7) | (rex & 1) << 3;
  }

  /** The immediate, sign-extended. */
  long immediate() {
    return switch (immediateLength) {
      case 1 -> code[immediateIndex];
      case 2 -> (short) ((code[immediateIndex] & 0xff) | code[immediateIndex + 1] << 8);
      case 4 -> (int) INT.get(code, immediateIndex);
      case 8 ->
          ((int) INT.get(code, immediateIndex) & 0xffffffffL)
              | (long) (int) INT.get(code, immediateIndex + 4) << 32;
      default -> 0;
    };
  }

  int octet(int index) {
    return code[index] & 0xff;
  }

  int displacement32(int index) {
    return (int) INT.get(code, index);
  }
}
