// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/** Decodes amd64 machine code in 64-bit mode. */
final class Amd64Decoder implements InstructionDecoder {

  @Override
  public Decoded decode(byte[] code, int index, long address) {
    Objects.checkIndex(index, code.length + 1);
    Amd64Encoding encoding = new Amd64Encoding(code, index);
    if (!encoding.problem.isEmpty()) {
      return new Undecodable(address, encoding.problem);
    }
    OptionalLong target =
        encoding.relative
            ? OptionalLong.of(address + encoding.length + encoding.immediate())
            : OptionalLong.empty();
    return new Instruction(
        address,
        encoding.length,
        Amd64Effects.kind(encoding),
        target,
        Amd64Effects.writes(encoding),
        Amd64Uprobes.execution(encoding));
  }

  @Override
  public Optional<FrameAccess> frameAccess(byte[] code, int index) {
    Amd64Encoding encoding = new Amd64Encoding(code, index);
    return encoding.problem.isEmpty() ? Amd64Effects.frameAccess(encoding) : Optional.empty();
  }

  @Override
  public String text(byte[] code, int index, Instruction instruction) {
    return Amd64Text.of(code, index, instruction);
  }
}
