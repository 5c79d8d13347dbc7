// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Goshawk;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Debian's Prometheus scrapes the metrics of a traced Go service, and is asked for them. */
@Tag("backends")
@Timeout(300)
class PrometheusTest {
  private static final Pattern VALUE = Pattern.compile("\"value\":\\[[0-9.]+,\"([^\"]+)\"\\]");

  @TempDir Path folder;

  private final HttpClient http = HttpClient.newHttpClient();

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private String get(int port, String path) throws Exception {
    return http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /** The sum that Prometheus has; -1 while it has none. */
  private double ask(int port, String expression) throws Exception {
    Matcher value =
        VALUE.matcher(
            get(
                port,
                "/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8)));
    return value.find() ? Double.parseDouble(value.group(1)) : -1;
  }

  private void awaitAnswer(int port, String expression, double wanted) throws Exception {
    double last = -1;
    for (int tries = 0; tries < 300; tries++) {
      last = ask(port, expression);
      if (last == wanted) {
        return;
      }
      Thread.sleep(200);
    }
    assertThat(last).as(expression).isEqualTo(wanted);
  }

  @Test
  void everyRequestOfAGoServiceIsCountedByPrometheus() throws Exception {
    int metrics = freePort();
    int prometheus = freePort();
    Path service = GoToolchain.newest().build("tests/go/agent", ".");
    try (ChildProcess target =
        ChildProcess.start(folder, Map.of(), List.of(service.toString(), "--wait"))) {
      int port = Integer.parseInt(target.awaitOutput("listening.*:([0-9]+)").group(1));
      Path config =
          Files.writeString(
              folder.resolve("goshawk.yaml"),
              """
              receivers: {goshawk: {include: {pids: [%d]}}}
              connectors:
                span_metrics:
                  histogram: {unit: s}
                  metrics_flush_interval: 200ms
                  exemplars: {enabled: true}
                  semantic_conventions: true
                service_graph: {metrics_flush_interval: 200ms, store: {ttl: 100ms}}
              exporters: {prometheus: {endpoint: "127.0.0.1:%d", enable_open_metrics: true}}
              service:
                telemetry: {metrics: {level: none}}
                pipelines:
                  traces: {receivers: [goshawk], exporters: [span_metrics, service_graph]}
                  metrics: {receivers: [span_metrics, service_graph], exporters: [prometheus]}
              """
                  .formatted(target.pid(), metrics));
      Files.writeString(
          folder.resolve("prometheus.yml"),
          """
          global: {scrape_interval: 500ms}
          scrape_configs:
            - job_name: goshawk
              honor_labels: true
              static_configs: [{targets: ["127.0.0.1:%d"]}]
          """
              .formatted(metrics));
      try (Goshawk agent = Goshawk.start(folder, Map.of(), "run", "--config", config.toString());
          ChildProcess server =
              ChildProcess.start(
                  Files.createDirectory(folder.resolve("prometheus")),
                  Map.of(),
                  List.of(
                      "prometheus",
                      "--config.file=" + folder.resolve("prometheus.yml"),
                      "--storage.tsdb.path=" + folder.resolve("tsdb"),
                      "--enable-feature=exemplar-storage",
                      "--web.listen-address=127.0.0.1:" + prometheus))) {
        agent.process().awaitErrors("tracing process " + target.pid());
        server.awaitErrors("Server is ready");
        int requests = 50;
        for (int i = 0; i < requests; i++) {
          get(port, "/item/" + i);
        }
        String servers = "{span_kind=\"SPAN_KIND_SERVER\",status_code=\"STATUS_CODE_UNSET\"}";
        awaitAnswer(prometheus, "sum(traces_span_metrics_calls_total" + servers + ")", requests);
        awaitAnswer(
            prometheus, "sum(traces_span_metrics_duration_seconds_count" + servers + ")", requests);
        awaitAnswer(
            prometheus,
            "sum(http_server_request_duration_seconds_bucket{"
                + "http_request_method=\"GET\",http_response_status_code=\"200\",le=\"+Inf\"})",
            requests);
        awaitAnswer(
            prometheus, "sum(traces_service_graph_request_total{client=\"user\"})", requests);
        awaitAnswer(prometheus, "count(target_info{process_pid=\"" + target.pid() + "\"})", 1);
        awaitAnswer(prometheus, "min(up)", 1);
        assertThat(
                get(
                    prometheus,
                    "/api/v1/query_exemplars?start=0&end=4102444800&query="
                        + "traces_span_metrics_duration_seconds_bucket"))
            .containsPattern("\"trace_id\":\"[0-9a-f]{32}\"");
        assertThat(agent.process().terminate(Duration.ofSeconds(60))).isZero();
        assertThat(agent.process().errors()).contains("adds up: every request is in a row above");
        server.terminate(Duration.ofSeconds(30));
      }
    }
  }
}
