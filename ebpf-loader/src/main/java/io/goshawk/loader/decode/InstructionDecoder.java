package io.goshawk.loader.decode;

import io.goshawk.loader.go.Architecture;

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
   * The instruction as a disassembler would write it: with operands where it is of a common form,
   * else its bytes. In amd64's case the syntax is AT&amp;T's.
   *
   * @param code the bytes it was decoded from
   * @param index of its first byte
   */
  String text(byte[] code, int index, Instruction instruction);
}
