// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.GoToolchain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code goshawk capture -- COMMAND}: everything is recorded, and the command does not notice. */
@Timeout(120)
final class CaptureTest {

  private static final Pattern PATH_ATTRIBUTE =
      Pattern.compile("\"url\\.path\",\"value\":\\{\"stringValue\":\"([^\"]*)\"");

  private static final Pattern SERVICE_NAME =
      Pattern.compile("\"service\\.name\",\"value\":\\{\"stringValue\":\"([^\"]*)\"");

  /** Root, but not allowed to load programs. */
  private static final List<String> WITHOUT_BPF =
      List.of("setpriv", "--bounding-set", "-sys_admin,-bpf,-perfmon");

  @TempDir static Path shared;
  private static Path service;

  @TempDir Path folder;

  @BeforeAll
  static void build() throws IOException, InterruptedException {
    service = Service.build(shared);
  }

  @Test
  void recordsEveryRequestFromTheVeryFirstAndPassesTheStatusOn() throws Exception {
    try (Command capture = capture(service.toString(), "--requests", "5", "--status", "7")) {
      assertThat(capture.status()).as(capture::err).isEqualTo(7);
      assertThat(paths(recorded()))
          .containsExactlyInAnyOrder("/item/0", "/item/1", "/item/2", "/item/3", "/item/4");
      assertThat(capture.out()).startsWith("listening").hasLineCount(1);
      assertThat(capture.err()).contains("requests seen").contains("adds up");
    }
  }

  @Test
  void keepsTheCommandsOwnOutputApartFromTheSpansOnStandardOutput() throws Exception {
    try (Command capture =
        Command.start(
            folder,
            List.of(),
            null,
            "capture",
            "-o",
            "-",
            "--",
            "/bin/sh",
            "-c",
            "printf half-of-a-; " + service + " --requests 2; printf the-end")) {
      assertThat(capture.status()).as(capture::err).isZero();
      assertThat(capture.out().lines())
          .isNotEmpty()
          .allMatch(line -> line.startsWith("{\"resourceSpans\":") && line.endsWith("}]}"));
      assertThat(paths(capture.out())).containsExactlyInAnyOrder("/item/0", "/item/1");
      assertThat(capture.err())
          .containsOnlyOnce("the command's goes to standard error")
          .contains("half-of-a-", "listening 127.0.0.1:", "the-end");
    }
  }

  @Test
  void warnsWhereThereWasNothingToRecord() throws Exception {
    try (Command capture = capture("/bin/sleep", "0")) {
      assertThat(capture.status()).as(capture::err).isZero();
      assertThat(capture.err())
          .containsPattern(
              "WARN +nothing is recorded: no request was seen; /bin/sleep itself is not")
          .contains("nothing to add up")
          .doesNotContain(" adds up");
    }
  }

  @Test
  void recordsWhatAScriptStarts() throws Exception {
    String script =
        service + " --delay 3s --requests 3 & wait $!; " + service + " --requests 2; exit 4";
    try (Command capture = capture("/bin/sh", "-c", script)) {
      assertThat(capture.status()).as(capture::err).isEqualTo(4);
      assertThat(paths(recorded())).as(capture::err).hasSize(5);
    }
  }

  @Test
  void recordsTheFirstRequestsOfEveryProgramThatTheCommandStarts() throws Exception {
    Path script = folder.resolve("start");
    Files.writeString(script, "#!/bin/sh\nmode=test\nexec '%s' \"$@\"\n".formatted(service));
    assertThat(script.toFile().setExecutable(true)).isTrue();
    String[][] commands = {
      {"timeout", "60", service.toString(), "--requests", "3"},
      {"/bin/sh", "-c", "(cd " + service.getParent() + "; ./agent-*-service --requests 3); true"},
      {script.toString(), "--requests", "3"}
    };
    for (String[] command : commands) {
      try (Command capture = capture(command)) {
        assertThat(capture.status()).as(capture::err).isZero();
        assertThat(paths(recorded()))
            .as(capture::err)
            .containsExactlyInAnyOrder("/item/0", "/item/1", "/item/2");
      }
    }
  }

  @Test
  void recordsProcessesThatLiveForMilliseconds() throws Exception {
    // As the binaries of go test: each is a new file, which is executed once.
    String script =
        """
        for i in 1 2 3 4 5; do
          cp %1$s %2$s/service-$i; %2$s/service-$i --requests 2 & %1$s --requests 1; wait
        done"""
            .formatted(service, folder);
    try (Command capture = capture("/bin/sh", "-c", script)) {
      assertThat(capture.status()).as(capture::err).isZero();
      assertThat(paths(recorded())).as(capture::err).hasSize(15);
    }
  }

  /** They are gone before anybody could look at them, or have become something else. */
  @Test
  void namesTheServiceThatEachOfThemWas() throws Exception {
    String script =
        """
        for i in 1 2 3 4 5 6 7 8; do OTEL_SERVICE_NAME=brief-$i %1$s --lives 1 & done
        OTEL_SERVICE_NAME=life-12 %1$s --lives 12
        wait"""
            .formatted(service);
    try (Command capture = capture("/bin/sh", "-c", script)) {
      assertThat(capture.status()).as(capture::err).isZero();
      List<String> named = new ArrayList<>();
      for (String ofResource : recorded().split("\\{\"resource\":")) {
        Matcher name = SERVICE_NAME.matcher(ofResource);
        for (String path : paths(ofResource)) {
          assertThat(name.find(0)).as(ofResource).isTrue();
          assertThat(path).as(ofResource).isEqualTo("/of/" + name.group(1));
          named.add(path);
        }
      }
      assertThat(named).as(capture::err).doesNotHaveDuplicates().hasSize(8 + 12);
    }
  }

  @Test
  void recordsAProgramThatTheCommandOverwritesInPlaceBetweenTwoRuns() throws Exception {
    Path other = GoToolchain.all().get(0).build("tests/go/agent", ".");
    String script =
        """
        cp %1$s app && ./app --requests 2 && cat %2$s >app && ./app --requests 3 &&
        cat %1$s >app && ./app --requests 1"""
            .formatted(service, other);
    try (Command capture = capture("/bin/sh", "-c", "cd " + folder + " && " + script)) {
      assertThat(capture.status()).as(capture::err).isZero();
      assertThat(paths(recorded())).as(capture::err).hasSize(6);
    }
  }

  @Test
  void recordsACommandsFirstRequestWithoutTheRightToHoldItsPrograms() throws Exception {
    try (Command capture =
        captureUnder(
            List.of("setpriv", "--bounding-set", "-sys_admin"),
            service.toString(),
            "--requests",
            "3")) {
      assertThat(capture.status()).as(capture::err).isZero();
      assertThat(capture.err()).contains("gets its probes only after its start");
      assertThat(paths(recorded())).containsExactlyInAnyOrder("/item/0", "/item/1", "/item/2");
    }
  }

  @Test
  void holdsNoProgramAnyMoreWhenItIsKilled() throws Exception {
    Path mark = folder.resolve("mark");
    try (Command capture =
        capture("/bin/sh", "-c", "echo begun; read line < /dev/null; sleep 1; touch " + mark)) {
      capture.awaitOut("begun").signal("KILL");
      assertThat(capture.status()).isEqualTo(137);
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> Files.exists(mark));
    }
  }

  @Test
  void holdsNoProgramAnyMoreWhenItsTimeIsOver() throws Exception {
    try (Command capture =
        Command.start(
            folder,
            "capture",
            "--duration",
            "300ms",
            "-o",
            file(),
            "--",
            "/bin/sh",
            "-c",
            "sleep 2; /bin/true; " + service + " --requests 1 --status 6")) {
      assertThat(capture.status()).as(capture::err).isEqualTo(6);
      assertThat(recorded()).isEmpty();
    }
  }

  @Test
  void saysWhichProcessesRunOnWhenTheCommandHasEnded() throws Exception {
    String script =
        """
        cd %s
        touch out
        %s --wait >out &
        echo $! >pid
        until grep -q listening out; do :; done"""
            .formatted(folder, service);
    try (Command capture = capture("/bin/sh", "-c", script)) {
      assertThat(capture.status()).as(capture::err).isZero();
      String pid = Files.readString(folder.resolve("pid")).strip();
      ProcessHandle.of(Long.parseLong(pid)).orElseThrow().destroyForcibly();
      // In a chroot the command's own mounts are none of the agent's, which sees the path from
      // outside.
      assertThat(capture.err())
          .containsPattern(
              "process " + pid + " \\(.*" + service + "\\) runs on and is not followed any more");
    }
  }

  @Test
  void handsSignalsOnAndFlushesAfterwards() throws Exception {
    for (String[] signal : new String[][] {{"INT", "interrupt"}, {"TERM", "terminated"}}) {
      try (Command capture =
          capture(service.toString(), "--requests", "1", "--wait", "--status", "5")) {
        capture.awaitOut("listening");
        capture.signal(signal[0]);
        assertThat(capture.status()).as(capture::err).isEqualTo(5);
        assertThat(capture.out()).contains("got " + signal[1]);
        assertThat(paths(recorded())).containsExactly("/item/0");
      }
    }
  }

  @Test
  void runsTheCommandUntracedWhereTracingIsDisabled() throws Exception {
    try (Command capture =
        captureUnder(
            List.of("env", "OTEL_SDK_DISABLED=true"),
            service.toString(),
            "--requests",
            "1",
            "--status",
            "5")) {
      assertThat(capture.status()).as(capture::err).isEqualTo(5);
      assertThat(capture.err())
          .contains("OTEL_SDK_DISABLED is true")
          .doesNotContain("tracing process");
    }
  }

  @Test
  void reportsADeathBySignalAsAShellDoes() throws Exception {
    try (Command capture = capture("/bin/sh", "-c", "kill -KILL $$")) {
      assertThat(capture.status()).isEqualTo(137);
    }
  }

  @Test
  void leavesTheStandardStreamsToTheCommand() throws Exception {
    Path input = Files.writeString(folder.resolve("in"), "one\ntwo\n");
    try (Command capture =
        Command.start(folder, List.of(), input, "capture", "-o", file(), "--", "cat", "-n")) {
      assertThat(capture.status()).isZero();
      assertThat(capture.out()).isEqualTo("     1\tone\n     2\ttwo\n");
    }
  }

  @Test
  void tellsAMissingCommandFromOneThatCannotBeExecuted() throws Exception {
    try (Command missing = capture("./no-such-command")) {
      assertThat(missing.status()).isEqualTo(127);
      assertThat(missing.err()).contains("no such file: ./no-such-command");
    }
    try (Command text = capture("/etc/passwd")) {
      assertThat(text.status()).isEqualTo(126);
      assertThat(text.err()).contains("/etc/passwd is not executable");
    }
  }

  @Test
  void saysWhatIsMissingWithoutTheRightToTraceAndDoesNotRunTheCommand() throws Exception {
    Path mark = folder.resolve("mark");
    try (Command capture = captureUnder(WITHOUT_BPF, "touch", mark.toString())) {
      assertThat(capture.status()).as(capture::err).isEqualTo(3);
      assertThat(capture.err()).contains("CAP_BPF").contains("goshawk doctor");
      assertThat(mark).doesNotExist();
    }
  }

  @Test
  void runsTheCommandUntracedWithBestEffort() throws Exception {
    try (Command capture =
        Command.start(
            folder,
            WITHOUT_BPF,
            null,
            "capture",
            "-o",
            file(),
            "--best-effort",
            "--",
            service.toString(),
            "--requests",
            "1",
            "--status",
            "9")) {
      assertThat(capture.status()).as(capture::err).isEqualTo(9);
      assertThat(capture.out()).contains("listening");
      assertThat(capture.err()).contains("untraced");
    }
  }

  @Test
  void namesAFolderThatDoesNotExist() throws Exception {
    try (Command capture =
        Command.start(folder, "capture", "-o", "/no/such/folder/t.json", "--", "true")) {
      assertThat(capture.status()).isEqualTo(2);
      assertThat(capture.err()).contains("/no/such/folder").doesNotContain("\tat ");
    }
  }

  @Test
  void failsIfTheDiskIsFullThoughTheCommandWasFine() throws Exception {
    try (Command capture =
        Command.start(
            folder, "capture", "-o", "/dev/full", "--", service.toString(), "--requests", "1")) {
      assertThat(capture.status()).isEqualTo(1);
      assertThat(capture.err()).contains("/dev/full").contains("refused by the backend");
    }
  }

  private Command capture(String... command) throws IOException {
    return captureUnder(List.of(), command);
  }

  /** Runs it by way of another command. */
  private Command captureUnder(List<String> prefix, String... command) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("capture", "-o", file(), "--"));
    arguments.addAll(List.of(command));
    return Command.start(folder, prefix, null, arguments.toArray(String[]::new));
  }

  private String file() {
    return folder.resolve("traces.json").toString();
  }

  private String recorded() throws IOException {
    return Files.readString(Path.of(file()));
  }

  private static List<String> paths(String json) {
    List<String> paths = new ArrayList<>();
    Matcher matcher = PATH_ATTRIBUTE.matcher(json);
    while (matcher.find()) {
      paths.add(matcher.group(1));
    }
    return paths;
  }
}
