// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.go.Architecture;
import io.goshawk.testing.SeededCases;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Arm64DecoderTest {

  private static final long ADDRESS = 0x10000;

  private final InstructionDecoder decoder = InstructionDecoder.of(Architecture.ARM64);

  @ParameterizedTest
  @CsvSource({
    "f9400b90, MOVE, SINGLE_STEPPED", // ldr x16, [x28, #16]
    "eb3063ff, COMPARE, SINGLE_STEPPED", // cmp sp, x16
    "d10103ff, SUBTRACT, SINGLE_STEPPED", // sub sp, sp, #64
    "d65f03c0, RETURN, EMULATED",
    "d503201f, NOP, SINGLE_STEPPED",
    "d63f0340, CALL_INDIRECT, EMULATED", // blr x26
    "d61f0360, JUMP_INDIRECT, EMULATED", // br x27
    "d4200000, TRAP, REFUSED", // brk #0
    "f81c0ffe, OTHER, SINGLE_STEPPED", // str x30, [sp, #-64]!
  })
  void knowsThePiecesOfAPrologue(String word, InstructionKind kind, UprobeExecution execution) {
    Instruction instruction = decode(word);
    assertThat(instruction.kind()).isEqualTo(kind);
    assertThat(instruction.execution()).isEqualTo(execution);
    assertThat(instruction.length()).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource({
    "14000004, JUMP, 10010", // b .+16
    "17ffffff, JUMP, fffc", // b .-4
    "94000001, CALL, 10004", // bl .+4
    "540001a9, JUMP_IF, 10034", // b.ls .+52
    "b4000040, JUMP_IF, 10008", // cbz x0, .+8
    "36000040, JUMP_IF, 10008", // tbz w0, #0, .+8
  })
  void knowsWhereABranchGoes(String word, InstructionKind kind, String target) {
    Instruction instruction = decode(word);
    assertThat(instruction.kind()).isEqualTo(kind);
    assertThat(instruction.target()).hasValue(Long.parseLong(target, 16));
  }

  @Test
  void knowsThatTheStackCheckLeavesTheArgumentsAlone() {
    assertThat(decode("f9400b90").writes()).isEqualTo(1 << 16);
    assertThat(decode("eb3063ff").writes()).isZero();
    assertThat(decode("540001a9").writes()).isZero();
  }

  @Test
  void makesSomethingOfAnyWord() {
    SeededCases.forEachSeed(1000, random -> makesSomethingOfAWord(random.nextInt()));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void makesSomethingOfAWord(int word) {
    Decoded decoded = decoder.decode(little(word), 0, ADDRESS);
    assertThat(decoded instanceof Instruction i && i.length() != 4).as("word %08x", word).isFalse();
  }

  @Test
  void saysWhenAWordIsCutShort() {
    assertThat(decoder.decode(new byte[3], 0, ADDRESS))
        .isEqualTo(new Undecodable(ADDRESS, "it does not end within 3 bytes"));
  }

  private Instruction decode(String word) {
    Decoded decoded = decoder.decode(little(Integer.parseUnsignedInt(word, 16)), 0, ADDRESS);
    assertThat(decoded).isInstanceOf(Instruction.class);
    return (Instruction) decoded;
  }

  private static byte[] little(int word) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(word).array();
  }
}
