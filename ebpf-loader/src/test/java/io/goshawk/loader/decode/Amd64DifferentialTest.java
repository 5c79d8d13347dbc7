// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.go.Architecture;
import java.nio.file.Path;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The decoder against binutils, instruction by instruction, over whole programs. */
class Amd64DifferentialTest {

  private final InstructionDecoder decoder = InstructionDecoder.of(Architecture.AMD64);
  private long instructions;
  private long texts;
  private long bad;
  private final TreeMap<String, String> differences = new TreeMap<>();

  @ParameterizedTest
  @ValueSource(strings = {"go1.24.13", "go1.27.4"})
  void agreesWithObjdumpOnEveryInstructionOfTheGoCommand(String release) throws Exception {
    Disassembly.of(GoCommand.of(release), this::compare);
    assertThat(differences).isEmpty();
    assertThat(instructions).isGreaterThan(1_000_000);
    assertThat(bad).as("bytes objdump cannot read either").isLessThan(10);
    assertThat(texts).isGreaterThan(instructions / 2);
  }

  @Test
  void agreesWithObjdumpOnEveryInstructionOfTheCLibrary() throws Exception {
    Disassembly.of(Path.of("/lib/x86_64-linux-gnu/libc.so.6"), this::compare);
    assertThat(differences).isEmpty();
    assertThat(instructions).isGreaterThan(200_000);
  }

  private void compare(Disassembly.Run run) {
    int at = 0;
    for (int i = 0; i < run.lengths().size(); i++) {
      int length = run.lengths().get(i);
      // The last ones of a run may be cut for us though not for objdump.
      boolean whole = at + Math.abs(length) < run.code().length - 16;
      bad += length < 0 ? 1 : 0;
      if (length > 0 && whole) {
        compare(run, at, length, run.texts().get(i));
      }
      at += Math.abs(length);
    }
  }

  private void compare(Disassembly.Run run, int at, int length, String expected) {
    instructions++;
    Decoded decoded = decoder.decode(run.code(), at, run.address() + at);
    String opcode = expected.replaceAll(" .*", "");
    if (!(decoded instanceof Instruction instruction)) {
      note(opcode, expected + " is " + decoded);
      return;
    }
    if (instruction.length() != length) {
      note(opcode, expected + " has " + length + " bytes, not " + instruction.length());
    }
    String text = decoder.text(run.code(), at, instruction);
    if (!text.startsWith("bytes ")) {
      texts++;
      String bare = expected.replaceAll(" *[<#].*", "").replaceAll("^(call|j\\w+) ", "$1 0x");
      if (!bare.equals(text)) {
        note("text " + opcode, expected + " is written " + text);
      }
    }
  }

  private void note(String kind, String difference) {
    if (differences.size() < 20) {
      differences.putIfAbsent(kind, difference);
    }
  }
}
