// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.backend;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Ports;
import io.goshawk.tests.process.Web;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The agent as a user configures it, beside an application that sends spans of its own. */
@Timeout(300)
class SidecarTest {
  private static final Pattern NAME = Pattern.compile("span-[0-9]{7}");

  /** Of the application. */
  private static final int REQUESTS_A_SECOND = 20;

  /** In one request. */
  private static final int SPANS = 100;

  @TempDir Path folder;

  private final HttpClient http = HttpClient.newHttpClient();

  private Goshawk start(String config, int healthPort) throws Exception {
    Path file = Files.writeString(folder.resolve("goshawk.yaml"), config);
    Goshawk agent = Goshawk.start(folder, Map.of(), "run", "--config", file.toString());
    Web.awaitReady(agent.process(), "http://127.0.0.1:" + healthPort + "/");
    return agent;
  }

  private static HttpResponse<String> get(int port, String path) {
    return Web.get("http://127.0.0.1:" + port + path);
  }

  private static double metric(String metrics, String series) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + series + " in\n" + metrics));
  }

  /** What the OpenTelemetry Go SDK makes of requests goes through the agent into a file. */
  @Test
  void spansOfAnApplicationsOwnSdkArriveAndAreCounted() throws Exception {
    int otlp = Ports.free();
    int health = Ports.free();
    int metrics = Ports.free();
    int pages = Ports.free();
    Path output = folder.resolve("spans.jsonl");
    try (Goshawk agent =
        start(
            """
            receivers:
              otlp: {protocols: {http: {endpoint: "127.0.0.1:%d"}}}
            processors:
              memory_limiter: {check_interval: 1s, limit_percentage: 90, spike_limit_percentage: 10}
            exporters:
              file: {path: "%s"}
            extensions:
              health_check: {endpoint: "127.0.0.1:%d"}
              zpages: {endpoint: "127.0.0.1:%d"}
            service:
              extensions: [health_check, zpages]
              telemetry:
                metrics:
                  readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: %d}}}}]
              pipelines:
                traces: {receivers: [otlp], processors: [memory_limiter], exporters: [file]}
            """
                .formatted(otlp, output, health, pages, metrics),
            health)) {
      int requests = 200;
      Path service = GoToolchain.newest().build("tests/go/bench-sdk", ".");
      try (ChildProcess child =
          ChildProcess.start(
              folder,
              Map.of(
                  "OTEL_EXPORTER_OTLP_ENDPOINT",
                  "http://127.0.0.1:" + otlp,
                  "OTEL_SERVICE_NAME",
                  "sdk-service"),
              List.of(service.toString()))) {
        int port =
            Integer.parseInt(child.awaitOutput("(?:listening|http|address).*?:([0-9]+)").group(1));
        for (int i = 0; i < requests; i++) {
          get(port, "/");
        }
        child.terminate(Duration.ofSeconds(30));
      }
      String scraped = get(metrics, "/metrics").body();
      assertThat(metric(scraped, "otelcol_receiver_accepted_spans{receiver=\"otlp\"}"))
          .isEqualTo(requests);
      assertThat(get(pages, "/debug/pipelinez").body()).contains("memory_limiter");
      assertThat(agent.process().terminate(Duration.ofSeconds(60))).isZero();
      String written = Files.readString(output);
      assertThat(written.split("\"spanId\"", -1).length - 1).isEqualTo(requests);
      assertThat(written).contains("sdk-service", "otelhttp");
    }
  }

  /** A backend that refuses for a while, and takes down the names of all spans it took. */
  private static final class Backend implements AutoCloseable {
    private final Map<String, Integer> taken = new ConcurrentHashMap<>();
    private final AtomicBoolean well = new AtomicBoolean();
    private final HttpServer server;

    Backend() throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
      server.createContext(
          "/v1/traces",
          exchange -> {
            byte[] body = new GZIPInputStream(exchange.getRequestBody()).readAllBytes();
            boolean takes = well.get();
            if (takes) {
              Matcher names = NAME.matcher(new String(body, StandardCharsets.ISO_8859_1));
              while (names.find()) {
                taken.merge(names.group(), 1, Integer::sum);
              }
              exchange.getResponseHeaders().set("content-type", "application/x-protobuf");
            }
            exchange.sendResponseHeaders(takes ? 200 : 503, -1);
            exchange.close();
          });
      server.start();
    }

    int port() {
      return server.getAddress().getPort();
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  /**
   * The backend is down, and the agent is killed twice meanwhile, under load: every span that it
   * has said to have taken arrives, and none twice, since none was under way. For {@code
   * -Dgoshawk.minutes} at 2,000 spans a second, else as fast as they are taken.
   */
  @Test
  @Timeout(1_200)
  void whatWasAcknowledgedArrivesThoughTheAgentIsKilledWhileTheBackendIsDown() throws Exception {
    int minutes = Integer.getInteger("goshawk.minutes", 0);
    int requests = minutes == 0 ? 150 : minutes * 60 * REQUESTS_A_SECOND;
    try (Backend backend = new Backend()) {
      int otlp = Ports.free();
      int health = Ports.free();
      String config =
          """
          receivers:
            otlp: {protocols: {http: {endpoint: "127.0.0.1:%d"}}}
          exporters:
            otlp_http:
              endpoint: http://127.0.0.1:%d
              sending_queue: {storage: file_storage, sizer: bytes, queue_size: 1000000000}
              retry_on_failure: {initial_interval: 100ms, max_interval: 200ms, max_elapsed_time: 0s}
          extensions:
            health_check: {endpoint: "127.0.0.1:%d"}
            file_storage: {directory: "%s", create_directory: true}
          service:
            extensions: [health_check, file_storage]
            telemetry: {metrics: {level: none}}
            pipelines:
              traces: {receivers: [otlp], exporters: [otlp_http]}
          """
              .formatted(otlp, backend.port(), health, folder.resolve("queue"));
      Set<String> acknowledged = new HashSet<>();
      Goshawk agent = start(config, health);
      try {
        int deaths = 0;
        for (int request = 0; request < requests; request++) {
          if (request == requests / 3 || request == requests * 2 / 3) {
            Goshawk doomed = agent;
            new Thread(() -> doomed.process().kill()).start();
          }
          List<String> names = names(request);
          if (post(otlp, names)) {
            acknowledged.addAll(names);
          } else {
            agent.process().kill();
            agent = start(config, health);
            deaths++;
          }
          if (minutes > 0) {
            // The application's own pace.
            TimeUnit.MILLISECONDS.sleep(1_000 / REQUESTS_A_SECOND);
          }
        }
        assertThat(deaths).isEqualTo(2);
        backend.well.set(true);
        Awaitility.await("all that was acknowledged")
            .atMost(Duration.ofMinutes(5))
            .until(() -> backend.taken.keySet().containsAll(acknowledged));
        assertThat(agent.process().terminate(Duration.ofSeconds(60))).isZero();
      } finally {
        agent.close();
      }
      assertThat(acknowledged).hasSizeGreaterThan((requests - 3) * SPANS);
      assertThat(backend.taken.values()).containsOnly(1);
    }
  }

  private static List<String> names(int request) {
    return IntStream.range(request * SPANS, (request + 1) * SPANS)
        .mapToObj("span-%07d"::formatted)
        .toList();
  }

  /** Whether the agent has said that it has them. */
  private boolean post(int port, List<String> names) throws InterruptedException {
    String spans =
        names.stream()
            .map(
                name ->
                    "{\"traceId\":\"5b8efff798038103d269b633813fc60c\",\"spanId\":\"eee19b7ec3c1b174\","
                        + "\"name\":\""
                        + name
                        + "\"}")
            .collect(Collectors.joining(","));
    String json = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[" + spans + "]}]}]}";
    try {
      return http.send(
                  HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/traces"))
                      .header("content-type", "application/json")
                      .POST(HttpRequest.BodyPublishers.ofString(json))
                      .build(),
                  HttpResponse.BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException e) {
      return false;
    }
  }
}
