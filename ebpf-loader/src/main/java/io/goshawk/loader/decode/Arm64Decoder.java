// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Decodes as much of A64 as finding a site past Go's stack check takes: direct branches, returns,
 * compares and address computations (Arm ARM, C4.1). Checked against encodings only; no probe made
 * from it has run on an arm64 machine.
 */
final class Arm64Decoder implements InstructionDecoder {

  @Override
  public Decoded decode(byte[] code, int index, long address) {
    Objects.checkIndex(index, code.length + 1);
    if (code.length - index < 4) {
      return new Undecodable(address, "it does not end within " + (code.length - index) + " bytes");
    }
    int word = word(code, index);
    if (word == 0) {
      return new Undecodable(address, "a permanently undefined instruction");
    }
    InstructionKind kind = kind(word);
    OptionalLong target =
        switch (kind) {
          case JUMP, CALL -> OptionalLong.of(address + displacement(word, 0, 26));
          case JUMP_IF -> OptionalLong.of(address + conditionalDisplacement(word));
          default -> OptionalLong.empty();
        };
    return new Instruction(address, 4, kind, target, writes(word, kind), execution(kind));
  }

  @Override
  public Optional<FrameAccess> frameAccess(byte[] code, int index) {
    return Optional.empty();
  }

  private static InstructionKind kind(int word) {
    if ((word & 0xfc000000) == 0x14000000) {
      return InstructionKind.JUMP;
    }
    if ((word & 0xfc000000) == 0x94000000) {
      return InstructionKind.CALL;
    }
    boolean conditional = (word & 0xff000010) == 0x54000000;
    boolean compareAndBranch = (word & 0x7e000000) == 0x34000000;
    boolean testAndBranch = (word & 0x7e000000) == 0x36000000;
    if (conditional || compareAndBranch || testAndBranch) {
      return InstructionKind.JUMP_IF;
    }
    if ((word & 0xfffffc1f) == 0xd65f0000) {
      return InstructionKind.RETURN;
    }
    if ((word & 0xfffffc1f) == 0xd61f0000) {
      return InstructionKind.JUMP_INDIRECT;
    }
    if ((word & 0xfffffc1f) == 0xd63f0000) {
      return InstructionKind.CALL_INDIRECT;
    }
    if (word == 0xd503201f) {
      return InstructionKind.NOP;
    }
    if ((word & 0xffe00000) == 0xd4200000) {
      return InstructionKind.TRAP;
    }
    // subs xzr, …: cmp of immediate, shifted or extended register.
    boolean subtractsFlags = (word & 0x7f800000) == 0x71000000 || (word & 0x7f000000) == 0x6b000000;
    if (subtractsFlags && (word & 0x1f) == 31) {
      return InstructionKind.COMPARE;
    }
    if ((word & 0x7f800000) == 0x51000000 || (word & 0x7f000000) == 0x4b000000) {
      return InstructionKind.SUBTRACT;
    }
    // ldr x, [x, #imm]: how Go reads the stack limit from g.
    if ((word & 0xffc00000) == 0xf9400000) {
      return InstructionKind.MOVE;
    }
    return InstructionKind.OTHER;
  }

  private static int writes(int word, InstructionKind kind) {
    return switch (kind) {
      case JUMP, JUMP_IF, NOP, COMPARE -> 0;
      // Register 31 is sp or nothing here: not one of the integer registers.
      case SUBTRACT, MOVE -> (word & 0x1f) == 31 ? 0 : 1 << (word & 0x1f);
      default -> Instruction.ALL_REGISTERS;
    };
  }

  /** arch/arm64/kernel/probes/decode-insn.c: branches are simulated, exceptions refused. */
  private static UprobeExecution execution(InstructionKind kind) {
    return switch (kind) {
      case JUMP, JUMP_IF, CALL, CALL_INDIRECT, JUMP_INDIRECT, RETURN -> UprobeExecution.EMULATED;
      case TRAP -> UprobeExecution.REFUSED;
      default -> UprobeExecution.SINGLE_STEPPED;
    };
  }

  private static long conditionalDisplacement(int word) {
    boolean testAndBranch = (word & 0x7e000000) == 0x36000000;
    return displacement(word, 5, testAndBranch ? 14 : 19);
  }

  /** A signed count of instructions in {@code bits} bits from {@code shift} on, in bytes. */
  private static long displacement(int word, int shift, int bits) {
    return (long) (word << (32 - shift - bits) >> (32 - bits)) * 4;
  }

  private static int word(byte[] code, int index) {
    return (code[index] & 0xff)
        | (code[index + 1] & 0xff) << 8
        | (code[index + 2] & 0xff) << 16
        | code[index + 3] << 24;
  }

  @Override
  public String text(byte[] code, int index, Instruction instruction) {
    if (instruction.target().isPresent()) {
      String mnemonic =
          switch (instruction.kind()) {
            case JUMP -> "b";
            case CALL -> "bl";
            default -> "b.cond";
          };
      return mnemonic + " 0x" + Long.toHexString(instruction.target().getAsLong());
    }
    return switch (instruction.kind()) {
      case RETURN -> "ret";
      case NOP -> "nop";
      default -> String.format("word %08x", word(code, index));
    };
  }
}
