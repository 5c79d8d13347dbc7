// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.backend;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Ports;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Web;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the agent says of itself, as a real Prometheus has scraped it. */
@Tag("backends")
class MonitoringTest {
  private static final int REQUESTS = 70;
  private static final Duration SCRAPED_LIMIT = Duration.ofSeconds(60);

  private final Path folder = Repository.scratch("monitoring");

  @Test
  void prometheusHasTheAgentsCounts() throws Exception {
    int metrics = Ports.free();
    int api = Ports.free();
    Path config =
        Files.writeString(
            folder.resolve("goshawk.yaml"),
            """
            receivers: {goshawk: }
            processors: {batch: {timeout: 50ms}}
            exporters: {file: {path: "%s"}}
            service:
              telemetry:
                metrics:
                  readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: %d}}}}]
              pipelines:
                traces: {receivers: [goshawk], processors: [batch], exporters: [file]}
            """
                .formatted(folder.resolve("spans.jsonl"), metrics));
    Path scrape =
        Files.writeString(
            folder.resolve("prometheus.yml"),
            """
            global: {scrape_interval: 1s}
            scrape_configs:
              - {job_name: goshawk, static_configs: [{targets: ["127.0.0.1:%d"]}]}
            """
                .formatted(metrics));
    Path program = GoToolchain.newest().build("tests/go/agent", ".");
    try (ChildProcess service =
            ChildProcess.start(folder, Map.of(), List.of(program.toString(), "--wait"));
        Goshawk agent =
            Goshawk.attached(
                folder,
                Map.of(),
                "run",
                "--config",
                config.toString(),
                "--pid",
                Long.toString(service.pid()));
        ChildProcess prometheus =
            ChildProcess.start(
                folder,
                Map.of(),
                List.of(
                    "prometheus",
                    "--config.file=" + scrape,
                    "--storage.tsdb.path=" + folder.resolve("tsdb"),
                    "--web.listen-address=127.0.0.1:" + api))) {
      Web.awaitReady(prometheus, "http://127.0.0.1:" + api + "/-/ready");
      String address = service.awaitOutput("listening (\\S+)").group(1);
      for (int i = 0; i < REQUESTS; i++) {
        assertThat(Web.get("http://" + address + "/item/" + i).statusCode()).isEqualTo(200);
      }

      String sent = "otelcol_exporter_sent_spans_total{exporter=\"file\"}";
      Awaitility.await("what Prometheus says")
          .atMost(SCRAPED_LIMIT)
          .pollInterval(Duration.ofMillis(200))
          .until(() -> query(api, sent).values().stream().anyMatch(n -> n == REQUESTS));
      assertThat(query(api, "up")).containsValue(1.0);
      assertThat(query(api, "otelcol_receiver_accepted_spans_total{receiver=\"goshawk\"}"))
          .containsValue((double) REQUESTS);
      assertThat(query(api, "otelcol_exporter_send_failed_spans_total")).doesNotContainValue(1.0);
      String seen =
          "sum(goshawk_kernel_calls_total{library=\"http server\", outcome=\"requests_seen\"})";
      assertThat(query(api, seen)).containsOnly(Map.entry("{}", (double) REQUESTS));
      assertThat(agent.stop().addsUp()).isTrue();
    }
  }

  /** The value of each series that fits. */
  private static Map<String, Double> query(int port, String expression) {
    String url =
        "http://127.0.0.1:"
            + port
            + "/api/v1/query?query="
            + URLEncoder.encode(expression, StandardCharsets.UTF_8);
    JsonArray series =
        JsonParser.parseString(Web.get(url).body())
            .getAsJsonObject()
            .getAsJsonObject("data")
            .getAsJsonArray("result");
    Map<String, Double> values = new HashMap<>();
    for (JsonElement each : series) {
      JsonObject one = each.getAsJsonObject();
      values.put(one.get("metric").toString(), one.getAsJsonArray("value").get(1).getAsDouble());
    }
    return values;
  }
}
