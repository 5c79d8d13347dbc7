// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.goshawk.testing.SeededCases;
import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.random.RandomGenerator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Anything is sent to a traced service: what its handlers were asked is a span each, once. */
class RequestFuzzTest {

  private static final Logger LOG = Logger.getLogger(RequestFuzzTest.class.getName());

  private static final int CASES = 3;
  private static final int CONNECTIONS = 60;
  private static final int MOST_GARBAGE = 2_000;
  private static final int LIMIT_MILLIS = 20_000;
  private static final Pattern ID = Pattern.compile("^/f/(\\d+)/.*", Pattern.DOTALL);

  private final Path folder = Repository.scratch("fuzz");
  private final Path spans = folder.resolve("spans.jsonl");
  private final AtomicInteger ids = new AtomicInteger();
  private InetSocketAddress service;
  private InetSocketAddress told;
  private int connections;
  private long handled;
  private long read;

  @ParameterizedTest
  @MethodSource("io.goshawk.tests.process.GoToolchain#ends")
  void everyRequestThatIsHandledIsOneSpanWhateverElseIsSent(GoToolchain go) {
    Path program = go.build("tests/go/badday", "./fuzzed");
    try (ChildProcess process = ChildProcess.start(folder, Map.of(), List.of(program.toString()))) {
      MatchResult listening = process.awaitOutput("^listening (\\S+):(\\d+) \\S+:(\\d+)$");
      service = new InetSocketAddress(listening.group(1), Integer.parseInt(listening.group(2)));
      told = new InetSocketAddress(listening.group(1), Integer.parseInt(listening.group(3)));
      try (Goshawk agent =
          Goshawk.attached(
              folder,
              Map.of("OTEL_TRACES_SAMPLER", "always_on", "OTEL_BSP_SCHEDULE_DELAY", "50"),
              "run",
              "--pid",
              String.valueOf(process.pid()),
              "--exporter",
              "file=" + spans)) {
        SeededCases.forEachSeed(CASES, this::converse);

        Summary summary = agent.stop();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        assertThat(summary.count("requests seen")).as(summary.text()).isEqualTo(handled);
        assertThat(summary.count("exported")).as(summary.text()).isEqualTo(handled);
      }
    }
  }

  /** Some connections, and what came of them. */
  private void converse(RandomGenerator random) throws IOException {
    for (int i = 0; i < CONNECTIONS; i++) {
      converse(random, bytes(random));
    }
    List<String> asked = new ArrayList<>();
    List<String> traced = new ArrayList<>();
    Awaitility.await()
        .atMost(Duration.ofMillis(LIMIT_MILLIS))
        .untilAsserted(
            () -> {
              // A stream of HTTP/2 may come to its handler when its connection has gone.
              asked.addAll(handled());
              traced.addAll(newSpans());
              assertThat(counted(traced)).as("ids of spans").isEqualTo(counted(asked));
            });
    handled += asked.size();
  }

  private byte[] bytes(RandomGenerator random) {
    if (random.nextInt(20) == 0) {
      return SeededCases.bytes(random, MOST_GARBAGE);
    }
    return random.nextInt(3) == 0
        ? new Http2Bytes(random, ids::incrementAndGet).connection()
        : new Http1Bytes(random, ids::incrementAndGet).connection();
  }

  /** Sends the bytes, at once or in two parts, and ends in one of the ways that there are. */
  private void converse(RandomGenerator random, byte[] bytes) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(service);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(LIMIT_MILLIS);
      connections++;
      int part = random.nextBoolean() ? bytes.length : random.nextInt(bytes.length + 1);
      boolean resets = random.nextInt(6) == 0;
      boolean reads = random.nextInt(4) != 0;
      try {
        socket.getOutputStream().write(bytes, 0, part);
        socket.getOutputStream().write(bytes, part, bytes.length - part);
        if (resets) {
          socket.setSoLinger(true, 0);
        } else if (reads) {
          socket.shutdownOutput();
          socket.getInputStream().readAllBytes();
        }
      } catch (SocketTimeoutException e) {
        throw new AssertionError("the service neither answers nor ends a connection", e);
      } catch (SocketException e) {
        LOG.log(Level.FINE, "the service has ended a connection, as it may", e);
      }
    }
  }

  /** The ids of what has come to a handler since the last time. */
  private List<String> handled() throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(told);
      socket.setSoTimeout(LIMIT_MILLIS);
      socket.getOutputStream().write((connections + "\n").getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .toList();
    }
  }

  /** The ids of the spans that were written since the last time. */
  private List<String> newSpans() throws IOException {
    byte[] more;
    try (RandomAccessFile file = new RandomAccessFile(spans.toFile(), "r")) {
      file.seek(read);
      more = new byte[(int) (file.length() - read)];
      file.readFully(more);
    }
    String text = new String(more, StandardCharsets.UTF_8);
    String whole = text.substring(0, text.lastIndexOf('\n') + 1);
    read += whole.getBytes(StandardCharsets.UTF_8).length;
    List<String> found = new ArrayList<>();
    whole.lines().forEach(line -> spansOf(line, found));
    return found;
  }

  private static void spansOf(String line, List<String> found) {
    JsonObject data = JsonParser.parseString(line).getAsJsonObject();
    for (JsonElement resource : data.getAsJsonArray("resourceSpans")) {
      for (JsonElement scope : resource.getAsJsonObject().getAsJsonArray("scopeSpans")) {
        for (JsonElement span : scope.getAsJsonObject().getAsJsonArray("spans")) {
          found.add(id(span.getAsJsonObject()));
        }
      }
    }
  }

  private static String id(JsonObject span) {
    for (JsonElement attribute : span.getAsJsonArray("attributes")) {
      JsonObject field = attribute.getAsJsonObject();
      if (field.get("key").getAsString().equals("url.path")) {
        Matcher matcher =
            ID.matcher(field.getAsJsonObject("value").get("stringValue").getAsString());
        return matcher.matches() ? matcher.group(1) : "-";
      }
    }
    return "-";
  }

  private static Map<String, Integer> counted(List<String> ids) {
    Map<String, Integer> counts = new HashMap<>();
    ids.forEach(id -> counts.merge(id, 1, Integer::sum));
    return counts;
  }
}
