// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Commands and variables that cannot be meant as they are written: status 2, and why. */
class WrongUseTest {

  private final Path folder = Repository.scratch("wrong-use");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          ~~                                     | which command?
          fly                                    | Unknown command: 'fly'; known are run, capture
          captrue -o x -- ls                     | did you mean "capture"?
          run                                    | Say so with --pid, --exe, --port, --cgroup
          run --fast                             | Unknown option: '--fast'
          run --prot 80                          | did you mean "--port"?
          run --container abc                    | or its beginning, 8 to 64 hexadecimal digits
          run --pid                              | Missing required parameter for option '--pid'
          run --pid four                         | 'four' is no process id
          run --pid 0                            | '0' is no process id
          run --port 70000                       | ports are 1 to 65535
          run --exe [                            | '[' is no pattern
          run --exe bin/shop                     | must begin with / or *: '*/bin/shop'
          run --pid 1 --exporter zipkin          | use otlp, console or file=PATH
          run --pid 1 --log-level loud           | 'loud' is no log level
          capture -- true                        | Missing required option: '--output=FILE'
          capture -o spans.jsonl                 | Give --pid PID, or a command after '--'
          capture -o x --pid 999999999           | traced; a command after '--' is
          capture -o x --duration soon -- true   | write for example 500ms, 10s or 1h30m
          capture -o missing/spans.jsonl -- true | missing does not exist; create it
          capture -o . -- true                   | it is a folder; name a file in it
          inspect                                | Missing required parameter: 'PID|PATH'
          inspect --format yaml 1                | yaml
          doctor now                             | now
          """)
  void isToldInASentence(String arguments, String sentence) {
    Ended ended = Ended.run(folder, arguments.isEmpty() ? new String[0] : arguments.split(" "));

    assertThat(ended.status()).as(ended.toString()).isEqualTo(2);
    assertThat(ended.output()).isEmpty();
    assertThat(ended.errors()).contains(sentence).doesNotContain("Exception", "\tat ");
    assertThat(ended.errors().lines().count()).as(ended.errors()).isLessThanOrEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          OTEL_EXPORTER_OTLP_ENDPOINT    | collector:4318 | write it like http://localhost:4318
          OTEL_EXPORTER_OTLP_ENDPOINT    | ftp://host     | does not start with http:// or https://
          OTEL_EXPORTER_OTLP_CERTIFICATE | /nosuch.pem    | no file that can be read
          OTEL_EXPORTER_OTLP_HEADERS     | token          | write key=value,key=value
          """)
  void aVariableWithoutWhichNothingCouldBeDeliveredEndsItBeforeItStarts(
      String variable, String value, String sentence) {
    Ended ended = Ended.run(folder, List.of(), Map.of(variable, value), "run", "--pid", "1");

    assertThat(ended.status()).as(ended.toString()).isEqualTo(2);
    assertThat(ended.errors()).contains(variable, sentence).doesNotContain("\tat ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          OTEL_TRACES_SAMPLER         | sometimes | none of always_off, always_on
          OTEL_BSP_MAX_QUEUE_SIZE     | -1        | no whole number from 1 on
          OTEL_EXPORTER_OTLP_PROTOCOL | pigeon    | none of grpc, http/json, http/protobuf
          OTEL_EXPORTER_OTLP_TIMEOUT  | soon      | no whole number
          OTEL_RESOURCE_ATTRIBUTES    | region    | write key=value,key=value
          """)
  void anyOtherVariableIsIgnoredWithAWarningThatNamesIt(
      String variable, String value, String sentence) {
    Ended ended =
        Ended.run(folder, List.of(), Map.of(variable, value), "run", "--pid", "999999999");

    assertThat(ended.errors()).contains("WARN  " + variable + ": \"" + value + "\"", sentence);
    assertThat(ended.errors()).contains("no process has the id 999999999");
  }

  @Test
  void aCommandThatIsNotFoundOrCannotBeExecutedHasTheShellsStatus() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "no program");
    String output = folder.resolve("spans.jsonl").toString();
    Ended onPath = Ended.run(folder, "capture", "-o", output, "--", "no-such-command");
    Ended inFolder = Ended.run(folder, "capture", "-o", output, "--", "./no-such-command");
    Ended noProgram = Ended.run(folder, "capture", "-o", output, "--", text.toString());

    assertThat(onPath.status()).isEqualTo(127);
    assertThat(onPath.errors()).contains("no command no-such-command on PATH");
    assertThat(inFolder.status()).isEqualTo(127);
    assertThat(inFolder.errors()).contains("no such file: ./no-such-command");
    assertThat(noProgram.status()).isEqualTo(126);
    assertThat(noProgram.errors()).contains(text + " is not executable; chmod +x it");
  }

  /** To open the output empties it: what the user would lose is the program. */
  @Test
  void anOutputThatIsTheCommandItselfIsRefusedUnderWhateverName() throws IOException {
    Path command = Files.copy(Path.of("/bin/true"), folder.resolve("command"));
    byte[] program = Files.readAllBytes(command);
    Files.createLink(folder.resolve("hard"), command);
    Files.createSymbolicLink(folder.resolve("soft"), command);
    for (String output : List.of("command", "hard", "soft")) {
      Ended ended = Ended.run(folder, "capture", "-o", output, "--", "./command");

      assertThat(ended.status()).as(ended.toString()).isEqualTo(2);
      assertThat(ended.errors())
          .contains("cannot write " + output + ": it is the executable of the command, ./command")
          .contains("name another file with -o")
          .hasLineCount(1);
      assertThat(command).hasBinaryContent(program);
    }
  }

  @Test
  void aSettingOfOtlpIsNobodysProblemWhoWritesAFile() {
    Ended ended =
        Ended.run(
            folder,
            List.of(),
            Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "no url"),
            "capture",
            "-o",
            folder.resolve("spans.jsonl").toString(),
            "--",
            "true");

    assertThat(ended.status()).as(ended.errors()).isZero();
  }
}
