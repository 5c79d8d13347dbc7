// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

import io.goshawk.loader.go.Architecture;
import java.util.Optional;

/** Decodes the machine code of one instruction set. */
public sealed interface InstructionDecoder permits Amd64Decoder, Arm64Decoder {

  /** The decoder of an instruction set. */
  static InstructionDecoder of(Architecture architecture) {
    return switch (architecture) {
      case AMD64 -> new Amd64Decoder();
      case ARM64 -> new Arm64Decoder();
    };
  }

  /**
   * Decodes the instruction at an index of {@code code}; looks at nothing beyond the array's end.
   *
   * @param code any bytes
   * @param index of the instruction's first byte, from 0 to {@code code.length}
   * @param address virtual address of that byte
   * @throws IndexOutOfBoundsException if the index is outside of the array
   */
  Decoded decode(byte[] code, int index, long address);

  /**
   * What an instruction does with a place in the stack frame that it names by the stack pointer;
   * empty if it names none, or in a form that is not known here.
   *
   * @param code the bytes that an instruction was decoded from
   * @param index of its first byte
   */
  Optional<FrameAccess> frameAccess(byte[] code, int index);

  /**
   * The use of a place in the stack frame.
   *
   * @param use what is done with it
   * @param register that is loaded or stored, by its number; of any other use nothing
   * @param offset of the place from the stack pointer, in bytes
   * @param bytes that it has at most
   */
  record FrameAccess(FrameUse use, int register, int offset, int bytes) {}

  /** What is done with a place in the stack frame. */
  enum FrameUse {
    /** A register gets the word that is there. */
    LOAD,
    /** The word there becomes that of a register. */
    STORE,
    /** Anything else. */
    OTHER
  }

  /**
   * The instruction as a disassembler would write it: with operands where it is of a common form,
   * else its bytes. In amd64's case the syntax is AT&amp;T's.
   *
   * @param code the bytes it was decoded from
   * @param index of its first byte
   */
  String text(byte[] code, int index, Instruction instruction);
}
