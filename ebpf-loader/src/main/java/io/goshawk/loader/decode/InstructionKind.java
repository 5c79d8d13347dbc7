// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

/** What an instruction does, in the few words that a choice of probe sites needs. */
public enum InstructionKind {
  /** Saves an integer register on the stack. */
  PUSH,
  POP,
  NOP,
  /** Calls a fixed address. */
  CALL,
  /** Calls an address from a register or memory. */
  CALL_INDIRECT,
  /** Jumps to a fixed address. */
  JUMP,
  /** Jumps to an address from a register or memory. */
  JUMP_INDIRECT,
  /** Jumps to a fixed address, or does not. */
  JUMP_IF,
  RETURN,
  COMPARE,
  SUBTRACT,
  /** Computes an address (amd64's {@code lea}). */
  ADDRESS,
  /** Moves between registers and memory. */
  MOVE,
  /** Never comes back: {@code int3}, {@code ud2}. */
  TRAP,
  OTHER;

  /** Whether the next instruction in memory is not, or not always, the next to be executed. */
  public boolean divertsFlow() {
    return switch (this) {
      case CALL, CALL_INDIRECT, JUMP, JUMP_INDIRECT, JUMP_IF, RETURN, TRAP -> true;
      default -> false;
    };
  }
}
