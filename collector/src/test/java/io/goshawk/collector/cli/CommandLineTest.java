// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.config.ExporterChoice;
import io.goshawk.config.TraceExporterKind;
import io.goshawk.config.tree.ListNode;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Node;
import io.goshawk.config.tree.ScalarNode;
import io.goshawk.config.tree.TreeBuilder;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
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

  private static String shown(TreeBuilder flags) {
    return shown((MapNode) flags.build().get("receivers"));
  }

  private static String shown(Node node) {
    if (node instanceof MapNode map) {
      return map.entries().entrySet().stream()
          .map(e -> e.getKey() + ": " + shown(e.getValue().value()))
          .collect(Collectors.joining(", ", "{", "}"));
    }
    return node instanceof ListNode list
        ? list.elements().stream().map(CommandLineTest::shown).toList().toString()
        : ((ScalarNode) node).text();
  }

  @Test
  void readsWhichProcessesToTrace() {
    RunCommand run =
        parse(
            ("run --pid 1,2 --pid 3 --exe /opt/* --port 80 --port 90-99 --cgroup /shop/*"
                    + " --container 0123abcd --container 4567cdef --service shop-*")
                .split(" "));
    TreeBuilder flags = new TreeBuilder();
    run.targets.put(flags);
    assertThat(shown(flags))
        .isEqualTo(
            "{goshawk: {include: {pids: [1, 2, 3], executables: [/opt/*], ports: [80, 90-99],"
                + " cgroups: [/shop/*], containers: [0123abcd, 4567cdef],"
                + " service_names: [shop-*]}}}");
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

    TreeBuilder flags = new TreeBuilder();
    run.spans.put(flags, Map.of("GOSHAWK_REDACT_QUERY_KEYS", "d, e,,"));
    assertThat(shown(flags)).isEqualTo("{goshawk: {http: {redact_query_keys: [a, b, c, d, e]}}}");
  }

  private static String shownSpans(RunCommand run, Map<String, String> variables) {
    TreeBuilder flags = new TreeBuilder();
    run.spans.put(flags, variables);
    return shown((Node) flags.build());
  }

  @Test
  void takesWhatIsSaidOfQueriesFromTheOptionElseFromTheVariable() {
    Map<String, String> variables =
        Map.of("GOSHAWK_SQL_TEXT", "none", "GOSHAWK_SQL_TEXT_LIMIT", " 100 ");
    RunCommand plain = parse("run", "--pid", "1");
    RunCommand run = parse("run", "--pid", "1", "--sql-text", "RAW", "--sql-text-limit", "9");

    assertThat(shownSpans(plain, Map.of("GOSHAWK_SQL_TEXT", ""))).isEqualTo("{}");
    assertThat(shownSpans(plain, variables))
        .isEqualTo("{receivers: {goshawk: {sql: {text: none, text_limit: 100}}}}");
    assertThat(shownSpans(run, variables))
        .isEqualTo("{receivers: {goshawk: {sql: {text: raw, text_limit: 9}}}}");
  }

  @Test
  void takesHowMuchIsSaidOfWhereTimeWentFromTheOptionElseFromTheVariable() {
    Map<String, String> variable = Map.of("GOSHAWK_ATTRIBUTION", " None ");
    CaptureCommand capture = parse("capture", "-o", "-", "--attribution", "CALLS", "--", "ls");
    TreeBuilder flags = new TreeBuilder();
    capture.spans.put(flags, variable);

    assertThat(shown(flags)).isEqualTo("{goshawk: {attribution: {level: calls}}}");
    assertThat(shownSpans(parse("run", "--pid", "1"), variable))
        .isEqualTo("{receivers: {goshawk: {attribution: {level: none}}}}");
    assertThat(shownSpans(parse("run", "--pid", "1"), Map.of("GOSHAWK_ATTRIBUTION", "")))
        .isEqualTo("{}");
  }

  @ParameterizedTest
  @CsvSource({
    "off, 'slow: off'",
    "MEAN, 'slow: mean'",
    "250ms, 'slow: limit, slow_limit: 250ms'",
  })
  void takesFromWhenOnACallIsSlowFromTheOptionElseFromTheVariable(String word, String keys) {
    String shown = "{receivers: {goshawk: {sql: {%s}}}}".formatted(keys);
    RunCommand plain = parse("run", "--pid", "1");
    RunCommand run = parse("run", "--pid", "1", "--sql-slow", word);

    assertThat(shownSpans(plain, Map.of("GOSHAWK_SQL_SLOW", word))).isEqualTo(shown);
    assertThat(shownSpans(run, Map.of("GOSHAWK_SQL_SLOW", "7s"))).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource({
    "GOSHAWK_SQL_TEXT, shown, masked",
    "GOSHAWK_SQL_TEXT_LIMIT, 0, from 1",
    "GOSHAWK_SQL_TEXT_LIMIT, 2049, to 2048",
    "GOSHAWK_SQL_TEXT_LIMIT, many, no number",
    "GOSHAWK_SQL_SLOW, often, no duration",
    "GOSHAWK_ATTRIBUTION, call, 'none, calls'",
  })
  void namesTheVariableThatItCannotUse(String variable, String value, String message) {
    RunCommand run = parse("run", "--pid", "1");

    assertThatThrownBy(() -> run.spans.put(new TreeBuilder(), Map.of(variable, value)))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContainingAll(variable, "'" + value + "'", message);
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
                ExporterChoice.of(TraceExporterKind.OTLP),
                ExporterChoice.of(TraceExporterKind.CONSOLE),
                ExporterChoice.toFile("a=b.json")));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "run --pid x, 'x' is no process id",
        "run --pid 0, '0' is no process id",
        "run --port http, not a port or a range of ports",
        "run --port 0, ports are 1 to 65535",
        "run --pid 1 --sql-text clear, 'clear' is none of masked; raw; none",
        "run --pid 1 --sql-text-limit 0, from 1 to 2048",
        "run --pid 1 --attribution call, 'call' is none of none; calls",
        "run --pid 1 --sql-slow 40m, longer than 35 minutes",
        "run --pid 1 --sql-slow never, 'never' is no duration",
        "run --exporter zipkin --pid 1, use otlp; console or file=PATH",
        "run --pid 1 --nosuch, '--nosuch'; known are --config; --exe",
        "run --prot 8080, Unknown option: '--prot'; did you mean; --port",
        "run --Prot=8080, Unknown option: '--Prot'; did you mean; --port",
        "run --port 80 --sqltext raw, '--sqltext'; did you mean; --sql-text",
        "run -x, Unknown option: '-x'; known are --config",
        "capture --outptu x -- ls, '--outptu'; did you mean; --output",
        "--log-levl info run, '--log-levl'; did you mean; --log-level",
        "rnu --port 80, Unknown command: 'rnu'; did you mean; run",
        "run --cgroup shop/a, must begin with /",
        "run --service [, '[' is no pattern",
        "run, --pid; --exe; --port; --cgroup; --container or --service",
        "capture --pid 1, --output",
        "capture -o t.json, capture what?",
        "capture -o t.json --duration 10 ls, write for example 500ms",
        "inspect, PID|PATH",
        "nosuch, Unknown command: 'nosuch'; known are run; capture; inspect",
        "doctor now, now",
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
  void findsACommandAsAShellDoes() throws InterruptedException {
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
