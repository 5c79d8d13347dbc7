// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.loader.decode.InstructionDecoder.FrameAccess;
import io.goshawk.loader.decode.InstructionDecoder.FrameUse;
import io.goshawk.loader.go.Architecture;
import io.goshawk.testing.SeededCases;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Amd64DecoderTest {

  private static final long ADDRESS = 0x401000;

  private final InstructionDecoder decoder = InstructionDecoder.of(Architecture.AMD64);

  @ParameterizedTest
  @CsvSource({
    "55, PUSH, push %rbp",
    "41 57, PUSH, push %r15",
    "5d, POP, pop %rbp",
    "90, NOP, nop",
    "0f 1f 44 00 00, NOP, bytes 0f 1f 44 00 00",
    "c3, RETURN, ret",
    "e8 fb ff ff ff, CALL, call 0x401000",
    "ff d1, CALL_INDIRECT, bytes ff d1",
    "ff e0, JUMP_INDIRECT, bytes ff e0",
    "eb fe, JUMP, jmp 0x401000",
    "e9 fb 00 00 00, JUMP, jmp 0x401100",
    "76 10, JUMP_IF, jbe 0x401012",
    "0f 86 fa 00 00 00, JUMP_IF, jbe 0x401100",
    "'49 3b 66 10', COMPARE, 'cmp 0x10(%r14),%rsp'",
    "'48 83 ec 18', SUBTRACT, 'sub $0x18,%rsp'",
    "'4c 8d 64 24 f8', ADDRESS, 'lea -0x8(%rsp),%r12'",
    "'48 89 44 24 08', MOVE, 'mov %rax,0x8(%rsp)'",
    "'48 8b 05 f9 0f 00 00', MOVE, 'mov 0xff9(%rip),%rax'",
    "cc, TRAP, int3",
    "0f 0b, TRAP, bytes 0f 0b",
  })
  void tellsWhatAnInstructionDoes(String hex, InstructionKind kind, String text) {
    byte[] code = bytes(hex);
    Instruction instruction = decode(hex);
    assertThat(instruction.kind()).isEqualTo(kind);
    assertThat(instruction.length()).isEqualTo(code.length);
    assertThat(decoder.text(code, 0, instruction)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "48 8b 04 24, LOAD, 0, 0, 8",
    "48 8b 44 24 08, LOAD, 0, 8, 8",
    "48 8b 5c 24 f8, LOAD, 3, -8, 8",
    "48 8b 8c 24 f0 00 00 00, LOAD, 1, 240, 8",
    "4c 8b 84 24 00 01 00 00, LOAD, 8, 256, 8",
    "48 89 84 24 90 00 00 00, STORE, 0, 144, 8",
    "4c 89 4c 24 10, STORE, 9, 16, 8",
    "8b 44 24 08, OTHER, 0, 8, 8",
    "89 44 24 08, OTHER, 0, 8, 8",
    "48 8d 44 24 08, OTHER, 0, 8, 8",
    "48 0f af 44 24 08, OTHER, 0, 8, 16",
    "48 c7 44 24 08 00 00 00 00, OTHER, 0, 8, 8",
    "44 0f 11 7c 24 20, OTHER, 15, 32, 16",
  })
  void tellsWhatIsDoneWithThePlaceInTheFrame(
      String hex, FrameUse use, int register, int offset, int bytes) {
    assertThat(decoder.frameAccess(bytes(hex), 0))
        .contains(new FrameAccess(use, register, offset, bytes));
  }

  @ParameterizedTest
  @CsvSource({
    "48 8b 44 23 08, with an index",
    "4a 8b 44 24 08, with r12 as its index",
    "49 8b 44 24 08, from r12",
    "48 8b 43 08, from rbx",
    "64 48 8b 04 24, from a segment",
    "48 01 c3, registers alone",
    "e8 00 00 00 00, no operand",
    "48 8b, cut short",
  })
  void tellsOfNothingElseThatItIsInTheFrame(String hex, String what) {
    assertThat(decoder.frameAccess(bytes(hex), 0)).as(what).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "48 b8 01 02 03 04 05 06 07 08, movabs to a register",
    "48 a1 01 02 03 04 05 06 07 08, movabs from memory",
    "67 a1 01 02 03 04, the same with 32-bit addresses",
    "66 b8 01 02, a 16-bit immediate",
    "66 81 c3 01 02, a 16-bit immediate after ModRM",
    "66 48 81 c3 01 02 03 04, REX.W wins over 66",
    "f7 84 24 01 02 03 04 05 06 07 08, test with SIB and displacement and immediate",
    "f7 d8, neg has no immediate",
    "c5 fe 6f 04 25 00 00 00 00, VEX of two bytes",
    "c4 e3 7d 39 c1 01, VEX of three bytes with an immediate",
    "62 f1 fe 48 6f 40 01, EVEX with a compressed displacement",
    "62 f3 7d 48 43 c8 01, EVEX with an immediate",
    "66 0f 3a 0f c1 08, palignr",
    "f2 48 0f 38 f1 c1, crc32",
    "66 2e 0f 1f 84 00 00 00 00 00, the ten-byte nop",
  })
  void knowsTheLengthOfEveryEncoding(String hex, String what) {
    assertThat(decode(hex + " cc cc cc cc cc cc").length()).as(what).isEqualTo(bytes(hex).length);
  }

  @ParameterizedTest
  @CsvSource({
    "55, EMULATED",
    "41 55, EMULATED",
    "48 55, SINGLE_STEPPED",
    "90, EMULATED",
    "f3 90, SINGLE_STEPPED",
    "66 90, REFUSED",
    "41 90, REFUSED",
    "0f 1f 00, SINGLE_STEPPED",
    "66 2e 0f 1f 84 00 00 00 00 00, REFUSED",
    "e8 00 00 00 00, EMULATED",
    "e9 00 00 00 00, EMULATED",
    "eb 00, EMULATED",
    "76 00, EMULATED",
    "0f 86 00 00 00 00, EMULATED",
    "e3 00, SINGLE_STEPPED",
    "ff d0, SINGLE_STEPPED",
    "49 3b 66 10, SINGLE_STEPPED",
    "48 83 ec 18, SINGLE_STEPPED",
    "5d, SINGLE_STEPPED",
    "c3, SINGLE_STEPPED",
    "48 8b 05 00 00 00 00, SINGLE_STEPPED",
    "f0 48 0f b1 11, REFUSED",
    "c5 f8 77, REFUSED",
    "62 f1 fe 48 6f 00, REFUSED",
    "0f 05, REFUSED",
    "0f 0b, REFUSED",
    "cc, REFUSED",
    "f4, REFUSED",
  })
  void tellsWhatTheKernelDoesWithAProbe(String hex, UprobeExecution execution) {
    assertThat(decode(hex).execution()).isEqualTo(execution);
  }

  @ParameterizedTest
  @CsvSource({
    "55, 4",
    "5b, 3 4",
    "49 3b 66 10, ''",
    "48 83 ec 18, 4",
    "4c 8d 64 24 f8, 12",
    "48 89 44 24 08, ''",
    "48 89 c3, 3",
    "4c 8b 44 24 08, 8",
    "31 c0, 0",
    "0f b6 c8, 1",
    "0f 11 44 24 10, ''",
    "84 00, ''",
    "41 bb 01 00 00 00, 11",
  })
  void tellsWhichRegistersChange(String hex, String registers) {
    int expected =
        Arrays.stream(registers.split(" "))
            .filter(number -> !number.isEmpty())
            .mapToInt(number -> 1 << Integer.parseInt(number))
            .reduce(0, (a, b) -> a | b);
    assertThat(decode(hex).writes()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"e8 00 00 00 00", "48 f7 e1", "48 0f a2", "88 c4", "ff d0", "0f 05"})
  void assumesThatAnUnmodelledInstructionChangesEveryRegister(String hex) {
    assertThat(decode(hex).writes()).isEqualTo(Instruction.ALL_REGISTERS);
  }

  @Test
  void namesWhatIsNoInstruction() {
    assertThat(decoder.decode(bytes("06"), 0, ADDRESS))
        .isEqualTo(new Undecodable(ADDRESS, "no instruction in 64-bit mode"));
    assertThat(decoder.decode(bytes("48 b8 01 02"), 0, ADDRESS))
        .isEqualTo(new Undecodable(ADDRESS, "it does not end within 4 bytes"));
    assertThat(decoder.decode(new byte[0], 0, ADDRESS)).isInstanceOf(Undecodable.class);
  }

  @Test
  void endsAtTheLongestInstructionThereIs() {
    byte[] prefixes = new byte[64];
    Arrays.fill(prefixes, (byte) 0x66);
    assertThat(decoder.decode(prefixes, 0, ADDRESS))
        .isEqualTo(new Undecodable(ADDRESS, "it does not end within 15 bytes"));
  }

  @Test
  void refusesAnIndexOutsideOfTheCode() {
    assertThatThrownBy(() -> decoder.decode(new byte[4], 5, ADDRESS))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void makesSomethingBoundedOfAnyBytes() {
    SeededCases.forAnyBytes(20_000, 24, this::assertBounded);
  }

  private void assertBounded(byte[] code) {
    Decoded decoded = decoder.decode(code, 0, ADDRESS);
    if (decoded instanceof Instruction instruction) {
      int length = instruction.length();
      assertThat(length).isBetween(1, Math.min(15, code.length));
      assertThat(decoder.text(code, 0, instruction)).isNotBlank();
      // Nothing behind an instruction matters to it, and no part of it will do.
      assertThat(decoder.decode(Arrays.copyOf(code, length), 0, ADDRESS)).isEqualTo(decoded);
      for (int cut = 0; cut < length; cut++) {
        assertThat(decoder.decode(Arrays.copyOf(code, cut), 0, ADDRESS))
            .isInstanceOf(Undecodable.class);
      }
    }
  }

  @Test
  void hasARowOfSixteenForEveryOpcode() {
    assertThat(Amd64Opcodes.ONE_BYTE).hasSize(256);
    assertThat(Amd64Opcodes.MAP_0F).hasSize(256);
  }

  @Test
  void leavesTheTargetOfAnIndirectBranchOpen() {
    assertThat(decode("ff e0").target()).isEqualTo(OptionalLong.empty());
  }

  private Instruction decode(String hex) {
    Decoded decoded = decoder.decode(bytes(hex), 0, ADDRESS);
    assertThat(decoded).isInstanceOf(Instruction.class);
    return (Instruction) decoded;
  }

  private static byte[] bytes(String hex) {
    return HexFormat.ofDelimiter(" ").parseHex(hex);
  }
}
