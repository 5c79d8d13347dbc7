// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.trap;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.bpf.BpfLink;
import io.goshawk.loader.bpf.BpfObject;
import io.goshawk.loader.bpf.BpfProgram;
import io.goshawk.loader.bpf.ObjectOptions.Uprobes;
import io.goshawk.loader.bpf.ProgramStatistics;
import io.goshawk.loader.bpf.TestPrograms;
import io.goshawk.loader.bpf.UprobeAttacher;
import io.goshawk.loader.decode.Instruction;
import io.goshawk.loader.decode.InstructionDecoder;
import io.goshawk.loader.go.Architecture;
import io.goshawk.loader.probe.CostClass;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** On the running kernel, with probes in code of this JVM. Needs root. */
class TrapMeterTest {

  @ParameterizedTest
  @EnumSource(Uprobes.class)
  void eachKindOfTrapHasAPriceAndNothingIsLeftOfHowItWasFound(Uprobes way) throws Exception {
    TrapPrices prices = TrapMeter.measure(way);
    assertThat(prices.measured()).isTrue();
    for (CostClass cost : CostClass.values()) {
      assertThat(prices.nanos(cost)).as(cost.name()).isPositive();
    }
    assertNothingIsLeft();
  }

  @ParameterizedTest
  @EnumSource(CostClass.class)
  void whatGetsTheProbeIsOfItsClass(CostClass cost) {
    int offset = TrapMeter.OFFSETS.get(cost);
    Instruction instruction =
        (Instruction)
            InstructionDecoder.of(Architecture.AMD64).decode(TrapMeter.CODE, offset, offset);
    assertThat(instruction.execution().name()).isEqualTo(cost.name());
  }

  @ParameterizedTest
  @EnumSource(CostClass.class)
  void aLoopComesByItsProbeAsOftenAsItIsTold(CostClass cost) throws Exception {
    int offset = TrapMeter.OFFSETS.get(cost);
    ProgramStatistics statistics = ProgramStatistics.on();
    try (OwnCode code = OwnCode.of(TrapMeter.CODE);
        BpfObject object = TestPrograms.load("hits")) {
      BpfProgram program = object.program("on_hit").orElseThrow();
      code.call(offset, 7);
      assertThat(program.runs().runs()).as("without a probe").isZero();
      BpfLink link = UprobeAttacher.attach(program, code.path(), new long[] {offset}, 0);
      try {
        code.call(offset, 1000);
        assertThat(program.runs().runs()).isEqualTo(1000);
      } finally {
        link.close();
      }
    } finally {
      statistics.close();
    }
  }

  /** The kernel takes no program of a process that has no rights, nor counts for it. */
  @Test
  void withoutRightsItSaysWhatIsRefused() throws Exception {
    assertThat(answer("setpriv", "--bounding-set=-all", "--inh-caps=-all"))
        .startsWith("BpfException: ")
        .contains("EPERM", "nothing is left");
    assertThat(answer("env")).startsWith("TrapPrices").contains("nothing is left");
  }

  private static String answer(String... prefix) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(prefix));
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            TrapMeterTest.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return answer;
  }

  /** Measures in a process that has other rights. */
  public static void main(String[] arguments) throws IOException {
    try {
      System.out.println(TrapMeter.measure());
    } catch (IOException | RuntimeException e) {
      System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
    }
    assertNothingIsLeft();
    System.out.println("nothing is left");
  }

  /** Neither the code nor its file. */
  private static void assertNothingIsLeft() throws IOException {
    assertThat(Files.readString(Path.of("/proc/self/maps"))).doesNotContain(OwnCode.NAME);
    for (File descriptor : new File("/proc/self/fd").listFiles()) {
      if (Files.isSymbolicLink(descriptor.toPath())) {
        assertThat(Files.readSymbolicLink(descriptor.toPath()).toString())
            .doesNotContain(OwnCode.NAME);
      }
    }
  }
}
