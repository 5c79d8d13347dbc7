// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.RecordType;
import io.goshawk.abi.Settings;
import io.goshawk.loader.bpf.ObjectOptions;
import io.goshawk.loader.go.GoBuild;
import io.goshawk.loader.kernel.PidNamespace;
import io.goshawk.loader.programs.KernelTrace.ProcessLife;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Process ids as they are in the pid namespace that the programs are told. */
class PidNamespaceProgramsTest {
  private GoServer server;
  private long host;

  /** The server in a pid namespace inside another one. */
  @BeforeEach
  void start() {
    String[] launcher = "unshare -pf --kill-child unshare -pf --kill-child".split(" ");
    server =
        GoServer.start(
            GoBuild.with("1.26.11").module("require golang.org/x/net v0.58.0"), launcher);
    host =
        server
            .descendants()
            .filter(p -> p.info().command().orElse("").equals(server.executable().toString()))
            .findAny()
            .orElseThrow()
            .pid();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void anIdIsThatOfTheNamespace(int level) throws Exception {
    long[] ids = ids();
    assertThat(ids).as("its ids, the machine's first").hasSize(3).startsWith(host).endsWith(1);
    try (KernelTrace trace = KernelTrace.of(server, ids[level], speaking(level))) {
      server.http1(GoServer.last("GET", "/hello"));
      assertThat(trace.next().tgid()).isEqualTo(ids[level]);

      assertThat(server.tell("spawn")).startsWith("spawned exit status 3 child ");
      ProcessLife exec = trace.next(RecordType.RECORD_PROCESS_EXEC);
      assertThat(exec.parentTgid()).isEqualTo(ids[level]);
      ProcessLife exit = trace.next(RecordType.RECORD_PROCESS_EXIT);
      while (exit.tgid() != exec.tgid()) { // Go forks to see what the kernel can do
        exit = trace.next(RecordType.RECORD_PROCESS_EXIT);
      }
      assertThat(exit)
          .isEqualTo(
              new ProcessLife(RecordType.RECORD_PROCESS_EXIT, exec.tgid(), ids[level], 3 << 8));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void whatIsNotInTheNamespaceIsNotSeen(int level) throws Exception {
    try (KernelTrace trace = KernelTrace.of(server, ids()[level], speaking(level))) {
      trace.sample(settings -> Settings.watchExec(settings, 0, 1));
      assertThat(new ProcessBuilder("true").start().waitFor(20, TimeUnit.SECONDS)).isTrue();

      server.tell("spawn");
      assertThat(trace.next(RecordType.RECORD_PROCESS_EXEC).parentTgid()).isEqualTo(ids()[level]);
    }
  }

  /** The server's ids by level: the machine's, the outer namespace's, its own. */
  private long[] ids() throws IOException {
    String line =
        Files.readAllLines(Path.of("/proc/" + host + "/status")).stream()
            .filter(l -> l.startsWith("NSpid:"))
            .findAny()
            .orElseThrow();
    return Arrays.stream(line.substring("NSpid:".length()).strip().split("\\s+"))
        .mapToLong(Long::parseLong)
        .toArray();
  }

  private ObjectOptions speaking(int level) throws IOException {
    if (level == 0) {
      return ObjectOptions.DEFAULT;
    }
    // The outer `unshare` is in the machine's namespace, but its children are not; nor are the
    // inner one's in its own.
    long parent =
        level == 1 ? ProcessHandle.of(host).orElseThrow().parent().orElseThrow().pid() : host;
    String link = Files.readSymbolicLink(Path.of("/proc/" + parent + "/ns/pid")).toString();
    long inode = Long.parseLong(link.substring("pid:[".length(), link.length() - 1));
    return ObjectOptions.DEFAULT.withConstant(PidNamespace.SECTION, (int) inode);
  }
}
