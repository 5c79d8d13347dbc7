// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

import io.goshawk.loader.decode.Amd64Encoding.Map;

/** Writes amd64 instructions of the common forms as objdump does, any other as its bytes. */
final class Amd64Text {

  private static final String[] QUAD = {
    "%rax", "%rcx", "%rdx", "%rbx", "%rsp", "%rbp", "%rsi", "%rdi",
    "%r8", "%r9", "%r10", "%r11", "%r12", "%r13", "%r14", "%r15"
  };
  private static final String[] LONG = {
    "%eax", "%ecx", "%edx", "%ebx", "%esp", "%ebp", "%esi", "%edi",
    "%r8d", "%r9d", "%r10d", "%r11d", "%r12d", "%r13d", "%r14d", "%r15d"
  };
  private static final String[] CONDITIONS = {
    "jo", "jno", "jb", "jae", "je", "jne", "jbe", "ja",
    "js", "jns", "jp", "jnp", "jl", "jge", "jle", "jg"
  };
  private static final String[] ARITHMETIC = {
    "add", "or", "adc", "sbb", "and", "sub", "xor", "cmp"
  };

  private Amd64Text() {}

  static String of(byte[] code, int index, Instruction instruction) {
    Amd64Encoding encoding = new Amd64Encoding(code, index);
    boolean prefixed =
        encoding.operandSize16
            || encoding.repeat
            || encoding.refusedPrefix
            || encoding.segment
            || encoding.addressSize32;
    String text = prefixed ? "" : common(encoding, instruction);
    return text.isEmpty() ? bytes(code, index, instruction.length()) : text;
  }

  private static String common(Amd64Encoding encoding, Instruction instruction) {
    int opcode = encoding.opcode;
    if (instruction.target().isPresent()) {
      String mnemonic =
          switch (instruction.kind()) {
            case CALL -> "call";
            case JUMP -> "jmp";
            default -> (opcode >> 4) == 0xe ? "" : CONDITIONS[opcode & 15];
          };
      String target = "0x" + Long.toHexString(instruction.target().getAsLong());
      return mnemonic.isEmpty() ? "" : mnemonic + " " + target;
    }
    if (encoding.map != Map.ONE_BYTE) {
      return "";
    }
    if (opcode < 0x40 && ((opcode & 7) == 1 || (opcode & 7) == 3)) {
      return twoOperands(encoding, ARITHMETIC[opcode >> 3], (opcode & 2) != 0);
    }
    if ((opcode >> 3) == 0x50 >> 3) {
      return "push " + QUAD[encoding.opcodeRegister()];
    }
    if ((opcode >> 3) == 0x58 >> 3) {
      return "pop " + QUAD[encoding.opcodeRegister()];
    }
    return switch (opcode) {
      case 0x81, 0x83 -> immediateOperand(encoding, ARITHMETIC[encoding.modrm >> 3 & 7]);
      case 0x85 -> twoOperands(encoding, "test", false);
      case 0x89 -> twoOperands(encoding, "mov", false);
      case 0x8b -> twoOperands(encoding, "mov", true);
      case 0x8d -> encoding.registerOperand() ? "" : twoOperands(encoding, "lea", true);
      case 0x90 -> encoding.rex == 0 ? "nop" : "";
      case 0xc3 -> "ret";
      case 0xcc -> "int3";
      default -> "";
    };
  }

  private static String twoOperands(Amd64Encoding encoding, String mnemonic, boolean toRegister) {
    String register = register(encoding, encoding.reg());
    String operand = operand(encoding);
    return toRegister
        ? mnemonic + " " + operand + "," + register
        : mnemonic + " " + register + "," + operand;
  }

  private static String immediateOperand(Amd64Encoding encoding, String mnemonic) {
    long value = encoding.immediate();
    boolean wide = (encoding.rex & 8) != 0;
    String immediate = "$0x" + Long.toHexString(wide ? value : value & 0xffffffffL);
    String suffix = encoding.registerOperand() ? "" : wide ? "q" : "l";
    return mnemonic + suffix + " " + immediate + "," + operand(encoding);
  }

  private static String register(Amd64Encoding encoding, int number) {
    return (encoding.rex & 8) != 0 ? QUAD[number] : LONG[number];
  }

  /** The ModRM operand. */
  private static String operand(Amd64Encoding encoding) {
    if (encoding.registerOperand()) {
      return register(encoding, encoding.rm());
    }
    int mod = encoding.modrm >> 6;
    int rm = encoding.modrm & 7;
    int at = encoding.modrmIndex + 1;
    String base;
    if (rm == 4) {
      int sib = encoding.octet(at++);
      int index = (sib >> 3 & 7) | (encoding.rex & 2) << 2;
      boolean baseless = mod == 0 && (sib & 7) == 5;
      String scaled = index == 4 ? "" : "," + QUAD[index] + "," + (1 << (sib >> 6));
      if (baseless && scaled.isEmpty()) {
        return "0x" + Integer.toHexString(encoding.displacement32(at));
      }
      base = (baseless ? "" : QUAD[(sib & 7) | (encoding.rex & 1) << 3]) + scaled;
      if (baseless) {
        mod = 2;
      }
    } else if (mod == 0 && rm == 5) {
      base = "%rip";
      mod = 2;
    } else {
      base = QUAD[rm | (encoding.rex & 1) << 3];
    }
    return switch (mod) {
      case 1 -> signed((byte) encoding.octet(at)) + "(" + base + ")";
      case 2 -> signed(encoding.displacement32(at)) + "(" + base + ")";
      default -> "(" + base + ")";
    };
  }

  private static String signed(int value) {
    return value < 0 ? "-0x" + Long.toHexString(-(long) value) : "0x" + Integer.toHexString(value);
  }

  private static String bytes(byte[] code, int index, int length) {
    StringBuilder text = new StringBuilder("bytes");
    for (int i = index; i < index + length; i++) {
      text.append(' ').append(Integer.toHexString((code[i] & 0xff) | 0x100).substring(1));
    }
    return text.toString();
  }
}
