// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.RecordType;
import io.goshawk.abi.Settings;
import io.goshawk.loader.go.GoBuild;
import io.goshawk.loader.programs.KernelTrace.ProcessLife;
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
  void aStrangerIsReportedOnlyWhileEveryExecIsWatched() throws Exception {
    long unwatched = run("true");
    trace.sample(settings -> Settings.watchExec(settings, 0, 1));
    long watched = run("false");

    ProcessLife exec = next(RecordType.RECORD_PROCESS_EXEC, watched);
    assertThat(exec.parentTgid()).isEqualTo(ProcessHandle.current().pid());
    assertThat(trace.follows(watched)).isFalse();
    assertThat(passedOver).doesNotContain(unwatched);
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

  private static long run(String command) throws Exception {
    Process process = new ProcessBuilder(command).start();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return process.pid();
  }
}
