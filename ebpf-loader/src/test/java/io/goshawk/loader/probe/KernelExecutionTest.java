// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.decode.Instruction;
import io.goshawk.loader.decode.InstructionDecoder;
import io.goshawk.loader.decode.UprobeExecution;
import io.goshawk.loader.go.Architecture;
import io.goshawk.loader.go.GoBuild;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the decoder says of uprobes, against the running kernel: a probe that is never hit was
 * refused, and a process has a {@code [uprobes]} mapping from the first instruction on that was
 * stepped out of line. Needs root, a mounted tracefs and clang.
 */
class KernelExecutionTest {

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "55, pop %rbp, EMULATED",
    "41 57, pop %r15, EMULATED",
    "90, nop, EMULATED",
    "e8 00 00 00 00, pop %rax, EMULATED",
    "e9 00 00 00 00, nop, EMULATED",
    "eb 00, nop, EMULATED",
    "76 00, nop, EMULATED",
    "0f 86 00 00 00 00, nop, EMULATED",
    "48 83 ec 00, nop, SINGLE_STEPPED",
    "48 39 64 24 08, nop, SINGLE_STEPPED",
    "48 8d 44 24 08, nop, SINGLE_STEPPED",
    "48 8b 05 00 00 00 00, nop, SINGLE_STEPPED",
    "50, pop %rax, EMULATED",
    "48 55, pop %rbp, SINGLE_STEPPED",
    "f0 ff 44 24 f8, nop, REFUSED",
    "3e 8b 04 24, nop, REFUSED",
  })
  void theKernelExecutesAnInstructionAsTheDecoderSays(
      String hex, String after, UprobeExecution expected) throws Exception {
    byte[] code = HexFormat.ofDelimiter(" ").parseHex(hex);
    Instruction instruction =
        (Instruction) InstructionDecoder.of(Architecture.AMD64).decode(code, 0, 0);
    assertThat(instruction.execution()).as("the decoder").isEqualTo(expected);
    assertThat(observe(code, after)).as("the kernel").isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "66 90, nop, REFUSED",
    "f3 90, nop, SINGLE_STEPPED",
    "0f 1f 00, nop, SINGLE_STEPPED",
    "0f 1f 44 00 00, nop, SINGLE_STEPPED",
    "66 2e 0f 1f 84 00 00 00 00 00, nop, REFUSED",
  })
  void theDecoderPromisesNoMoreOfANopThanTheKernelKeeps(
      String hex, String after, UprobeExecution promised) throws Exception {
    byte[] code = HexFormat.ofDelimiter(" ").parseHex(hex);
    Instruction instruction =
        (Instruction) InstructionDecoder.of(Architecture.AMD64).decode(code, 0, 0);
    assertThat(instruction.execution()).isEqualTo(promised);
    // Kernels differ here: newer ones emulate more.
    assertThat(observe(code, after)).isLessThanOrEqualTo(promised);
  }

  /** Runs a program with the instruction in it, and a probe on that. */
  private UprobeExecution observe(byte[] code, String after) throws Exception {
    StringBuilder bytes = new StringBuilder();
    for (byte octet : code) {
      bytes.append(bytes.isEmpty() ? "" : ",").append(octet & 0xff);
    }
    Path source = directory.resolve("probe.S");
    Files.writeString(
        source,
        """
        .globl _start
        _start:
                .byte %s
                %s
                mov $1, %%eax      # write(1, _start, 1): it has been executed
                mov $1, %%edi
                lea _start(%%rip), %%rsi
                mov $1, %%edx
                syscall
                xor %%eax, %%eax   # read(0, stack, 1): until the test has looked
                xor %%edi, %%edi
                lea -64(%%rsp), %%rsi
                syscall
                mov $60, %%eax     # exit(0)
                xor %%edi, %%edi
                syscall
        """
            .formatted(bytes, after));
    Path program = directory.resolve("probe");
    GoBuild.run(
        directory,
        List.of("clang", "-nostdlib", "-static", "-o", program.toString(), source.toString()),
        Map.of());
    try (TracefsUprobes probes = new TracefsUprobes(program).at("it", textOffset(program))) {
      probes.attach();
      Process process = new ProcessBuilder(program.toString()).start();
      try {
        assertThat(process.getInputStream().read()).as("the program ran").isNotEqualTo(-1);
        boolean stepped =
            Files.readString(Path.of("/proc", Long.toString(process.pid()), "maps"))
                .contains("[uprobes]");
        if (probes.hits().get("it") == 0) {
          return UprobeExecution.REFUSED;
        }
        return stepped ? UprobeExecution.SINGLE_STEPPED : UprobeExecution.EMULATED;
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
  }

  /** Where {@code .text}, and so {@code _start}, lies in the file. */
  private long textOffset(Path program) {
    String sections =
        GoBuild.run(directory, List.of("objdump", "-h", program.toString()), Map.of());
    String text =
        sections.lines().filter(line -> line.contains(" .text ")).findFirst().orElseThrow();
    return Long.parseLong(text.strip().split("\\s+")[5], 16);
  }
}
