// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.programs;

import static io.goshawk.loader.programs.GoServer.kept;
import static io.goshawk.loader.programs.GoServer.last;
import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.Counter;
import io.goshawk.abi.HttpString;
import io.goshawk.abi.MapLayout;
import io.goshawk.loader.bpf.ObjectOptions;
import io.goshawk.loader.go.GoBuild;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is lost when there is no room, and that it is counted. */
class LossProgramsTest {
  private static final int RING_BYTES = 4096;

  private GoServer server;

  @BeforeEach
  void start() {
    server = GoServer.start(GoBuild.with("1.26.11").module("require golang.org/x/net v0.58.0"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void recordsThatAFullRingDoesNotTakeAreCountedAndTheNextOnesArrive() {
    ObjectOptions options =
        ObjectOptions.DEFAULT.withMapEntries(MapLayout.RING.mapName(), RING_BYTES);
    try (KernelTrace trace = KernelTrace.of(server, options)) {
      String[] requests = new String[200];
      Arrays.fill(requests, kept("GET", "/ok/7"));
      requests[199] = last("GET", "/ok/7");
      server.http1(requests);

      Map<Counter, Long> n = trace.counters();
      assertThat(n).containsEntry(Counter.COUNT_SPANS_STARTED, 200L);
      assertThat(n.get(Counter.COUNT_LOST_RING_FULL)).isGreaterThan(150);
      trace.assertThatTheLedgerAddsUp();
      assertThat(trace.leftOver()).hasSize(n.get(Counter.COUNT_RECORDS_RESERVED).intValue());

      trace.forget();
      server.http1(last("GET", "/ok/after"));
      assertThat(trace.next().target()).isEqualTo("/ok/after");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"OPEN_SHORT", "ACTIVE"})
  void requestsThatAFullMapDoesNotTakeAreCountedAndTheNextOnesAreTraced(MapLayout full)
      throws Exception {
    ObjectOptions options = ObjectOptions.DEFAULT.withMapEntries(full.mapName(), 1);
    try (KernelTrace trace = KernelTrace.of(server, options);
        Socket waiting = new Socket()) {
      // Its handler waits for the body, so its span stays open.
      waiting.connect(server.address("plain"));
      send(waiting, last("POST", "/read", "Content-Length: 1"));
      trace.awaitCounters(n -> n.get(Counter.COUNT_SPANS_STARTED) == 1);
      server.http1(last("GET", "/ok/lost"));

      assertThat(trace.counters()).containsEntry(Counter.COUNT_LOST_MAP_FULL, 1L);
      assertThat(trace.openSpans()).isEqualTo(1);
      trace.assertThatTheLedgerAddsUp();

      send(waiting, "x");
      assertThat(trace.next().target()).isEqualTo("/read");
      server.http1(last("GET", "/ok/after"));
      assertThat(trace.next().target()).isEqualTo("/ok/after");
      assertThat(trace.openSpans()).isZero();
      trace.assertThatTheLedgerAddsUp();
    }
  }

  @Test
  void aProcessTakesNoMoreThanItsShareOfTheRoom() throws Exception {
    GoServer neighbour =
        GoServer.start(GoBuild.with("1.26.11").module("require golang.org/x/net v0.58.0"));
    List<Socket> waiting = new ArrayList<>();
    try (KernelTrace trace = KernelTrace.of(server)) {
      trace.trace(neighbour.pid());
      String target = "/read?" + "x".repeat(1500);
      for (int i = 0; i < 800; i++) {
        Socket socket = new Socket();
        waiting.add(socket);
        socket.connect(server.address("plain"));
        send(socket, last("POST", target, "Content-Length: 1"));
      }
      trace.awaitCounters(n -> n.get(Counter.COUNT_SEEN) == 800);

      // Of the 512 that there is room for; the account is kept of one in sixteen.
      assertThat(trace.openSpans()).isBetween(320L, 448L);
      assertThat(trace.counters())
          .containsEntry(Counter.COUNT_LOST_OVER_SHARE, 800 - trace.openSpans())
          .containsEntry(Counter.COUNT_LOST_MAP_FULL, 0L);
      neighbour.http1(last("GET", target));
      assertThat(trace.next().tgid()).isEqualTo(neighbour.pid());

      for (Socket socket : waiting) {
        send(socket, "x");
      }
      trace.awaitCounters(n -> trace.openSpans() == 0);
      trace.forget();
      server.http1(last("GET", target));
      assertThat(trace.next().tgid()).isEqualTo(server.pid());
      trace.assertThatTheLedgerAddsUp();
    } finally {
      for (Socket socket : waiting) {
        socket.close();
      }
      neighbour.close();
    }
  }

  @Test
  void howLargeAShareIsIsForUserSpaceToSay() throws Exception {
    List<Socket> waiting = new ArrayList<>();
    try (KernelTrace trace = KernelTrace.of(server)) {
      trace.openShare(25);
      String target = "/read?" + "x".repeat(1500);
      for (int i = 0; i < 400; i++) {
        Socket socket = new Socket();
        waiting.add(socket);
        socket.connect(server.address("plain"));
        send(socket, last("POST", target, "Content-Length: 1"));
      }
      trace.awaitCounters(n -> n.get(Counter.COUNT_SEEN) == 400);

      assertThat(trace.openSpans()).as("of 512").isBetween(80L, 192L);
      assertThat(trace.counters())
          .containsEntry(Counter.COUNT_LOST_OVER_SHARE, 400 - trace.openSpans());
      for (Socket socket : waiting) {
        send(socket, "x");
      }
      trace.awaitCounters(n -> trace.openSpans() == 0);
      trace.forget();
      trace.assertThatTheLedgerAddsUp();
    } finally {
      for (Socket socket : waiting) {
        socket.close();
      }
    }
  }

  @Test
  void aSpanWhoseProcessWasKilledStaysOpenForUserSpaceToSweep() throws Exception {
    try (KernelTrace trace = KernelTrace.of(server);
        Socket waiting = new Socket()) {
      waiting.connect(server.address("plain"));
      send(waiting, last("POST", "/read", "Content-Length: 1"));
      trace.awaitCounters(n -> n.get(Counter.COUNT_SPANS_STARTED) == 1);
      server.kill();

      assertThat(trace.openSpans()).isEqualTo(1);
      assertThat(trace.leftOver()).isEmpty();
      trace.assertThatTheLedgerAddsUp();
    }
  }

  @Test
  void longStringsAreCutAndSayHowLongTheyWere() {
    String target = "/ok/" + "x".repeat(5000);
    String agent = "y".repeat(5000);
    try (KernelTrace trace = KernelTrace.of(server)) {
      server.http1(last("GET", target, "User-Agent: " + agent));

      HttpRecord record = trace.next();
      assertThat(record.target()).isEqualTo(target.substring(0, 2048));
      assertThat(record.string(HttpString.HTTP_USER_AGENT)).isEqualTo(agent.substring(0, 256));
      assertThat(record.originalLengths())
          .containsEntry(HttpString.HTTP_REQUEST_TARGET, 5004)
          .containsEntry(HttpString.HTTP_USER_AGENT, 5000);
      assertThat(record.route()).isEqualTo("GET /ok/{id}");
    }
  }

  @Test
  void aRecordOfTheLongestStringsIsWhole() {
    String parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    try (KernelTrace trace = KernelTrace.of(server)) {
      server.http1(
          "M".repeat(40)
              + " /implicit?"
              + "x".repeat(3000)
              + " HTTP/1.1\r\nHost: "
              + "h".repeat(300)
              + "\r\nUser-Agent: "
              + "u".repeat(300)
              + "\r\nForwarded: "
              + "f".repeat(300)
              + "\r\nX-Forwarded-For: "
              + "w".repeat(300)
              + "\r\nX-Forwarded-Proto: "
              + "p".repeat(300)
              + "\r\nX-Forwarded-Host: "
              + "o".repeat(300)
              + "\r\nTracestate: "
              + "s".repeat(600)
              + "\r\nTraceparent: "
              + parent
              + "\r\nConnection: close\r\n\r\n");

      HttpRecord record = trace.next();
      assertThat(record.strings())
          .containsEntry(HttpString.HTTP_METHOD, "M".repeat(32))
          .containsEntry(HttpString.HTTP_HOST, "h".repeat(256))
          .containsEntry(HttpString.HTTP_USER_AGENT, "u".repeat(256))
          .containsEntry(HttpString.HTTP_FORWARDED, "f".repeat(256))
          .containsEntry(HttpString.HTTP_X_FORWARDED_FOR, "w".repeat(256))
          .containsEntry(HttpString.HTTP_X_FORWARDED_PROTO, "p".repeat(16))
          .containsEntry(HttpString.HTTP_X_FORWARDED_HOST, "o".repeat(128))
          .containsEntry(HttpString.HTTP_TRACESTATE, "s".repeat(512))
          .containsEntry(HttpString.HTTP_ROUTE, "/implicit");
      assertThat(record.target()).hasSize(2048);
    }
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }
}
