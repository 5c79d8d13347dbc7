// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

import io.goshawk.loader.decode.InstructionDecoder.FrameAccess;
import io.goshawk.loader.decode.InstructionDecoder.FrameUse;
import java.util.Optional;

/** What an amd64 instruction does, and which integer registers it may change. */
final class Amd64Effects {

  private static final int NONE = 0;
  private static final int STACK_POINTER = 1 << 4;
  private static final int REX_W = 0x48;
  private static final int REX_R = 0x04;
  private static final int REX_XB = 0x03;
  private static final int SIB_FOLLOWS = 4;

  /** The stack pointer as the base, and no index. */
  private static final int SIB_STACK_POINTER = 0x24;

  private Amd64Effects() {}

  static InstructionKind kind(Amd64Encoding encoding) {
    return switch (encoding.map) {
      case ONE_BYTE -> oneByteKind(encoding);
      case MAP_0F -> twoByteKind(encoding.opcode);
      default -> InstructionKind.OTHER;
    };
  }

  private static InstructionKind oneByteKind(Amd64Encoding encoding) {
    int opcode = encoding.opcode;
    switch (opcode >> 3) {
      case 0x28 >> 3:
        return opcode <= 0x2d ? InstructionKind.SUBTRACT : InstructionKind.OTHER;
      case 0x38 >> 3:
        return opcode <= 0x3d ? InstructionKind.COMPARE : InstructionKind.OTHER;
      case 0x50 >> 3:
        return InstructionKind.PUSH;
      case 0x58 >> 3:
        return InstructionKind.POP;
      case 0x70 >> 3, 0x78 >> 3:
        return InstructionKind.JUMP_IF;
      case 0xb0 >> 3, 0xb8 >> 3:
        return InstructionKind.MOVE;
      default:
        break;
    }
    return switch (opcode) {
      case 0x80, 0x81, 0x83 ->
          switch (encoding.modrm >> 3 & 7) {
            case 5 -> InstructionKind.SUBTRACT;
            case 7 -> InstructionKind.COMPARE;
            default -> InstructionKind.OTHER;
          };
      case 0x63, 0x88, 0x89, 0x8a, 0x8b, 0xc6, 0xc7 -> InstructionKind.MOVE;
      case 0x8d -> InstructionKind.ADDRESS;
      case 0x90 -> (encoding.rex & 1) == 0 ? InstructionKind.NOP : InstructionKind.OTHER;
      case 0xc2, 0xc3, 0xca, 0xcb, 0xcf -> InstructionKind.RETURN;
      case 0xcc, 0xcd, 0xf1, 0xf4 -> InstructionKind.TRAP;
      case 0xe0, 0xe1, 0xe2, 0xe3 -> InstructionKind.JUMP_IF;
      case 0xe8 -> InstructionKind.CALL;
      case 0xe9, 0xeb -> InstructionKind.JUMP;
      case 0xff ->
          switch (encoding.modrm >> 3 & 7) {
            case 2, 3 -> InstructionKind.CALL_INDIRECT;
            case 4, 5 -> InstructionKind.JUMP_INDIRECT;
            default -> InstructionKind.OTHER;
          };
      default -> InstructionKind.OTHER;
    };
  }

  private static InstructionKind twoByteKind(int opcode) {
    if ((opcode >> 4) == 8) {
      return InstructionKind.JUMP_IF;
    }
    return switch (opcode) {
      case 0x0b, 0xb9, 0xff -> InstructionKind.TRAP;
      case 0x1f -> InstructionKind.NOP;
      case 0x10, 0x11, 0x28, 0x29, 0x6f, 0x7f, 0xb6, 0xb7, 0xbe, 0xbf -> InstructionKind.MOVE;
      default -> InstructionKind.OTHER;
    };
  }

  /** A set of bits by register number; too many rather than too few. */
  static int writes(Amd64Encoding encoding) {
    return switch (encoding.map) {
      case ONE_BYTE -> oneByteWrites(encoding);
      case MAP_0F -> twoByteWrites(encoding);
      default -> Instruction.ALL_REGISTERS;
    };
  }

  private static int oneByteWrites(Amd64Encoding encoding) {
    int opcode = encoding.opcode;
    if (opcode < 0x40 && (opcode & 7) < 6) {
      // add or adc sbb and sub xor cmp, in six forms each; cmp only sets flags.
      return opcode >= 0x38 ? NONE : arithmeticWrites(encoding, opcode & 7);
    }
    if (opcode >= 0x50 && opcode <= 0x57) {
      return STACK_POINTER;
    }
    if (opcode >= 0x58 && opcode <= 0x5f) {
      return STACK_POINTER | bit(encoding.opcodeRegister());
    }
    if ((opcode >> 4) == 7) {
      return NONE;
    }
    if (opcode >= 0xb8 && opcode <= 0xbf) {
      return bit(encoding.opcodeRegister());
    }
    return switch (opcode) {
      case 0x63, 0x8b, 0x8d -> bit(encoding.reg());
      case 0x84, 0x85, 0xa8, 0xa9, 0xe9, 0xeb -> NONE;
      case 0x81, 0x83 -> (encoding.modrm & 0x38) == 0x38 ? NONE : operandWrites(encoding);
      case 0x80, 0x88, 0xc6 ->
          // Byte registers may be the second byte of another register: only memory is modelled.
          encoding.registerOperand() ? Instruction.ALL_REGISTERS : NONE;
      case 0x89, 0xc7 -> operandWrites(encoding);
      case 0x90 -> (encoding.rex & 1) == 0 ? NONE : Instruction.ALL_REGISTERS;
      default -> Instruction.ALL_REGISTERS;
    };
  }

  private static int arithmeticWrites(Amd64Encoding encoding, int form) {
    return switch (form) {
      case 0 -> encoding.registerOperand() ? Instruction.ALL_REGISTERS : NONE;
      case 1 -> operandWrites(encoding);
      case 3 -> bit(encoding.reg());
      case 4, 5 -> bit(0);
      default -> Instruction.ALL_REGISTERS;
    };
  }

  private static int twoByteWrites(Amd64Encoding encoding) {
    int opcode = encoding.opcode;
    if ((opcode >> 4) == 8) {
      return NONE;
    }
    return switch (opcode) {
      // Vector moves and xor: xmm registers and memory only.
      case 0x10, 0x11, 0x1f, 0x28, 0x29, 0x57, 0x6f, 0x7f, 0xef -> NONE;
      case 0xb6, 0xb7, 0xbe, 0xbf -> bit(encoding.reg());
      default -> Instruction.ALL_REGISTERS;
    };
  }

  private static int operandWrites(Amd64Encoding encoding) {
    return encoding.registerOperand() ? bit(encoding.rm()) : NONE;
  }

  private static int bit(int register) {
    return 1 << register;
  }

  /** An operand {@code offset(%rsp)}; a load or a store is a {@code mov} of 64 bits. */
  static Optional<FrameAccess> frameAccess(Amd64Encoding encoding) {
    int mod = encoding.modrm >> 6;
    boolean inFrame =
        encoding.modrmIndex >= 0
            && !encoding.segment
            && !encoding.addressSize32
            && (encoding.rex & REX_XB) == 0
            && (encoding.modrm & 7) == SIB_FOLLOWS
            && mod != 3
            && encoding.octet(encoding.modrmIndex + 1) == SIB_STACK_POINTER;
    if (!inFrame) {
      return Optional.empty();
    }
    int at = encoding.modrmIndex + 2;
    int offset =
        switch (mod) {
          case 0 -> 0;
          case 1 -> (byte) encoding.octet(at);
          default -> encoding.displacement32(at);
        };
    int bytes =
        switch (encoding.map) {
          case ONE_BYTE -> 8;
          case MAP_0F -> 16;
          default -> 64;
        };
    return Optional.of(new FrameAccess(frameUse(encoding), encoding.reg(), offset, bytes));
  }

  private static FrameUse frameUse(Amd64Encoding encoding) {
    boolean word = encoding.map == Amd64Encoding.Map.ONE_BYTE && (encoding.rex & ~REX_R) == REX_W;
    if (word && encoding.opcode == 0x8b) {
      return FrameUse.LOAD;
    }
    return word && encoding.opcode == 0x89 ? FrameUse.STORE : FrameUse.OTHER;
  }
}
