// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.goshawk.abi.Counter;
import io.goshawk.abi.RecordType;
import io.goshawk.collector.agent.TracedProcess;
import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Extension;
import io.goshawk.collector.component.Host;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.ledger.ExporterAccount;
import io.goshawk.collector.ledger.KernelCounts;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.ledger.LedgerSnapshot;
import io.goshawk.collector.ledger.ProbeCost;
import io.goshawk.collector.ledger.TrapPrice;
import io.goshawk.collector.testing.Configurations;
import io.goshawk.collector.testing.LogLines;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.ComponentId;
import io.goshawk.config.component.Signal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class MonitorTest {

  @RegisterExtension final LogLines log = new LogLines("io.goshawk.monitor");
  private static final String ANY_PORT =
      "{metrics: {readers: [{pull: {exporter: {prometheus: {port: 0}}}}]}}";

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<AutoCloseable> open = new ArrayList<>();
  private final Ledger ledger = new Ledger();
  private long now;

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private static CollectorConfig config(String extensions, String telemetry) {
    return Configurations.of(
        "{receivers: {goshawk: }, processors: {memory_limiter: {check_interval: 1s,"
            + " limit_mib: 100}}, exporters: {nop: }, extensions: {"
            + extensions
            + "}, service: {telemetry: "
            + telemetry
            + ", pipelines: {traces: {receivers: [goshawk], processors: [memory_limiter],"
            + " exporters: [nop]}}}}");
  }

  private ComponentContext context(String type) {
    return new ComponentContext(
        new ComponentId(type, ""),
        Signal.TRACES,
        new NodeAccount(type),
        () -> now,
        new Host() {
          @Override
          public Optional<Extension> extension(ComponentId id) {
            return Optional.empty();
          }

          @Override
          public List<NodeAccount.Snapshot> nodes() {
            return List.of();
          }
        });
  }

  private HttpResponse<String> get(int port, String path) throws Exception {
    return send(port, path, "GET");
  }

  private HttpResponse<String> send(int port, String path, String method) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  // ---- health

  private HealthCheck health(String settings) throws StartException {
    HealthCheck health =
        new HealthCheck(
            context("health_check"),
            config("health_check: " + settings, "{}").components().stream()
                .filter(c -> c.id().type().equals("health_check"))
                .findFirst()
                .orElseThrow()
                .settings(),
            Clock.fixed(Instant.parse("2026-11-29T08:00:00Z"), ZoneOffset.UTC));
    health.start();
    open.add(() -> health.stop(Duration.ZERO));
    return health;
  }

  @Test
  void healthIsGoodFromWhenAllHasStartedUntilItStops() throws Exception {
    HealthCheck health = health("{endpoint: '127.0.0.1:0'}");
    int port = health.port().getAsInt();
    assertThat(get(port, "/").statusCode()).isEqualTo(503);
    assertThat(get(port, "/").body()).contains("\"status\":\"Server not available\"");
    health.ready();
    now += Duration.ofMinutes(62).plusMillis(3_500).toNanos();
    HttpResponse<String> ready = get(port, "/");
    assertThat(ready.statusCode()).isEqualTo(200);
    assertThat(ready.body())
        .isEqualTo(
            "{\"status\":\"Server available\",\"upSince\":\"2026-11-29T08:00Z\","
                + "\"uptime\":\"1h2m3.500s\"}");
    health.notReady();
    assertThat(get(port, "/").statusCode()).isEqualTo(503);
  }

  @Test
  void healthIsToldInOnesOwnWordsAtOnesOwnPlace() throws Exception {
    HealthCheck health =
        health(
            "{endpoint: '127.0.0.1:0', path: /up, response_body: {healthy: fine, unhealthy: ill}}");
    int port = health.port().getAsInt();
    assertThat(get(port, "/up").body()).isEqualTo("ill");
    health.ready();
    assertThat(get(port, "/up").body()).isEqualTo("fine");
    assertThat(get(port, "/").statusCode()).isEqualTo(404);
    assertThat(send(port, "/up", "POST").statusCode()).isEqualTo(405);
    assertThat(send(port, "/up", "HEAD").body()).isEmpty();
  }

  /** Whoever opens connections and says nothing is no reason to be taken for ill. */
  @Test
  void whoeverSaysNothingHindersNobody() throws Exception {
    HealthCheck health = health("{endpoint: '127.0.0.1:0'}");
    health.ready();
    int port = health.port().getAsInt();
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 20; i++) {
        silent.add(new Socket(InetAddress.getLoopbackAddress(), port));
        silent.get(i).getOutputStream().write("GET / HT".getBytes(StandardCharsets.US_ASCII));
      }
      assertThat(get(port, "/").statusCode()).isEqualTo(200);
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  @Test
  void anAddressThatIsTakenIsAnError() throws Exception {
    int port = health("{endpoint: '127.0.0.1:0'}").port().getAsInt();
    assertThatThrownBy(() -> health("{endpoint: '127.0.0.1:" + port + "'}"))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("cannot listen at 127.0.0.1:" + port)
        .hasMessageEndingWith("choose another one in extensions::health_check::endpoint");
  }

  // ---- metrics

  private LedgerSnapshot counts() {
    return ledger.snapshot(
        () ->
            KernelCounts.read(
                (type, counter) ->
                    type == RecordType.RECORD_HTTP_SERVER && counter == Counter.COUNT_SEEN ? 12 : 0,
                type -> 0,
                type -> 0,
                type -> 0));
  }

  private List<Integer> metrics(String telemetry) throws StartException {
    MetricsServer metrics =
        MetricsServer.open(
            config("", telemetry).telemetry(),
            "1.2.3",
            this::counts,
            component -> {
              throw new AssertionError("none sends");
            });
    open.add(metrics);
    return metrics.ports();
  }

  private static final Pattern SERIES =
      Pattern.compile(
          "([a-zA-Z_][a-zA-Z0-9_]*)(\\{([a-zA-Z_]\\w*=\"(\\\\.|[^\"\\\\\\n])*\",?)*\\})? (\\S+)");

  /** Each series and its value; every line must be one, or a comment. */
  private Map<String, Double> scrape(int port) throws Exception {
    HttpResponse<String> response = get(port, "/metrics");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type"))
        .contains("text/plain; version=0.0.4; charset=utf-8");
    Map<String, Double> series = new LinkedHashMap<>();
    List<String> families = new ArrayList<>();
    for (String line : response.body().split("\n")) {
      if (line.startsWith("# TYPE ")) {
        families.add(line.split(" ")[2]);
      } else if (!line.startsWith("# HELP ")) {
        Matcher matcher = SERIES.matcher(line);
        assertThat(matcher.matches()).as(line).isTrue();
        assertThat(matcher.group(1)).isEqualTo(families.get(families.size() - 1));
        assertThat(
                series.put(
                    line.substring(0, line.lastIndexOf(' ')), Double.valueOf(matcher.group(5))))
            .as("the only one: %s", line)
            .isNull();
      }
    }
    assertThat(families).doesNotHaveDuplicates();
    return series;
  }

  private void flow() {
    NodeAccount otlp = ledger.flow().receiver("otlp", Signal.TRACES);
    otlp.received(100);
    otlp.dropped("memory limit", 30);
    otlp.passedOn(70);
    otlp.refusedRequest("too large");
    NodeAccount limiter = new NodeAccount("traces/memory_limiter");
    ledger.flow().pipeline("traces", List.of(limiter));
    limiter.received(70);
    limiter.passedOn(60);
    limiter.dropped("memory limit", 10);
    NodeAccount sink = ledger.flow().exporter("otlp_grpc/a\"b", Signal.TRACES);
    ExporterAccount exporter = new ExporterAccount(sink);
    exporter.received(60, 5);
    exporter.exported(40, 2);
    sink.gauge("queue_size", () -> 7);
    sink.gauge("queue_capacity", () -> 1_000);
  }

  @Test
  void metricsHaveTheCollectorsNamesAndTheLedgersNumbers() throws Exception {
    flow();
    Map<String, Double> series = scrape(metrics(ANY_PORT).get(0));
    assertThat(series)
        .containsEntry("otelcol_receiver_accepted_spans{receiver=\"otlp\"}", 70.0)
        .containsEntry("otelcol_receiver_refused_spans{receiver=\"otlp\"}", 30.0)
        .containsEntry(
            "goshawk_receiver_refused_requests{receiver=\"otlp\",reason=\"too large\"}", 1.0)
        .containsEntry(
            "otelcol_processor_incoming_items{processor=\"memory_limiter\",pipeline=\"traces\"}",
            70.0)
        .containsEntry(
            "otelcol_processor_memory_limiter_refused_spans{processor=\"memory_limiter\","
                + "pipeline=\"traces\"}",
            10.0)
        .containsEntry("otelcol_exporter_sent_spans{exporter=\"otlp_grpc/a\\\"b\"}", 38.0)
        .containsEntry("otelcol_exporter_send_failed_spans{exporter=\"otlp_grpc/a\\\"b\"}", 2.0)
        .containsEntry("otelcol_exporter_enqueue_failed_spans{exporter=\"otlp_grpc/a\\\"b\"}", 5.0)
        .containsEntry(
            "otelcol_exporter_queue_size{exporter=\"otlp_grpc/a\\\"b\",data_type=\"traces\"}", 7.0)
        .containsEntry(
            "otelcol_exporter_queue_capacity{exporter=\"otlp_grpc/a\\\"b\",data_type=\"traces\"}",
            1_000.0)
        .containsEntry(
            "goshawk_kernel_calls{library=\"http server\",outcome=\"requests_seen\"}", 12.0)
        .containsEntry(
            "goshawk_exporter_spans{exporter=\"otlp_grpc/a\\\"b\",outcome=\"rejected\"}", 2.0);
    assertThat(series.get("otelcol_process_memory_rss")).isGreaterThan(1e6);
    assertThat(series.get("otelcol_process_cpu_seconds")).isPositive();
    assertThat(series.keySet())
        .anyMatch(
            name ->
                name.startsWith("target_info{service_instance_id=")
                    && name.endsWith("service_name=\"goshawk\",service_version=\"1.2.3\"}"));
  }

  @Test
  void aReaderNamesTypesAndUnitsIfItIsToldTo() throws Exception {
    flow();
    Map<String, Double> series =
        scrape(
            metrics(
                    "{resource: {service.name: mine}, metrics: {level: detailed, readers: [{pull:"
                        + " {exporter: {prometheus: {host: 127.0.0.1, port: 0, without_type_suffix:"
                        + " false, without_units: false}}}}]}}")
                .get(0));
    assertThat(series)
        .containsEntry("otelcol_receiver_accepted_spans_total{receiver=\"otlp\"}", 70.0)
        .containsKeys("otelcol_process_memory_rss_bytes", "otelcol_process_cpu_seconds_total");
    assertThat(series.keySet()).anyMatch(name -> name.contains("service_name=\"mine\""));
  }

  /** Whoever else has port 8888 by now, if nobody has, we have. */
  @Test
  void aPortThatNobodyAskedForIsNoReasonNotToStart() throws Exception {
    metrics("{}");
    assertThat(metrics("{}")).as("the port is taken").isEmpty();
    assertThat(log.lines())
        .last(STRING)
        .startsWith("WARNING no metrics: cannot listen at localhost:8888: ")
        .endsWith(
            "service::telemetry::metrics::readers[0]::pull::exporter::prometheus::port, or set"
                + " service::telemetry::metrics::level to none");
    int taken = metrics(ANY_PORT).get(0);
    assertThatThrownBy(() -> metrics(ANY_PORT.replace("port: 0", "port: " + taken)))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("cannot listen at localhost:" + taken)
        .hasMessageEndingWith(
            "service::telemetry::metrics::readers[0]::pull::exporter::prometheus::port");
  }

  @Test
  void howMuchIsShownIsTheLevels() throws Exception {
    flow();
    String basic = ANY_PORT.replace("metrics: {", "metrics: {level: basic, ");
    assertThat(scrape(metrics(basic).get(0)).keySet())
        .anyMatch(name -> name.startsWith("otelcol_exporter_sent_spans"))
        .noneMatch(name -> name.startsWith("otelcol_processor"));
    assertThat(metrics("{metrics: {level: none}}")).isEmpty();
  }

  // ---- pages

  @Test
  void pagesShowPipelinesCountsAndTargetsAndNothingOfThemIsMarkup() throws Exception {
    flow();
    CollectorConfig config = config("zpages: {endpoint: '127.0.0.1:0'}", "{}");
    Zpages pages =
        new Zpages(
            context("zpages"),
            config.components().stream()
                .filter(c -> c.id().type().equals("zpages"))
                .findFirst()
                .orElseThrow()
                .settings(),
            new Zpages.View() {
              @Override
              public CollectorConfig config() {
                return config;
              }

              @Override
              public LedgerSnapshot ledger() {
                return counts();
              }

              @Override
              public List<TracedProcess> processes() {
                return List.of(new TracedProcess(4711, "<script>shop</script>", "/opt/shop"));
              }

              @Override
              public String version() {
                return "1.2.3";
              }
            });
    ledger.probesCost(List.of(new ProbeCost("/opt/shop", "sql", 1200, 3_400_000)));
    ledger.trapsTake(List.of(new TrapPrice("emulated", 1234.4, true)));
    pages.start();
    open.add(() -> pages.stop(Duration.ZERO));
    int port = pages.port().getAsInt();
    assertThat(get(port, "/debug/servicez").body()).contains("1.2.3");
    assertThat(get(port, "/debug/pipelinez").body())
        .contains("<td>memory_limiter</td>", "<td class=\"n\">70</td>", "rejected in a partial");
    assertThat(get(port, "/debug/targetz").body())
        .contains("4711", "&lt;script&gt;shop", "/opt/shop")
        .contains("<td>sql</td><td class=\"n\">1,200</td><td class=\"n\">3</td>")
        .contains("<td>emulated</td><td class=\"n\">1,234</td><td>measured</td>")
        .doesNotContain("<script>");
    assertThat(get(port, "/debug/extensionz").statusCode()).isEqualTo(200);
    HttpResponse<String> other = get(port, "/");
    assertThat(other.statusCode()).isEqualTo(404);
    assertThat(other.body()).contains("/debug/pipelinez");
  }

  @Test
  void garbageIsAnsweredOrCutOff() throws Exception {
    int port = metrics(ANY_PORT).get(0);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket
          .getOutputStream()
          .write(("GET /" + "x".repeat(20_000)).getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(answer).startsWith("HTTP/1.1 400");
    } catch (IOException e) {
      assertThat(e.getMessage()).containsAnyOf("reset", "pipe");
    }
    assertThat(scrape(port)).isNotEmpty();
  }
}
