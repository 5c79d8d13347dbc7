// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.backend;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.goshawk.tests.database.DatabaseServer;
import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Readme;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Web;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a real Prometheus has scraped of the agent, asked for by its own API, on a host where every
 * port is free that a configuration to copy names.
 */
@Tag("backends")
@Timeout(600)
class PrometheusTest {
  private static final int REQUESTS = 70;
  private static final Duration SCRAPED_LIMIT = Duration.ofSeconds(120);

  /** Where a configuration to copy sends spans, and metrics of them. */
  private static final String BACKEND =
      """
      receivers: {otlp: {protocols: {grpc: {endpoint: "localhost:4317"}}}}
      exporters: {debug: }
      service:
        telemetry: {metrics: {level: none}}
        pipelines:
          traces: {receivers: [otlp], exporters: [debug]}
          metrics: {receivers: [otlp], exporters: [debug]}
      """;

  private final Path folder = Repository.scratch("prometheus");
  private final Deque<AutoCloseable> running = new ArrayDeque<>();
  private List<String> host;
  private String address;

  @BeforeEach
  void addHost() {
    Network network = closedLater(Network.create(folder));
    host = network.host(2, "127.0.0.1 localhost\n");
    address = network.address(2);
  }

  @AfterEach
  void endAll() throws Exception {
    while (!running.isEmpty()) {
      running.pop().close();
    }
  }

  private <T extends AutoCloseable> T closedLater(T started) {
    running.push(started);
    return started;
  }

  private ChildProcess start(String name, Path program, List<String> arguments) {
    List<String> command = new ArrayList<>(host);
    command.add(program.toString());
    command.addAll(arguments);
    return closedLater(ChildProcess.start(folder, Map.of("OTEL_SERVICE_NAME", name), command));
  }

  private ChildProcess service() {
    ChildProcess service =
        start(
            "items",
            GoToolchain.newest().build("tests/go/agent", "."),
            List.of("--wait", "--address", address + ":8080"));
    service.awaitOutput("listening");
    return service;
  }

  private void ask() {
    for (int i = 0; i < REQUESTS; i++) {
      assertThat(Web.get("http://" + address + ":8080/item/" + i).statusCode()).isEqualTo(200);
    }
  }

  private Goshawk agent(String... configs) {
    List<String> arguments = new ArrayList<>(List.of("run"));
    for (String config : configs) {
      arguments.addAll(List.of("--config", config));
    }
    return closedLater(Goshawk.attached(folder, Map.of(), host, arguments.toArray(String[]::new)));
  }

  private Prometheus prometheus(String... targets) {
    return closedLater(Prometheus.start(folder, host, address + ":9090", targets));
  }

  private void backend() {
    closedLater(Collector.start(folder, host, "otelcol", BACKEND));
  }

  private static void awaitValue(Prometheus prometheus, String expression, double wanted) {
    Awaitility.await(expression)
        .atMost(SCRAPED_LIMIT)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(
            () -> assertThat(prometheus.values(expression).values()).containsExactly(wanted));
  }

  /** What the agent says of itself. */
  @Test
  void prometheusHasTheAgentsCounts() {
    String config =
        """
        yaml:
          receivers: {goshawk: {include: {ports: [8080]}}}
          exporters: {file: {path: "%s"}}
          service:
            telemetry:
              metrics:
                readers: [{pull: {exporter: {prometheus: {host: localhost, port: 9464}}}}]
            pipelines: {traces: {receivers: [goshawk], exporters: [file]}}
        """
            .formatted(folder.resolve("spans.jsonl"));
    service();
    Goshawk agent = agent(config);
    Prometheus prometheus = prometheus("localhost:9464");
    ask();
    awaitValue(prometheus, "otelcol_exporter_sent_spans{exporter=\"file\"}", REQUESTS);
    awaitValue(prometheus, "otelcol_receiver_accepted_spans{receiver=\"goshawk\"}", REQUESTS);
    awaitValue(prometheus, "otelcol_exporter_send_failed_spans", 0);
    awaitValue(
        prometheus,
        "goshawk_kernel_calls{library=\"http server\", outcome=\"requests_seen\"}",
        REQUESTS);
    awaitValue(prometheus, "min(up)", 1);
    assertThat(agent.stop().addsUp()).isTrue();
  }

  /** What its connectors make of the service's spans, with the configuration of the README. */
  @Test
  void everyRequestOfAGoServiceIsCountedByPrometheus() throws Exception {
    Path config =
        Files.writeString(folder.resolve("goshawk.yaml"), Readme.block("Metrics from spans"));
    ChildProcess service = service();
    backend();
    Goshawk agent = agent(config.toString());
    Prometheus prometheus = prometheus("localhost:8889");
    ask();
    String servers = "{span_kind=\"SPAN_KIND_SERVER\",status_code=\"STATUS_CODE_UNSET\"}";
    awaitValue(prometheus, "sum(traces_span_metrics_calls_total" + servers + ")", REQUESTS);
    awaitValue(
        prometheus, "sum(traces_span_metrics_duration_seconds_count" + servers + ")", REQUESTS);
    awaitValue(
        prometheus,
        "sum(http_server_request_duration_seconds_bucket{"
            + "http_request_method=\"GET\",http_response_status_code=\"200\",le=\"+Inf\"})",
        REQUESTS);
    awaitValue(prometheus, "sum(traces_service_graph_request_total{client=\"user\"})", REQUESTS);
    awaitValue(prometheus, "count(target_info{process_pid=\"" + service.pid() + "\"})", 1);
    awaitValue(prometheus, "min(up)", 1);
    assertThat(prometheus.exemplars("traces_span_metrics_duration_seconds_bucket"))
        .containsPattern("\"trace_id\":\"[0-9a-f]{32}\"");
    assertThat(agent.stop().addsUp()).isTrue();
  }

  private ChildProcess shop(String name, String... flags) {
    Path program = GoToolchain.newest().build("examples/shop", ".");
    return start(name, program, Stream.concat(Stream.of(name), Stream.of(flags)).toList());
  }

  private void shop(String name, int port, String... flags) {
    String listen = "--listen=127.0.0.1:" + port;
    shop(name, Stream.concat(Stream.of(listen), Stream.of(flags)).toArray(String[]::new))
        .awaitOutput("listening");
  }

  /** With the configuration that is beside it; what that has every minute comes sooner. */
  @Test
  void everyPanelOfTheDashboardShowsTheShop() throws Exception {
    String sooner =
        """
        yaml:
          receivers: {goshawk: {include: {ports: [8080-8083]}}}
          connectors:
            span_metrics: {metrics_flush_interval: 1s}
            service_graph: {metrics_flush_interval: 1s}
        """;
    Path grafana = Repository.ROOT.resolve("examples/grafana");
    JsonObject dashboard =
        JsonParser.parseString(Files.readString(grafana.resolve("services.json")))
            .getAsJsonObject();
    String catalog = "--catalog=http://127.0.0.1:8081";
    DatabaseServer database = closedLater(DatabaseServer.postgresql());
    shop("catalog", 8081, "--database=" + database.url());
    shop("pricing", 8082, catalog);
    shop("checkout", 8083, "--pricing=127.0.0.1:8082", "--database=" + database.url());
    shop("gateway", 8080, catalog, "--checkout=http://127.0.0.1:8083");
    backend();
    agent(grafana.resolve("goshawk.yaml").toString(), sooner);
    Prometheus prometheus = prometheus("localhost:8888", "localhost:8889");
    shop("traffic", "--target=http://127.0.0.1:8080", "--rate=20", "--count=0");
    for (JsonElement panel : dashboard.getAsJsonArray("panels")) {
      assertShowsSomething(prometheus, panel.getAsJsonObject());
    }
  }

  private static void assertShowsSomething(Prometheus prometheus, JsonObject panel) {
    String title = panel.get("title").getAsString();
    // Where nothing is lost, that is shown as well.
    boolean isOfLosses = title.equals("Goshawk: what it lost");
    for (JsonElement target : panel.getAsJsonArray("targets")) {
      String query =
          target
              .getAsJsonObject()
              .get("expr")
              .getAsString()
              .replace("$service", ".*")
              .replace("$__rate_interval", "1m");
      Awaitility.await(title)
          .atMost(SCRAPED_LIMIT)
          .pollInterval(Duration.ofMillis(200))
          .untilAsserted(
              () ->
                  assertThat(prometheus.values(query).values())
                      .as(query)
                      .anyMatch(value -> isOfLosses ? value >= 0 : value > 0));
    }
  }
}
