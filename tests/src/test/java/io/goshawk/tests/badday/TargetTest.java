// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.database.DatabaseServer;
import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Targets that end, become something else, or lose their file. */
class TargetTest {

  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Path folder = Repository.scratch("target");
  private final Path spans = folder.resolve("spans.jsonl");

  @Test
  void theAgentEndsWellWhenItsOnlyTargetExits() {
    try (Service service = Service.start(folder);
        Goshawk agent = attached(service)) {
      service.get("/asked", 10);
      service.process().terminate(LIMIT);

      Summary summary = agent.awaitEnd();
      assertThat(agent.process().errors())
          .contains("process " + service.pid(), "has ended")
          .contains("every process that was traced has ended");
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
      assertThat(SpanFile.paths(spans)).hasSize(10).containsOnly("/asked");
    }
  }

  @Test
  void requestsThatDieWithTheirProcessAreCountedAndTheOthersArrive() {
    try (Service service = Service.start(folder);
        Goshawk agent = attached(service);
        Load load = Load.start(folder, service, "-pause", "1ms")) {
      service.ask("/slow/60000");
      service.ask("/slow/60000");
      service.get("/slow/100");
      service.process().kill();
      Load.Result result = load.awaitEnd();

      Summary summary = agent.awaitEnd();
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
      assertThat(summary.count("lost: process went away"))
          .as(summary.text())
          .isGreaterThanOrEqualTo(2);
      assertThat(result.answered()).isPositive();
      // An answer may be on its way when the process dies just before its span's end.
      assertThat(summary.count("exported"))
          .as(summary.text())
          .isBetween(result.answered() + 1 - result.failed(), result.sent() + 1);
    }
  }

  @Test
  void aProcessThatExecutesAnotherGoProgramIsTracedOn() {
    try (Service service = Service.start(folder);
        Goshawk agent = attached(service)) {
      service.get("/before");
      service.become(Programs.STRIPPED);
      service.awaitRebirth();
      agent.process().awaitErrors("now runs " + Programs.STRIPPED);
      agent.process().awaitErrors("tracing process \\d+: " + Programs.STRIPPED);
      service.get("/after");

      Summary summary = agent.stop();
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
      assertThat(SpanFile.paths(spans)).containsExactly("/before", "/after");
    }
  }

  @Test
  void aProcessThatExecutesItselfBeginsANewLife() throws IOException {
    try (Service service = Service.start(folder);
        Goshawk agent = attached(service)) {
      service.get("/before");
      service.ask("/slow/60000");
      service.ask("/slow/60000");
      service.get("/slow/100");
      service.becomeWith(Programs.SERVE, "OTEL_SERVICE_NAME=second-life");
      service.awaitRebirth();
      // On goroutines that have the ids of those that the requests before were served by.
      service.get("/at-once", 20);
      agent.process().awaitErrors("now runs " + Programs.SERVE);
      agent.process().awaitErrors("(?s)tracing process.*now runs.*tracing process");
      service.get("/after", 20);

      Summary summary = agent.stop();
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
      assertThat(summary.count("requests seen")).as(summary.text()).isEqualTo(1 + 3 + 1 + 40);
      assertThat(summary.count("lost: process went away"))
          .as("two that slept, and the one that was to become: %s", summary.text())
          .isEqualTo(3);
      assertThat(SpanFile.paths(spans))
          .hasSize(42)
          .startsWith("/before", "/slow/100")
          .containsOnly("/before", "/slow/100", "/at-once", "/after");
      assertThat(SpanFile.paths(SpanFile.ofService(spans, "second-life")))
          .contains("/after")
          .doesNotContain("/before", "/slow/100");
    }
  }

  @Test
  void aProcessThatExecutesNoGoProgramIsNamedAndLetGo() {
    try (Service service = Service.start(folder);
        Goshawk agent = attached(service)) {
      service.get("/before");
      service.become(Path.of("/bin/sleep"), "60");

      Summary summary = agent.awaitEnd();
      assertThat(agent.process().errors())
          .contains("process " + service.pid() + " (/usr/bin/sleep) is not traced: no Go program");
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
      assertThat(SpanFile.paths(spans)).containsExactly("/before");
      assertThat(service.process().alive()).as("the process runs on").isTrue();
    }
  }

  @Test
  void aServiceWhoseFileWasReplacedOrDeletedCanStillBeAttachedTo() throws IOException {
    Path deployed = Files.copy(Programs.SERVE, folder.resolve("deployed"));
    try (Service service = Service.start(folder, deployed)) {
      Path next = Files.write(folder.resolve("next"), new byte[] {'n', 'o', ' ', 'E', 'L', 'F'});
      Files.move(next, deployed, StandardCopyOption.REPLACE_EXISTING);
      try (Goshawk agent = attached(service)) {
        service.get("/replaced");
        assertThat(agent.stop().addsUp()).isTrue();
      }
      assertThat(SpanFile.paths(spans)).containsExactly("/replaced");

      Files.delete(deployed);
      try (Goshawk agent = attached(service)) {
        service.get("/deleted");
        assertThat(agent.stop().addsUp()).isTrue();
      }
      assertThat(SpanFile.paths(spans)).containsExactly("/deleted");
    }
  }

  @Test
  void aProgramThatIsOverwrittenInPlaceRunsItsOwnCodeAndIsTraced() throws IOException {
    Path deployed = Files.copy(Programs.SERVE, folder.resolve("overwritten"));
    try (Goshawk agent =
        Goshawk.start(
            folder, Map.of(), "run", "--exe", deployed.toString(), "--exporter", "file=" + spans)) {
      agent.process().awaitErrors("waiting for a process");
      try (Service old = Service.start(folder, deployed)) {
        agent.process().awaitErrors("tracing process " + old.pid());
        old.get("/old");
        old.process().terminate(LIMIT);
        agent.process().awaitErrors("process " + old.pid() + " .* has ended");
      }
      // Its probes are kept for a restart; whoever writes waits until they have left.
      Files.write(deployed, Files.readAllBytes(Programs.OF_OLDEST_GO));
      try (Service next = Service.start(folder, deployed)) {
        agent.process().awaitErrors("tracing process " + next.pid());
        next.get("/next", 3);

        Summary summary = agent.stop();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        assertThat(SpanFile.paths(spans)).containsExactly("/old", "/next", "/next", "/next");
        assertThat(Text.changed(next)).as("bytes in which its code is not its file's").isEmpty();
        next.get("/untraced");
      }
    }
  }

  @Test
  void requestsThatComeBeforeAProcessIsFoundAreCountedAndThoseOfOthersAreNot() throws IOException {
    int later = freePort();
    try (Service first = Service.start(folder);
        Service second = Service.start(folder);
        Service stranger = Service.start(folder);
        Goshawk agent = attachedToPorts(first, later)) {
      // The probes of the first are in the others' code as well.
      second.get("/before", 7);
      stranger.get("/untraced", 9);
      second.get("/listen/" + later);
      agent.process().awaitErrors("tracing process " + second.pid());
      second.get("/after", 5);
      first.get("/first", 2);

      Summary summary = agent.stop();
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
      assertThat(summary.count("requests seen")).as(summary.text()).isEqualTo(7 + 1 + 5 + 2);
      assertThat(summary.count("not traced: before their process was"))
          .as(summary.text())
          .isEqualTo(7 + 1);
      assertThat(SpanFile.paths(spans)).hasSize(5 + 2).containsOnly("/after", "/first");
    }
  }

  /**
   * What pgx does for database/sql, or prepares for another call of its own, is none of its calls.
   */
  @ParameterizedTest
  @ValueSource(strings = {"", "-gcflags=all=-l", "-buildmode=pie", "-modfile=releases/5.7.6.mod"})
  void callsToADatabaseBeforeTheirProcessIsFoundAreCountedLikeThoseAfter(String flag)
      throws IOException {
    int later = freePort();
    String[] flags = flag.isEmpty() ? new String[0] : new String[] {flag};
    String program = GoToolchain.newest().build("tests/go/pgx", "./before", flags).toString();
    try (DatabaseServer server = DatabaseServer.postgresql();
        Service first = Service.start(folder, Map.of(), program, server.url());
        Service second = Service.start(folder, Map.of(), program, server.url());
        Goshawk agent = attachedToPorts(first, later)) {
      second.get("/ask");
      second.get("/listen/" + later);
      agent.process().awaitErrors("tracing process " + second.pid());
      second.get("/ask");

      Summary summary = agent.stop();
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
      assertThat(summary.text())
          .as("requests, calls to database/sql, and calls to pgx")
          .containsPattern("requests seen +3 +22 +22\\n")
          .containsPattern("not traced: before their process was +2 +11 +11\\n");
    }
  }

  @Test
  void everyRequestOfProcessesThatLiveForMillisecondsIsASpanOrCounted() {
    int processes = 20;
    int requests = 5;
    try (Goshawk agent =
        Goshawk.start(
            folder,
            Map.of(),
            "run",
            "--exe",
            Programs.SERVE.toString(),
            "--exporter",
            "file=" + spans)) {
      agent.process().awaitErrors("waiting for a process");
      try (Service lasting = Service.start(folder)) {
        agent.process().awaitErrors("tracing process " + lasting.pid());
        for (int i = 0; i < processes; i++) {
          List<String> brief = List.of(Programs.SERVE.toString(), String.valueOf(requests));
          ChildProcess.run(folder, Map.of(), LIMIT, brief);
        }
        lasting.get("/lasting", 3);
        Summary summary = agent.stop();

        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        assertThat(summary.count("requests seen"))
            .as(summary.text())
            .isEqualTo(processes * requests + 3);
        assertThat(
                summary.count("exported") + summary.count("not traced: before their process was"))
            .as(summary.text())
            .isEqualTo(processes * requests + 3);
      }
    }
  }

  @Test
  void aStrippedServiceIsTracedLikeAnyOther() {
    try (Service service = Service.start(folder, Programs.STRIPPED);
        Goshawk agent = attached(service)) {
      service.get("/slow/1");
      assertThat(agent.stop().addsUp()).isTrue();
      assertThat(SpanFile.paths(spans)).containsExactly("/slow/1");
      assertThat(SpanFile.read(spans)).contains("/slow/{millis}");
    }
  }

  @Test
  void twoAgentsAtOnceBothGetEverySpanAndTheServiceAnswersAll() {
    Path second = folder.resolve("second.jsonl");
    int requests = 20_000;
    try (Service service = Service.start(folder);
        Goshawk one = attached(service);
        Goshawk two = attached(service, second);
        Load load =
            Load.start(folder, service, "-requests", String.valueOf(requests), "-pause", "500us")) {
      assertThat(load.awaitEnd()).isEqualTo(new Load.Result(requests, requests, 0));
      Summary first = one.stop();
      service.get("/later");
      Summary last = two.stop();

      assertThat(first.addsUp()).as(first.text()).isTrue();
      assertThat(first.count("exported")).as(first.text()).isEqualTo(requests);
      assertThat(last.addsUp()).as(last.text()).isTrue();
      assertThat(last.count("exported")).as(last.text()).isEqualTo(requests + 1);
      assertThat(SpanFile.paths(spans)).hasSize(requests);
      assertThat(SpanFile.paths(second)).hasSize(requests + 1);
    }
  }

  @Test
  void whatAnAgentThatDoesNotRunCannotDrainIsCountedAndTheServiceAnswersOn() {
    int flood = 60_000;
    try (Service service = Service.start(folder);
        Goshawk agent = attached(service)) {
      service.get("/before");
      signal("STOP", agent);
      Load.Result result;
      try (Load load = Load.start(folder, service, "-requests", String.valueOf(flood))) {
        result = load.awaitEnd();
      } finally {
        signal("CONT", agent);
      }
      // The first of these may still find the ring full.
      AtomicInteger more = new AtomicInteger(1);
      Awaitility.await()
          .atMost(LIMIT)
          .until(
              () -> {
                service.get("/after");
                more.incrementAndGet();
                return SpanFile.read(spans).contains("/after");
              });

      Summary summary = agent.stop();
      long asked = flood + more.get();
      assertThat(result).isEqualTo(new Load.Result(flood, flood, 0));
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
      assertThat(summary.count("requests seen")).as(summary.text()).isEqualTo(asked);
      assertThat(summary.count("lost: ring full")).as(summary.text()).isPositive();
      assertThat(summary.count("spans built"))
          .as(summary.text())
          .isEqualTo(asked - summary.count("lost: ring full"));
      assertThat(SpanFile.paths(spans).size())
          .as(summary.text())
          .isEqualTo((int) summary.count("exported"));
    }
  }

  private void signal(String name, Goshawk agent) {
    ChildProcess.run(
        folder,
        Map.of(),
        LIMIT,
        List.of("kill", "-" + name, String.valueOf(agent.process().pid())));
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      return free.getLocalPort();
    }
  }

  /** One that traces a service, and whoever comes to listen on another port. */
  private Goshawk attachedToPorts(Service service, int later) {
    return Goshawk.attached(
        folder,
        Map.of(),
        "run",
        "--port",
        service.address().replaceAll(".*:", "") + "," + later,
        "--exporter",
        "file=" + spans);
  }

  private Goshawk attached(Service service) {
    return attached(service, spans);
  }

  private Goshawk attached(Service service, Path file) {
    return Goshawk.attached(
        folder, Map.of(), "run", "--pid", service.pid(), "--exporter", "file=" + file);
  }
}
