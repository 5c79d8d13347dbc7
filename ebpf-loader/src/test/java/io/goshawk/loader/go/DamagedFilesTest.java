// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.loader.dwarf.StructField;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DamagedFilesTest {

  @ParameterizedTest
  @CsvSource({
    "1.24.13, -ldflags=, 1",
    "1.25.14, -ldflags=-compressdwarf=false, 1",
    "1.26.11, -ldflags=-s -w, 10",
    "1.27.4, -ldflags=-compressdwarf=false, 1",
    "1.27.4, -buildmode=pie, 1",
  })
  void everyDamageEndsInAnOutcomeWithLittleMemoryAndTime(
      String version, String flag, int valuesEach, @TempDir Path directory) {
    Path program = GoFixtures.small(version, flag);
    String printed =
        java("-Xmx32m", DamagedFiles.class, program, directory, "20261121", "300", valuesEach);
    assertThat(count(printed, "Malformed")).as(printed).isGreaterThan(80);
    assertThat(count(printed, "Opened")).as(printed).isGreaterThan(150);
    assertThat(count(printed, "NotGo")).as(printed).isPositive();
    assertThat(printed).doesNotContain("Unreadable");
  }

  @Test
  void aFileCutShortWhileItIsOpenEndsInAnErrorThatSaysSo(@TempDir Path directory)
      throws IOException {
    Path copy = Files.copy(GoFixtures.small("1.27.4"), directory.resolve("copy"));
    try (GoExecutable executable = GoFixtures.open(copy)) {
      try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
        channel.truncate(4096);
      }
      for (ThrowingCallable use :
          List.<ThrowingCallable>of(
              () -> executable.structs().offsets(List.of(new StructField("main.outer", "name"))),
              () -> executable.itab("*main.outer", "fmt.Stringer"))) {
        assertThatThrownBy(use)
            .isInstanceOfSatisfying(
                UnusableExecutableException.class,
                e ->
                    assertThat(e.result())
                        .isEqualTo(
                            new OpenResult.Unreadable(
                                "cannot read the file: it was cut short while it was read")));
      }
    }
  }

  private static int count(String printed, String outcome) {
    Matcher m = Pattern.compile(outcome + "=(\\d+)").matcher(printed);
    return m.find() ? Integer.parseInt(m.group(1)) : 0;
  }

  /** Runs a class of the tests in a JVM of its own, with the agent's collector and compiler. */
  static String java(String heap, Class<?> main, Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(heap, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    for (String property : List.of("goshawk.seed", "goshawk.seconds")) {
      if (System.getProperty(property) != null) {
        command.add("-D" + property + "=" + System.getProperty(property));
      }
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return GoBuild.run(Path.of("target"), command, Map.of());
  }
}
