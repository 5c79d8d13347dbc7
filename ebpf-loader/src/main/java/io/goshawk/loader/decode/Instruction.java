// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

import java.util.OptionalLong;

/**
 * One machine instruction.
 *
 * @param address virtual address of its first byte
 * @param length in bytes
 * @param kind what it does
 * @param target where a direct branch or call goes; empty for everything else
 * @param writes the integer registers it may change, as a set of bits by register number; {@link
 *     #ALL_REGISTERS} where that is not known
 * @param execution what the kernel does with it after a uprobe on it was hit
 */
public record Instruction(
    long address,
    int length,
    InstructionKind kind,
    OptionalLong target,
    int writes,
    UprobeExecution execution)
    implements Decoded {

  /** The value of {@link #writes} for an instruction whose effects are not modelled. */
  public static final int ALL_REGISTERS = -1;

  public Instruction {
    if (length < 1) {
      throw new IllegalArgumentException("length " + length + " at 0x" + Long.toHexString(address));
    }
  }

  /** Address of the byte after it. */
  public long end() {
    return address + length;
  }
}
