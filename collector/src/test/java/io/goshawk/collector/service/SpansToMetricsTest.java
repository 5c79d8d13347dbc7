// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.collector.ledger.LedgerSnapshot;
import io.goshawk.collector.telemetry.EncodedBatches;
import io.goshawk.collector.testing.FakeGrpcBackend;
import io.goshawk.collector.testing.FakeHttpBackend;
import io.goshawk.config.ConfigLoader;
import io.goshawk.config.component.Catalogue;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Origin;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.metrics.v1.Metric;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole service: spans come by OTLP, their metrics go by every exporter that takes metrics. */
@Timeout(60)
class SpansToMetricsTest {
  @TempDir Path folder;

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static Service start(String yaml) throws Exception {
    Service service =
        Service.of(
            ConfigLoader.load(
                    List.of("yaml:" + yaml),
                    Map.of(),
                    MapNode.empty(Origin.DEFAULT),
                    Catalogue.standard())
                .config(),
            Map.of(),
            "1");
    service.start();
    return service;
  }

  private static void send(int port, int spans) throws Exception {
    byte[] body =
        EncodedBatches.request("shop", spans, span -> span.setName("GET /")).toByteArray();
    HttpResponse<Void> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/traces"))
                    .header("content-type", "application/x-protobuf")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                    .build(),
                HttpResponse.BodyHandlers.discarding());
    assertThat(answer.statusCode()).isEqualTo(200);
  }

  @Test
  void metricsGoByHttpByGrpcAndIntoAFileAndEveryBookAddsUp() throws Exception {
    int port = freePort();
    Path file = folder.resolve("metrics.jsonl");
    try (FakeHttpBackend http = new FakeHttpBackend();
        FakeGrpcBackend grpc = new FakeGrpcBackend(0, null)) {
      Service service =
          start(
              """
              receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:%d"}}}}
              connectors: {spanmetrics: , servicegraph: {virtual_node_peer_attributes: []}}
              processors: {batch: {timeout: 1h}, resource: {attributes: [{key: zone, value: a, action: insert}]}}
              exporters:
                otlphttp: {endpoint: "http://127.0.0.1:%d"}
                otlp: {endpoint: "127.0.0.1:%d", tls: {insecure: true}}
                file: {path: "%s"}
                debug: {verbosity: basic}
              service:
                telemetry: {metrics: {level: none}}
                pipelines:
                  traces: {receivers: [otlp], exporters: [spanmetrics, servicegraph, otlphttp]}
                  metrics:
                    receivers: [spanmetrics, servicegraph]
                    processors: [resource, batch]
                    exporters: [otlphttp, otlp, file, debug]
              """
                  .formatted(port, http.port(), grpc.port(), file));
      // The first of each has no id, and is turned away.
      send(port, 4);
      send(port, 5);
      LedgerSnapshot books = service.stop(Duration.ofSeconds(20));
      assertThat(books.check()).isEmpty();
      assertThat(books.text()).contains("connector", "metric points to");
      List<FakeHttpBackend.Request> metrics =
          http.requests().stream().filter(r -> r.line().contains("/v1/metrics")).toList();
      assertThat(http.requests()).hasSizeGreaterThan(metrics.size());
      assertCalls(ExportMetricsServiceRequest.parseFrom(metrics.get(0).body()), 7);
      assertThat(grpc.requests())
          .extracting(FakeGrpcBackend.Request::service)
          .containsOnly("opentelemetry.proto.collector.metrics.v1.MetricsService");
      assertCalls(ExportMetricsServiceRequest.parseFrom(grpc.requests().get(0).message()), 7);
      assertThat(Files.readString(file))
          .contains("\"resourceMetrics\"", "\"asInt\":\"7\"", "\"zone\"");
    }
  }

  private static void assertCalls(ExportMetricsServiceRequest request, long calls) {
    List<Metric> all =
        request.getResourceMetrics(0).getScopeMetricsList().stream()
            .flatMap(scope -> scope.getMetricsList().stream())
            .toList();
    assertThat(all)
        .filteredOn(metric -> metric.getName().equals("traces.span.metrics.calls"))
        .singleElement()
        .satisfies(
            metric -> assertThat(metric.getSum().getDataPoints(0).getAsInt()).isEqualTo(calls));
  }

  @Test
  void theAgentsOwnMetricsGoByOtlpWhereAReaderSaysSo() throws Exception {
    int port = freePort();
    try (FakeHttpBackend http = new FakeHttpBackend();
        FakeGrpcBackend grpc = new FakeGrpcBackend(0, null)) {
      Service service =
          start(
              """
              receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:%d"}}}}
              exporters: {nop: }
              service:
                telemetry:
                  resource: {zone: a}
                  metrics:
                    readers:
                      - periodic: {exporter: {otlp: {protocol: http/protobuf, endpoint: "http://127.0.0.1:%d", headers: {key: secret}}}}
                      - periodic: {interval: 100, exporter: {otlp: {protocol: grpc, endpoint: "127.0.0.1:%d", insecure: true}}}
                pipelines: {traces: {receivers: [otlp], exporters: [nop]}}
              """
                  .formatted(port, http.port(), grpc.port()));
      send(port, 4);
      LedgerSnapshot books = service.stop(Duration.ofSeconds(5));
      assertThat(books.check()).isEmpty();
      assertThat(http.requests()).as("the last, at the end").hasSize(1);
      assertThat(http.requests().get(0).line()).startsWith("POST /v1/metrics ");
      assertThat(http.requests().get(0).header("key")).isEqualTo("secret");
      for (ExportMetricsServiceRequest sent :
          List.of(
              ExportMetricsServiceRequest.parseFrom(http.requests().get(0).body()),
              ExportMetricsServiceRequest.parseFrom(
                  grpc.requests().get(grpc.requests().size() - 1).message()))) {
        assertThat(sent.getResourceMetrics(0).getResource().getAttributesList())
            .contains(
                EncodedBatches.attribute("service.name", "goshawk"),
                EncodedBatches.attribute("zone", "a"));
        assertThat(sent.getResourceMetrics(0).getScopeMetrics(0).getMetricsList())
            .filteredOn(metric -> metric.getName().equals("otelcol_receiver_accepted_spans"))
            // What waits for one request goes together.
            .last()
            .satisfies(
                metric -> {
                  assertThat(metric.getSum().getIsMonotonic()).isTrue();
                  assertThat(metric.getSum().getDataPoints(0).getAsInt()).isEqualTo(3);
                  assertThat(metric.getSum().getDataPoints(0).getAttributesList())
                      .containsExactly(EncodedBatches.attribute("receiver", "otlp"));
                });
      }
    }
  }
}
