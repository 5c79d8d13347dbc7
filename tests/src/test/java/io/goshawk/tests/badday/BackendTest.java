// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Ports;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Backends that are down, slow or refuse: what waits, what is lost and counted, and how it ends.
 */
class BackendTest {

  /** The first pause is 5 s, varied by half. */
  private static final Duration RETRY_LIMIT = Duration.ofSeconds(40);

  /** The agent allows itself 5 s to deliver what is left. */
  private static final Duration STOP_LIMIT = Duration.ofSeconds(9);

  private static final int REQUESTS = 50;

  private final Path folder = Repository.scratch("backend");
  private final Path file = folder.resolve("spans.jsonl");

  @Test
  void whatABackendMissedWhileItWasDownArrivesOnceItIsThere() {
    int port = Ports.free();
    try (Service service = Service.start(folder);
        Goshawk agent = agent(service, port, Map.of())) {
      service.get("/asked", REQUESTS);
      agent.process().awaitErrors("otlp_http: cannot deliver, tries again in .*localhost.*" + port);
      try (Backend backend = Backend.start(port, request -> Backend.Answer.ACCEPTED)) {
        await(backend, REQUESTS);
        agent.process().awaitErrors("otlp_http: delivers again");

        Summary summary = agent.stop();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        assertExported(summary, REQUESTS, REQUESTS);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 503})
  void aBackendThatAsksForTimeGetsItAndThenEverySpanOnce(int status) {
    // Longer than the longest pause that the agent would make by itself.
    Duration pause = Duration.ofSeconds(8);
    Backend.Answer busy =
        Backend.Answer.of(status).with("Retry-After", String.valueOf(pause.toSeconds()));
    try (Backend backend =
            Backend.start(0, request -> request == 0 ? busy : Backend.Answer.ACCEPTED);
        Service service = Service.start(folder);
        Goshawk agent = agent(service, backend.port(), Map.of())) {
      service.get("/asked", REQUESTS);
      await(backend, REQUESTS);

      Summary summary = agent.stop();
      List<Backend.Try> tries = backend.tries();
      assertThat(tries.get(1).nanos() - tries.get(0).nanos())
          .as("pause after " + status)
          .isGreaterThanOrEqualTo(pause.toNanos());
      assertThat(tries.get(1).spans()).as("the same batch").isEqualTo(tries.get(0).spans());
      assertThat(backend.spans()).isEqualTo(REQUESTS);
      assertThat(agent.process().errors())
          .containsPattern(
              "cannot deliver, tries again in [89]\\.\\d s, \\d+ spans? waits?: .*" + status);
      assertExported(summary, REQUESTS, REQUESTS);
    }
  }

  /**
   * Longer than all retries may take, and than it lives: what waits is tried once more at the end.
   */
  @Test
  void aBackendThatAsksForMuchTimeIsAskedOnceMoreAtTheEnd() {
    Backend.Answer busy = Backend.Answer.of(503).with("Retry-After", "1800");
    try (Backend backend =
            Backend.start(0, request -> request == 0 ? busy : Backend.Answer.ACCEPTED);
        Service service = Service.start(folder);
        Goshawk agent = agent(service, backend.port(), Map.of())) {
      service.get("/asked", REQUESTS);
      agent.process().awaitErrors("otlp_http: cannot deliver, tries again in 1800\\.0 s");
      assertThat(backend.spans()).isZero();

      assertExported(agent.stop(), REQUESTS, REQUESTS);
      assertThat(backend.spans()).isEqualTo(REQUESTS);
    }
  }

  @Test
  void whatIsTooLargeForABackendArrivesInParts() {
    Backend.Answer tooLarge = Backend.Answer.of(413);
    try (Backend backend =
            Backend.start(0, request -> request == 0 ? tooLarge : Backend.Answer.ACCEPTED);
        Service service = Service.start(folder);
        Goshawk agent = agent(service, backend.port(), Map.of("OTEL_BSP_SCHEDULE_DELAY", "2000"))) {
      service.get("/asked", REQUESTS);
      await(backend, REQUESTS);

      assertExported(agent.stop(), REQUESTS, REQUESTS);
      List<Backend.Try> tries = backend.tries();
      assertThat(tries.get(0).spans()).isGreaterThan(1);
      assertThat(tries.get(1).spans() + tries.get(2).spans()).isEqualTo(tries.get(0).spans());
      assertThat(agent.process().errors())
          .containsPattern(
              "otlp_http: takes no request as large, sent again in halves: .*HTTP 413");
    }
  }

  @Test
  void aSlowBackendGetsEverythingAndKeepsNobodyWaiting() {
    Backend.Answer slow = Backend.Answer.ACCEPTED.after(Duration.ofMillis(1_500));
    Map<String, String> small = Map.of("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "25");
    try (Backend backend = Backend.start(0, request -> slow);
        Service service = Service.start(folder);
        Goshawk agent = agent(service, backend.port(), small)) {
      service.get("/asked", REQUESTS);
      Awaitility.await().atMost(RETRY_LIMIT).until(() -> SpanFile.paths(file).size() == REQUESTS);
      assertThat(backend.spans()).as("the file is ahead").isLessThan(REQUESTS);

      // What is under way when it ends is waited for.
      assertExported(agent.stop(), REQUESTS, REQUESTS);
      assertThat(backend.spans()).isEqualTo(REQUESTS);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 404, 500})
  void whatABackendRefusesForGoodIsNotRetriedAndCounted(int status) {
    Backend.Answer refusal = Backend.Answer.of(status).saying("no such tenant");
    try (Backend backend = Backend.start(0, request -> refusal);
        Service service = Service.start(folder);
        Goshawk agent = agent(service, backend.port(), Map.of())) {
      service.get("/asked", REQUESTS);
      agent.process().awaitErrors("otlp_http: refused \\d+ spans, not retried: .*" + status);

      Summary summary = agent.stop();
      assertThat(backend.tries().stream().mapToInt(Backend.Try::spans).sum())
          .as("each span is sent once")
          .isEqualTo(REQUESTS);
      assertExported(summary, 0, REQUESTS);
      assertThat(summary.text()).containsPattern("refused by the backend +" + REQUESTS + " +0\n");
    }
  }

  @Test
  void garbageInsteadOfAnAnswerIsReportedAndCounted() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Service service = Service.start(folder)) {
      Thread garbage = new Thread(() -> answerGarbage(socket), "garbage");
      garbage.setDaemon(true);
      garbage.start();
      try (Goshawk agent = agent(service, socket.getLocalPort(), Map.of())) {
        service.get("/asked", REQUESTS);
        agent.process().awaitErrors("WARN +otlp_http: ");

        Summary summary = agent.stop();
        assertThat(agent.process().errors()).doesNotContain("\tat ");
        assertExported(summary, 0, REQUESTS);
      }
    }
  }

  @Test
  void aBodyThatIsNoProtocolBufferStillCountsAsAcceptedByItsStatus() {
    Backend.Answer odd = Backend.Answer.of(200).saying("<html>welcome</html>");
    try (Backend backend = Backend.start(0, request -> odd);
        Service service = Service.start(folder);
        Goshawk agent = agent(service, backend.port(), Map.of())) {
      service.get("/asked", REQUESTS);
      await(backend, REQUESTS);

      Summary summary = agent.stop();
      assertThat(agent.process().errors()).doesNotContain("\tat ");
      assertExported(summary, REQUESTS, REQUESTS);
    }
  }

  @Test
  void aBackendThatNeverAnswersDoesNotKeepTheAgentFromEnding() {
    try (Backend backend = Backend.start(0, request -> Backend.Answer.NEVER);
        Service service = Service.start(folder);
        Goshawk agent = agent(service, backend.port(), Map.of())) {
      service.get("/asked", REQUESTS);
      Awaitility.await().atMost(RETRY_LIMIT).until(() -> !backend.tries().isEmpty());
      // Further spans wait behind the request that hangs.
      service.get("/asked", REQUESTS);

      assertThat(agent.process().terminate(STOP_LIMIT)).isZero();
      Summary summary = agent.awaitEnd();
      assertExported(summary, 0, 2 * REQUESTS);
      assertThat(summary.count("dropped: shutdown")).as(summary.text()).isEqualTo(2 * REQUESTS);
      assertThat(agent.process().errors())
          .contains("could not be delivered in the time to shut down");
    }
  }

  @Test
  void aBackendThatStaysDownDoesNotKeepTheAgentFromEnding() {
    try (Service service = Service.start(folder);
        Goshawk agent = agent(service, Ports.free(), Map.of())) {
      service.get("/asked", REQUESTS);
      agent.process().awaitErrors("otlp_http: cannot deliver");

      assertThat(agent.process().terminate(STOP_LIMIT)).isZero();
      Summary summary = agent.awaitEnd();
      assertExported(summary, 0, REQUESTS);
    }
  }

  @Test
  void whatTheQueueHasNoRoomForIsDroppedAndCountedAndTheFileGetsItAll() {
    int requests = 400;
    int room = 100;
    Map<String, String> queue =
        Map.of(
            "OTEL_BSP_MAX_QUEUE_SIZE", String.valueOf(room),
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", String.valueOf(room));
    try (Backend backend = Backend.start(0, request -> Backend.Answer.NEVER);
        Service service = Service.start(folder);
        Goshawk agent = agent(service, backend.port(), queue)) {
      // The file's queue has no more room: not more at a time than that holds.
      for (int asked = room / 2; asked <= requests; asked += room / 2) {
        int all = asked;
        service.get("/asked", room / 2);
        Awaitility.await().atMost(RETRY_LIMIT).until(() -> SpanFile.paths(file).size() == all);
      }

      agent.process().awaitErrors("otlp_http: its queue is full, dropped [\\d,]+ spans");
      Summary summary = agent.stop();
      assertExported(summary, 0, requests);
      assertThat(summary.text())
          .containsPattern("dropped: queue full +" + (requests - room) + " +0\n")
          .containsPattern("dropped: shutdown +" + room + " +0\n");
    }
  }

  /** An agent that delivers to a backend and into a file. */
  private Goshawk agent(Service service, int port, Map<String, String> variables) {
    Map<String, String> environment = new HashMap<>(variables);
    environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:" + port);
    return Goshawk.attached(
        folder,
        environment,
        "run",
        "--pid",
        service.pid(),
        "--exporter",
        "otlp",
        "--exporter",
        "file=" + file);
  }

  private static void await(Backend backend, int spans) {
    Awaitility.await("spans at the backend")
        .atMost(RETRY_LIMIT)
        .until(() -> backend.spans() >= spans);
  }

  /** The books are in order, and the file has every span, whatever became of the backend. */
  private void assertExported(Summary summary, int toBackend, int toFile) {
    assertThat(summary.addsUp()).as(summary.text()).isTrue();
    assertThat(summary.text()).containsPattern("exported +" + toBackend + " +" + toFile + "\n");
    assertThat(SpanFile.paths(file)).hasSize(toFile);
  }

  private static void answerGarbage(ServerSocket server) {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        socket.getInputStream().read(new byte[64]);
        socket.getOutputStream().write("\0\1\2 no HTTP\r\n".getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // The agent hung up, or the test is over.
      }
    }
  }
}
