// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that run from a file system whose server does not answer. */
class DeadFileSystemTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Path folder = Repository.scratch("deadfs");
  private final Path spans = folder.resolve("spans.jsonl");
  private final Path mount = folder.resolve("mount");
  private final Path app = mount.resolve("app");
  private final Path control = folder.resolve("control");
  private ChildProcess server;
  private int said;

  @BeforeEach
  void serve() throws IOException {
    Files.createDirectory(mount);
    server =
        ChildProcess.start(
            folder,
            Map.of(),
            List.of(
                Programs.DEADFS.toString(),
                mount.toString(),
                Programs.SERVE.toString(),
                control.toString()));
    server.awaitOutput("^mounted$");
  }

  /** Without its server, everybody who waits for it is let go. */
  @AfterEach
  void abandon() {
    server.kill();
    ChildProcess.run(folder, Map.of(), LIMIT, List.of("umount", "-l", mount.toString()));
  }

  private void say(String line) throws IOException {
    Files.writeString(control, line + "\n", StandardOpenOption.WRITE);
    server.awaitOutput("^obeyed " + ++said + "$");
  }

  /** What its programs may still execute is in memory. */
  private void die() throws IOException {
    Files.readAllBytes(app);
    say("hold getattr open read flush statfs");
  }

  /** By a port as by a path: both look at every process. */
  @Test
  void whatIsNotSelectedIsNeverAskedForAndHoldsUpNobody() throws IOException {
    Path program = Files.copy(Programs.SERVE, folder.resolve("other"));
    try (Service before = Service.start(folder, app)) {
      die();
      try (Service other = Service.start(folder, program);
          Goshawk agent = attached("--exe", program.toString(), "--port", "1")) {
        other.get("/first");
        say("answer");
        try (Service after = Service.start(folder, app)) {
          die();
          try (Service another = Service.start(folder, program)) {
            agent.process().awaitErrors("tracing process " + another.pid());
            another.get("/second");
            before.get("/unseen");
            after.get("/unseen");
            Summary summary = agent.stop();
            assertThat(summary.addsUp()).as(summary.text()).isTrue();
          }
        }
      }
    }
    assertThat(SpanFile.paths(spans)).containsExactly("/first", "/second");
    assertThat(server.output()).doesNotContain("held");
  }

  @Test
  void whatIsSelectedIsTracedOnceItsFileCanBeReadAndTheOthersMeanwhile() throws IOException {
    Path program = Files.copy(Programs.SERVE, folder.resolve("other"));
    try (Service dead = Service.start(folder, app);
        Service second = Service.start(folder, app)) {
      die();
      try (Service other = Service.start(folder, program);
          Goshawk agent = attached("--pid", dead.pid(), "--exe", folder + "/*")) {
        agent.process().awaitErrors("tracing process " + other.pid());
        String hindrance =
            " \\(%s\\) is not traced: its file system, fuse.deadfs at %s, does not answer"
                .formatted(app, mount);
        agent.process().awaitErrors("process " + dead.pid() + hindrance);
        agent.process().awaitErrors("process " + second.pid() + hindrance);
        other.get("/other");
        dead.get("/unseen");
        assertThat(server.output()).containsOnlyOnce("held");

        say("answer");
        agent.process().awaitErrors("tracing process " + dead.pid());
        agent.process().awaitErrors("tracing process " + second.pid());
        dead.get("/alive");
        second.get("/alive");

        // And it dies with its probes in it.
        die();
        dead.get("/last");
        Summary summary = agent.stop();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        assertThat(agent.process().errors()).doesNotContain("given up");
      }
    }
    assertThat(SpanFile.paths(spans))
        .containsExactlyInAnyOrder("/other", "/alive", "/alive", "/last");
  }

  /**
   * As a container whose image lies on such a file system; mountinfo does not tell where layers
   * with relative names are, as container engines give them.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anOverlayOverItHoldsUpNobodyEither(boolean told) throws IOException {
    Path program = Files.copy(Programs.SERVE, folder.resolve("other"));
    Path merged = Files.createDirectory(folder.resolve("merged"));
    Path empty = Files.createDirectory(folder.resolve("empty"));
    run(
        "mount",
        "-t",
        "overlay",
        "overlay",
        "-o",
        "lowerdir=" + (told ? mount : "mount") + ":" + empty,
        merged);
    try (Service dead = Service.start(folder, merged.resolve("app"))) {
      die();
      try (Service other = Service.start(folder, program);
          Goshawk agent = attached("--pid", dead.pid(), "--exe", program.toString())) {
        agent.process().awaitErrors("tracing process " + other.pid());
        agent
            .process()
            .awaitErrors(
                "process %s \\(%s\\) is not traced: its file system, overlay at %s, does not answer"
                    .formatted(dead.pid(), merged.resolve("app"), merged));
        other.get("/other");
        dead.get("/unseen");
        agent.process().signal("USR1");
        agent.process().awaitErrors("adds up: every request");

        say("answer");
        agent.process().awaitErrors("tracing process " + dead.pid());
        dead.get("/alive");
        agent.stop();
        assertThat(agent.process().errors().split("adds up: every request")).hasSize(3);
      }
    } finally {
      run("umount", "-l", merged);
    }
    assertThat(SpanFile.paths(spans)).containsExactlyInAnyOrder("/other", "/alive");
  }

  private void run(Object... command) {
    ChildProcess.run(folder, Map.of(), LIMIT, Stream.of(command).map(Object::toString).toList());
  }

  @Test
  void theAgentEndsOrWaitsWhereTheOnlyFileThatItIsToReadDoesNotAnswer() throws IOException {
    try (Service dead = Service.start(folder, app)) {
      die();
      try (Goshawk agent = agent("--pid", dead.pid())) {
        server.awaitOutput("^held open$");
        assertThat(agent.process().terminate(LIMIT)).isZero();
      }
      try (Goshawk agent = agent("--pid", dead.pid())) {
        agent.process().awaitErrors("does not answer");
        say("answer");
        agent.process().awaitErrors("tracing process " + dead.pid());
        dead.process().kill();
        assertThat(agent.process().awaitExit(LIMIT)).isZero();
      }
    }
  }

  @Test
  void aCommandThatCannotBeReadIsNotExecutedAndNamesItsFileSystem() throws IOException {
    die();
    try (Goshawk agent =
        Goshawk.start(folder, Map.of(), "capture", "-o", spans.toString(), "--", app.toString())) {
      assertThat(agent.process().awaitExit(LIMIT)).isEqualTo(126);
      assertThat(agent.process().errors())
          .contains(
              "cannot execute %s: its file system, fuse.deadfs at %s, does not answer"
                  .formatted(app, mount));
    }
  }

  private Goshawk attached(String... selection) {
    Goshawk agent = agent(selection);
    agent.process().awaitErrors("tracing process \\d+");
    return agent;
  }

  private Goshawk agent(String... selection) {
    String[] arguments = new String[selection.length + 3];
    arguments[0] = "run";
    System.arraycopy(selection, 0, arguments, 1, selection.length);
    arguments[selection.length + 1] = "--exporter";
    arguments[selection.length + 2] = "file=" + spans;
    return Goshawk.start(folder, Map.of(), arguments);
  }
}
