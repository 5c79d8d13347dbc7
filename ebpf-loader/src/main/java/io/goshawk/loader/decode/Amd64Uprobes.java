// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

import io.goshawk.loader.decode.Amd64Encoding.Map;

/**
 * What the kernel does with a uprobe on an amd64 instruction: the rules of {@code
 * arch_uprobe_analyze_insn} in arch/x86/kernel/uprobes.c, Linux 4.19 to 6.18. Where releases
 * differ, the dearer answer counts, so that a plan made here holds on each of them.
 */
final class Amd64Uprobes {

  /** {@code good_insns_64}: a digit 1 for each one-byte opcode that may be stepped. */
  private static final String STEPPED =
      "1111110011111101" // 00
          + "1111110011111100" // 10
          + "1111111011111110" // 20
          + "1111111011111110" // 30
          + "1111111111111111" // 40
          + "1111111111111111" // 50
          + "0001111111110000" // 60
          + "1111111111111111" // 70
          + "1101111111111111" // 80
          + "1111111111011111" // 90
          + "1111111111111111" // a0
          + "1111111111111111" // b0
          + "1111111111110000" // c0
          + "1111000111111111" // d0
          + "1111000011010000" // e0
          + "1011011111001111"; // f0

  private Amd64Uprobes() {}

  static UprobeExecution execution(Amd64Encoding encoding) {
    // The kernel looks at the opcode byte of a vector instruction as if it were of the one-byte
    // map: Linux 6.18 takes c5 f9 eb (vpor) for jmp and c5 f8 77 (vzeroupper) for ja, accepts the
    // probe, and skips the instruction.
    if (encoding.refusedPrefix || encoding.map == Map.VECTOR) {
      return UprobeExecution.REFUSED;
    }
    return switch (encoding.map) {
      case ONE_BYTE -> oneByte(encoding);
      case MAP_0F -> twoBytes(encoding);
      default -> UprobeExecution.SINGLE_STEPPED;
    };
  }

  private static UprobeExecution oneByte(Amd64Encoding encoding) {
    int opcode = encoding.opcode;
    if (opcode >= 0x50 && opcode <= 0x57) {
      // push_setup_xol_ops: one byte, or two with REX.B alone.
      boolean plain = encoding.length == 1 || (encoding.length == 2 && encoding.rex == 0x41);
      return plain ? UprobeExecution.EMULATED : UprobeExecution.SINGLE_STEPPED;
    }
    boolean branch = opcode == 0xe8 || opcode == 0xe9 || opcode == 0xeb || (opcode >> 4) == 7;
    if (branch) {
      return encoding.operandSize16 ? UprobeExecution.REFUSED : UprobeExecution.EMULATED;
    }
    if (opcode == 0x90) {
      return nop(encoding);
    }
    boolean loadsSegment = opcode == 0x8e;
    if (loadsSegment || STEPPED.charAt(opcode) != '1') {
      return UprobeExecution.REFUSED;
    }
    return UprobeExecution.SINGLE_STEPPED;
  }

  /** Kernels take every 90 for a nop, even xchg %r8,%rax; older ones refuse it after 66. */
  private static UprobeExecution nop(Amd64Encoding encoding) {
    if (encoding.operandSize16 || (encoding.rex & 1) != 0) {
      return UprobeExecution.REFUSED;
    }
    return encoding.repeat ? UprobeExecution.SINGLE_STEPPED : UprobeExecution.EMULATED;
  }

  private static UprobeExecution twoBytes(Amd64Encoding encoding) {
    int opcode = encoding.opcode;
    if ((opcode >> 4) == 8) {
      return encoding.operandSize16 ? UprobeExecution.REFUSED : UprobeExecution.EMULATED;
    }
    return switch (opcode) {
      // System instructions, syscall and ud2 among them; good_2byte_insns has no 1 for these.
      case 0x00, 0x01, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0b, 0x30, 0x34, 0x35, 0x37, 0x78, 0x79 ->
          UprobeExecution.REFUSED;
      default -> UprobeExecution.SINGLE_STEPPED;
    };
  }
}
