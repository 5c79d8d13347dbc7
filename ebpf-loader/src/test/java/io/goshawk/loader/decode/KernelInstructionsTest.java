// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Library;
import com.sun.jna.Native;
import io.goshawk.loader.bpf.HostCompiler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the eBPF programs know of instructions ({@code instructions.h}) against binutils. */
class KernelInstructionsTest {

  private static final int BYTES = 16;
  private static final int LENGTH = 0xff;

  /** First byte of AVX-512's instructions. */
  private static final int EVEX = 0x62;

  /** What tables among the code look like to objdump: the compiler makes no such instruction. */
  private static final String DATA = "(ds|lret) .*";

  /** In the order of {@code enum instruction_kind}. */
  private enum Kind {
    PLAIN,
    CALL,
    JUMP,
    SHORT_JUMP,
    INDIRECT_JUMP,
    SWAP,
    PADDING
  }

  /** The decoder, compiled for this machine. */
  public interface Instructions extends Library {
    int instruction_at(long low, long high);
  }

  @TempDir Path folder;
  private Instructions instructions;
  private long compared;
  private long unknown;
  private final Map<Kind, Long> kinds = new TreeMap<>();
  private final Map<String, String> differences = new TreeMap<>();

  @BeforeEach
  void compile() throws IOException, InterruptedException {
    Path library = folder.resolve("instructions.so");
    HostCompiler.run(
        "-O2",
        "-shared",
        "-fPIC",
        "-I",
        "../native/src/main/c",
        "-o",
        library.toString(),
        "src/test/c/instructions.c");
    instructions = Native.load(library.toString(), Instructions.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"go1.24.13", "go1.27.4"})
  void agreeWithObjdumpOnAllOfTheGoCommand(String release) throws Exception {
    Disassembly.of(GoCommand.of(release), this::compare);

    assertThat(differences).isEmpty();
    assertThat(compared).isGreaterThan(1_000_000);
    assertThat(unknown).as("AVX-512, in a few functions").isLessThan(compared / 1000);
    assertThat(kinds).containsOnlyKeys(Kind.values());
  }

  /** What is unknown ends the search of a function, whatever it looks like. */
  @Test
  void whatIsNoInstructionOfGosIsUnknown() {
    for (int opcode : new int[] {0x06, 0x0e, 0x27, 0x60, 0x62, 0x82, 0x9a, 0xca, 0xd6, 0xea}) {
      assertThat(decode(new byte[] {(byte) opcode})).as("0x%x", opcode).isZero();
    }
  }

  private void compare(Disassembly.Run run) {
    int at = 0;
    for (int i = 0; i < run.lengths().size(); i++) {
      int length = run.lengths().get(i);
      if (length > 0 && at + length + BYTES < run.code().length) {
        byte[] code = Arrays.copyOfRange(run.code(), at, at + BYTES);
        compare(decode(code), code, length, run.texts().get(i));
      }
      at += Math.abs(length);
    }
  }

  private void compare(int decoded, byte[] code, int length, String text) {
    compared++;
    if (decoded == 0) {
      unknown++;
      if ((code[0] & 0xff) != EVEX && !text.matches(DATA)) {
        differences.put(text.replaceAll(" .*", ""), text + " is unknown");
      }
      return;
    }
    Kind kind = Kind.values()[decoded >> 8];
    kinds.merge(kind, 1L, Long::sum);
    if ((decoded & LENGTH) != length || kind != kindOf(text, length)) {
      differences.put(
          text.replaceAll(" .*", ""),
          "%s, %d bytes, is %s of %d".formatted(text, length, kind, decoded & LENGTH));
    }
  }

  private static Kind kindOf(String text, int length) {
    if (text.startsWith("lock cmpxchg")) {
      return Kind.SWAP;
    }
    if (text.equals("int3")) {
      return Kind.PADDING;
    }
    if (text.matches("jmp +\\*.*")) {
      return Kind.INDIRECT_JUMP;
    }
    if (text.matches("call +[^*].*")) {
      return Kind.CALL;
    }
    if (text.matches("(j\\w+|loop\\w*) .*")) {
      return length > 3 ? Kind.JUMP : Kind.SHORT_JUMP;
    }
    return Kind.PLAIN;
  }

  private int decode(byte[] code) {
    ByteBuffer bytes = ByteBuffer.wrap(Arrays.copyOf(code, BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    return instructions.instruction_at(bytes.getLong(0), bytes.getLong(8));
  }
}
