// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

final class CommandLineTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void readsWhichProcessesToTrace() {
    RunCommand run =
        parse(
            "run", "--pid", "1,2", "--pid", "3", "--exe", "/opt/*", "--port", "80", "--port",
            "90-99");

    assertThat(run.targets.selector())
        .hasToString("--pid 1 --pid 2 --pid 3 --exe /opt/* --port 80,90-99");
  }

  @Test
  void leavesTheCapturedCommandItsOwnOptions() {
    CaptureCommand capture =
        parse("capture", "-o", "t.json", "--", "./svc", "--help", "-o", "x", "--", "y");

    assertThat(capture.output).isEqualTo("t.json");
    assertThat(capture.command).containsExactly("./svc", "--help", "-o", "x", "--", "y");
  }

  @Test
  void takesACommandToCaptureWithoutTheDashes() {
    CaptureCommand capture = parse("capture", "-o", "-", "./svc", "--duration", "1s");

    assertThat(capture.command).containsExactly("./svc", "--duration", "1s");
    assertThat(capture.duration).isNull();
  }

  @Test
  void gathersTheKeysWhoseValuesAreNotShown() {
    RunCommand run =
        parse("run", "--pid", "1", "--redact-query-keys", "a,b", "--redact-query-keys", " c");

    assertThat(run.spans.redactedQueryKeys(Map.of("GOSHAWK_REDACT_QUERY_KEYS", "d, e,,")))
        .containsExactlyInAnyOrder("a", "b", "c", "d", "e");
    assertThat(run.spans.redactedQueryKeys(Map.of())).containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  void readsExporters() {
    RunCommand run =
        parse(
            "run",
            "--pid",
            "1",
            "--exporter",
            "otlp",
            "--exporter",
            "console",
            "--exporter",
            "file=a=b.json");

    assertThat(run.exporters)
        .isEqualTo(
            List.of(
                new ExporterChoice.Otlp(),
                new ExporterChoice.Console(),
                new ExporterChoice.ToFile("a=b.json")));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "run --pid x, 'x' is no process id",
        "run --pid 0, '0' is no process id",
        "run --port http, not a port or a range of ports",
        "run --port 0, ports are 1 to 65535",
        "run --exporter zipkin --pid 1, use otlp; console or file=PATH",
        "run --pid 1 --nosuch, --nosuch",
        "run, --pid; --exe or --port",
        "capture --pid 1, --output",
        "capture -o t.json, capture what?",
        "capture -o t.json --duration 10 ls, write for example 500ms",
        "inspect, PID|PATH",
        "nosuch, nosuch",
        "\"\", which command?",
        "run --pid 1 --log-level loud, use none; error; warn",
      })
  void refusesWrongUseWithStatusTwoAndSaysWhatIsRight(String arguments, String message) {
    int status = execute(arguments.isEmpty() ? new String[0] : arguments.split(" "));

    assertThat(status).isEqualTo(2);
    assertThat(err.toString())
        .startsWith("goshawk: ")
        .contains(message.split("; "))
        .contains("--help'");
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "capture", "inspect", "doctor", "version", "completion"})
  void helpsWithEveryCommand(String command) {
    assertThat(execute(command, "--help")).isZero();
    assertThat(out.toString()).contains("Usage: goshawk " + command);
  }

  @Test
  void showsExamplesAndExitStatusesToANewcomer() {
    assertThat(execute("--help")).isZero();
    assertThat(out.toString())
        .contains("goshawk doctor", "goshawk run --port 8080", "Exit status", "capture")
        .doesNotContain("train");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void completesCommandsAndOptionsInAShell() {
    assertThat(execute("completion", "bash")).isZero();
    assertThat(out.toString()).contains("complete -F", "capture", "--service-name");
  }

  @Test
  void saysWhatIsWrongWithAFileToInspect() {
    assertThat(execute("inspect", "/no/such/file")).isEqualTo(1);
    assertThat(err.toString()).contains("/no/such/file").doesNotContain("Exception");
  }

  @Test
  void saysThatAProcessToInspectDoesNotExist() {
    assertThat(execute("inspect", "999999999")).isEqualTo(2);
    assertThat(err.toString()).contains("no process has the id 999999999");
  }

  @Test
  void namesAVariableThatCannotBeUsed() {
    int status =
        Main.commandLine(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"))
            .setErr(new PrintWriter(err, true))
            .execute("run", "--pid", "1");

    assertThat(status).isEqualTo(2);
    assertThat(err.toString()).contains("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318");
  }

  @ParameterizedTest
  @CsvSource({"500ms, 500", "10s, 10000", "1h30m, 5400000", "1m500ms, 60500"})
  void readsDurations(String text, long millis) {
    assertThat(new Durations().convert(text)).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10", "s", "0s", "-1s", "1 s", "1d", "99999999999999999999h"})
  void refusesWhatIsNoDuration(String text) {
    assertThatThrownBy(() -> new Durations().convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("'" + text + "'");
  }

  @Test
  void findsACommandAsAShellDoes() {
    assertThat(FollowedCommand.resolve("sh")).exists().isExecutable();
    assertThatThrownBy(() -> FollowedCommand.resolve("no-such-command"))
        .isInstanceOfSatisfying(
            CommandFailure.class, failure -> assertThat(failure.status()).isEqualTo(127));
    assertThatThrownBy(() -> FollowedCommand.resolve("/etc/passwd"))
        .isInstanceOfSatisfying(
            CommandFailure.class, failure -> assertThat(failure.status()).isEqualTo(126));
    assertThatThrownBy(() -> FollowedCommand.resolve("./no-such-file"))
        .isInstanceOfSatisfying(
            CommandFailure.class, failure -> assertThat(failure.status()).isEqualTo(127));
  }

  private int execute(String... arguments) {
    return Main.commandLine(Map.of())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @SuppressWarnings("unchecked")
  private <T> T parse(String... arguments) {
    CommandLine commandLine = Main.commandLine(Map.of());
    try {
      return (T) commandLine.parseArgs(arguments).subcommand().commandSpec().userObject();
    } catch (ParameterException e) {
      throw new AssertionError(String.join(" ", arguments) + ": " + e.getMessage(), e);
    }
  }
}
