// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.ExecutionString;
import io.goshawk.abi.RecordType;
import io.goshawk.abi.Settings;
import io.goshawk.loader.go.GoBuild;
import io.goshawk.loader.programs.KernelTrace.Execution;
import io.goshawk.loader.programs.KernelTrace.ProcessLife;
import io.goshawk.loader.programs.KernelTrace.Text;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Children, execs and exits of the processes that are traced. */
class ProcessLifeProgramsTest {
  private GoServer server;
  private KernelTrace trace;
  private final Set<Long> passedOver = new HashSet<>();

  @BeforeEach
  void start() {
    server = GoServer.start(GoBuild.with("1.26.11").module("require golang.org/x/net v0.58.0"));
    trace = KernelTrace.of(server);
  }

  @AfterEach
  void stop() {
    trace.close();
    server.close();
  }

  @Test
  void aChildIsFollowedFromItsForkToItsExit() {
    String said = server.tell("spawn");

    assertThat(said).startsWith("spawned exit status 3 child ");
    long child = Long.parseLong(said.substring(said.lastIndexOf(' ') + 1));
    assertThat(next(RecordType.RECORD_PROCESS_EXEC, child))
        .isEqualTo(new ProcessLife(RecordType.RECORD_PROCESS_EXEC, child, server.pid(), 0));
    assertThat(next(RecordType.RECORD_PROCESS_EXIT, child))
        .isEqualTo(new ProcessLife(RecordType.RECORD_PROCESS_EXIT, child, server.pid(), 3 << 8));
    assertThat(trace.follows(child)).isFalse();
    assertThat(trace.follows(server.pid())).isTrue();
  }

  @Test
  void aProcessIsGoneWithItsLastThreadAndSaysHow() {
    assertThat(trace.follows(server.pid())).isTrue();
    server.kill();

    ProcessLife end = trace.next(RecordType.RECORD_PROCESS_EXIT);
    assertThat(end.tgid()).isEqualTo(server.pid());
    assertThat(end.exitCode()).as("SIGKILL").isEqualTo(9);
    assertThat(trace.follows(server.pid())).isFalse();
  }

  @Test
  void whatAProcessCalledThatEndedBeforeItWasTracedIsHandedOverWithItsEnd() {
    assertThat(trace.before(RecordType.RECORD_HTTP_SERVER)).isZero();
    for (boolean wanted : new boolean[] {false, true}) {
      try (GoServer other =
          GoServer.start(GoBuild.with("1.26.11").module("require golang.org/x/net v0.58.0"))) {
        if (wanted) {
          trace.want(other.pid());
        }
        other.http1(GoServer.kept("GET", "/ok/1"), GoServer.last("GET", "/ok/2"));
        trace.sample(settings -> Settings.watchExec(settings, 0, 1));
        other.kill();
        next(RecordType.RECORD_PROCESS_EXIT, other.pid());
      }
      assertThat(trace.before(RecordType.RECORD_HTTP_SERVER)).isEqualTo(wanted ? 2 : 0);
    }
  }

  @Test
  void aStrangerIsReportedOnlyWhileEveryExecIsWatched() throws Exception {
    long unwatched = run("true");
    trace.sample(settings -> Settings.watchExec(settings, 0, 1));
    long watched = run("false");

    ProcessLife exec = next(RecordType.RECORD_PROCESS_EXEC, watched);
    assertThat(exec.parentTgid()).isEqualTo(ProcessHandle.current().pid());
    assertThat(trace.follows(watched)).isFalse();
    assertThat(passedOver).doesNotContain(unwatched);
  }

  @Test
  void anExecutionTellsWhatDescribesAService() throws Exception {
    trace.sample(settings -> Settings.watchExec(settings, 0, 1));
    // Strings that end before, with and behind a piece that the kernel reads at once.
    for (int length : new int[] {1, 126, 127, 128, 129, 254, 255, 4_000}) {
      String name = "n".repeat(Math.min(length, 900));
      String attributes = "a=" + "b".repeat(length);
      long pid =
          run(
              "env",
              "-i",
              "A=" + "x".repeat(length),
              "OTEL_SERVICE_NAM=" + "y".repeat(length),
              "OTEL_RESOURCE_ATTRIBUTES=" + attributes,
              "XOTEL_SERVICE_NAME=no",
              "OTEL_SERVICE_NAME=" + name,
              "/bin/sh",
              "-c",
              "true");
      next(RecordType.RECORD_PROCESS_EXIT, pid);

      Execution told = trace.execution(pid);
      assertThat(told.text(ExecutionString.EXECUTION_SERVICE_NAME)).isEqualTo(Text.of(name));
      assertThat(told.text(ExecutionString.EXECUTION_RESOURCE_ATTRIBUTES))
          .isEqualTo(
              new Text(
                  attributes.substring(0, Math.min(attributes.length(), 2_048)),
                  attributes.length()));
      assertThat(told.text(ExecutionString.EXECUTION_COMMAND))
          .isEqualTo(Text.of("/bin/sh\0-c\0true\0"));
      assertThat(told.startBoottimeNanos()).isPositive();
      assertThat(told.uid()).isZero();
    }
  }

  @Test
  void anEnvironmentWithoutAServiceTellsNothingOfOne() throws Exception {
    trace.sample(settings -> Settings.watchExec(settings, 0, 1));
    long pid = run("env", "-i", "/bin/true");
    next(RecordType.RECORD_PROCESS_EXIT, pid);

    assertThat(trace.execution(pid).text(ExecutionString.EXECUTION_SERVICE_NAME))
        .isEqualTo(Text.of(""));
    assertThat(trace.execution(pid).text(ExecutionString.EXECUTION_COMMAND))
        .isEqualTo(Text.of("/bin/true\0"));
  }

  /** The record of a process. Others come as well: Go forks to see what the kernel can do. */
  private ProcessLife next(RecordType type, long pid) {
    ProcessLife life = trace.next(type);
    while (life.tgid() != pid) {
      passedOver.add(life.tgid());
      life = trace.next(type);
    }
    return life;
  }

  private static long run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).start();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return process.pid();
  }
}
