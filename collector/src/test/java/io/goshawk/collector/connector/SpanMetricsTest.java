// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.connector;

import static io.goshawk.collector.telemetry.EncodedBatches.attribute;
import static io.goshawk.collector.telemetry.EncodedBatches.batch;
import static io.goshawk.collector.telemetry.EncodedBatches.of;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Exemplar;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SpanMetricsTest {

  private static Measured connector(String settings) {
    return new Measured("span_metrics", settings, SpanMetrics::limits, SpanMetrics::new);
  }

  private static Span.Builder lasting(Span.Builder span, long millis) {
    return span.clearAttributes()
        .setStartTimeUnixNano(5_000_000_000L)
        .setEndTimeUnixNano(5_000_000_000L + millis * 1_000_000);
  }

  @Test
  void callsAndDurationsHaveTheCollectorsNamesLabelsAndBuckets() {
    Measured measured = connector("");
    measured.connector.accept(
        batch(
            "shop",
            6,
            span -> {
              int number = span.getSpanId().byteAt(7);
              lasting(span, number < 4 ? 5 : 20_000).setName("GET /");
              if (number == 5) {
                span.setStatus(Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_ERROR));
              }
            }));
    Map<String, Metric> metrics = measured.drained();
    assertThat(metrics.keySet())
        .containsExactly("traces.span.metrics.calls", "traces.span.metrics.duration");
    String series = "service.name=shop, span.name=GET /, span.kind=SPAN_KIND_SERVER, status.code=";
    assertThat(Measured.sums(metrics.get("traces.span.metrics.calls")))
        .isEqualTo(Map.of(series + "STATUS_CODE_UNSET", 5L, series + "STATUS_CODE_ERROR", 1L));
    Metric duration = metrics.get("traces.span.metrics.duration");
    assertThat(duration.getUnit()).isEqualTo("ms");
    HistogramDataPoint unset = duration.getHistogram().getDataPoints(0);
    assertThat(unset.getExplicitBoundsList())
        .containsExactly(
            2.0, 4.0, 6.0, 8.0, 10.0, 50.0, 100.0, 200.0, 400.0, 800.0, 1000.0, 1400.0, 2000.0,
            5000.0, 10000.0, 15000.0);
    assertThat(unset.getBucketCountsList())
        .containsExactly(0L, 0L, 4L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 1L);
    assertThat(unset.getSum()).isEqualTo(20_020);
    assertThat(unset.getExemplarsList()).as("not asked for").isEmpty();
    assertThat(measured.taken.snapshot().imbalance()).isEmpty();
    assertThat(measured.taken.snapshot().out()).isEqualTo(6);
    assertThat(measured.given.snapshot().in())
        .isEqualTo(4)
        .isEqualTo(measured.given.snapshot().out());
  }

  @Test
  void dimensionsAreOfTheSpanElseOfItsResourceElseTheDefault() {
    Measured measured =
        connector(
            """
            namespace: '', histogram: {unit: s, explicit: {buckets: [100us, 1ms, 250ms]}},
            exclude_dimensions: [status.code, span.kind],
            dimensions: [{name: http.method, default: GET}, {name: code}, {name: service.name2},
              {name: nowhere}]
            """
                .replace("\n", " "));
    ExportTraceServiceRequest request =
        ExportTraceServiceRequest.newBuilder()
            .addResourceSpans(
                ResourceSpans.newBuilder()
                    .setResource(
                        Resource.newBuilder()
                            .addAttributes(attribute("service.name", "shop"))
                            .addAttributes(attribute("service.name2", "of the resource"))
                            .addAttributes(attribute("code", "of the resource")))
                    .addScopeSpans(
                        ScopeSpans.newBuilder()
                            .addSpans(span("a", attribute("code", 200)))
                            .addSpans(span("a", attribute("http.method", "PUT")))))
            .build();
    measured.connector.accept(of(request));
    Map<String, Metric> metrics = measured.drained();
    assertThat(Measured.sums(metrics.get("calls")).keySet())
        .containsExactly(
            "service.name=shop, span.name=a, http.method=GET, code=200, service.name2=of the resource",
            "service.name=shop, span.name=a, http.method=PUT, code=of the resource,"
                + " service.name2=of the resource");
    assertThat(metrics.get("duration").getUnit()).isEqualTo("s");
    assertThat(metrics.get("duration").getHistogram().getDataPoints(0).getExplicitBoundsList())
        .containsExactly(0.0001, 0.001, 0.25);
  }

  private static Span.Builder span(String name, KeyValue... attributes) {
    return Span.newBuilder()
        .setName(name)
        .setKind(Span.SpanKind.SPAN_KIND_CLIENT)
        .setStartTimeUnixNano(1_000_000_000)
        .setEndTimeUnixNano(1_100_000_000)
        .addAllAttributes(List.of(attributes));
  }

  @Test
  void exemplarsNameTheTracesThatTheyAreOf() {
    Measured measured =
        connector("exemplars: {enabled: true, max_per_data_point: 2}, histogram: {exponential: }");
    measured.connector.accept(batch("shop", 3, span -> lasting(span, 100).setName("GET /")));
    Metric duration = measured.drained().get("traces.span.metrics.duration");
    List<Exemplar> exemplars =
        duration.getExponentialHistogram().getDataPoints(0).getExemplarsList();
    assertThat(exemplars).extracting(Exemplar::getTraceId).containsExactly(trace(0), trace(1));
    assertThat(exemplars.get(1).getSpanId())
        .isEqualTo(ByteString.copyFrom(new byte[] {0, 0, 0, 0, 0, 0, 0, 1}));
    assertThat(exemplars.get(1).getAsDouble()).isEqualTo(100);
  }

  private static ByteString trace(int number) {
    return ByteString.copyFrom(
        new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0, (byte) number});
  }

  @Test
  void metricsAreSentAtTheirIntervalAndWhatHasExpiredIsNot() {
    Measured measured = connector("metrics_flush_interval: 15s, metrics_expiration: 20s");
    measured.connector.accept(batch("shop", 1, span -> lasting(span, 1)));
    measured.pass(14);
    assertThat(measured.tick()).isEqualTo(1_000_000_000L);
    assertThat(measured.metrics()).isEmpty();
    measured.pass(1);
    assertThat(measured.tick()).isEqualTo(15_000_000_000L);
    assertThat(measured.metrics()).hasSize(2);
    measured.pass(15);
    measured.tick();
    assertThat(measured.metrics()).isEmpty();
  }

  @Test
  void withoutAHistogramOnlyCallsAreCountedAndDeltaCountsFromTheLastTime() {
    Measured measured =
        connector(
            "histogram: {disable: true}, aggregation_temporality: AGGREGATION_TEMPORALITY_DELTA");
    for (int round = 0; round < 2; round++) {
      measured.connector.accept(batch("shop", 3, span -> lasting(span, 1).setName("GET /")));
      Map<String, Metric> metrics = measured.drained();
      assertThat(metrics.keySet()).containsExactly("traces.span.metrics.calls");
      assertThat(Measured.sums(metrics.get("traces.span.metrics.calls")).values())
          .containsExactly(3L);
    }
  }

  @Test
  void spansOfNoServiceAreCountedAsDroppedAndBackwardTimesAreNoDuration() {
    Measured measured = connector("");
    measured.connector.accept(
        of(
            ExportTraceServiceRequest.newBuilder()
                .addResourceSpans(
                    ResourceSpans.newBuilder()
                        .addScopeSpans(ScopeSpans.newBuilder().addSpans(span("a"))))
                .build()));
    measured.connector.accept(batch("shop", 1, span -> lasting(span, -7)));
    assertThat(measured.taken.snapshot().dropped())
        .containsExactly(Map.entry("without service.name", 1L));
    assertThat(measured.taken.snapshot().imbalance()).isEmpty();
    assertThat(
            measured
                .drained()
                .get("traces.span.metrics.duration")
                .getHistogram()
                .getDataPoints(0)
                .getSum())
        .isZero();
  }

  @Test
  void resourcesAreToldApartByTheAttributesThatAreNamed() {
    Measured measured = connector("resource_metrics_key_attributes: [service.name]");
    for (String instance : List.of("1", "2")) {
      measured.connector.accept(
          of(
              ExportTraceServiceRequest.newBuilder()
                  .addResourceSpans(
                      ResourceSpans.newBuilder()
                          .setResource(
                              Resource.newBuilder()
                                  .addAttributes(attribute("service.name", "shop"))
                                  .addAttributes(attribute("service.instance.id", instance)))
                          .addScopeSpans(ScopeSpans.newBuilder().addSpans(span("a"))))
                  .build()));
    }
    assertThat(Measured.sums(measured.drained().get("traces.span.metrics.calls")).values())
        .containsExactly(2L);
  }

  @Test
  void theConventionsDurationsStandBesideThem() {
    Measured measured = connector("semantic_conventions: true");
    Span.Builder server =
        span(
                "GET /users/{id}",
                attribute("http.request.method", "GET"),
                attribute("url.scheme", "http"),
                attribute("url.path", "/users/7"),
                attribute("http.route", "/users/{id}"),
                attribute("http.response.status_code", 200))
            .setKind(Span.SpanKind.SPAN_KIND_SERVER);
    ScopeSpans.Builder spans =
        ScopeSpans.newBuilder()
            .addSpans(server)
            .addSpans(
                span(
                    "GET",
                    attribute("http.request.method", "GET"),
                    attribute("server.address", "catalog"),
                    attribute("server.port", 8080),
                    attribute("error.type", "timeout")))
            .addSpans(
                span(
                    "SELECT users",
                    attribute("db.system.name", "postgresql"),
                    attribute("db.query.summary", "SELECT users"),
                    attribute("db.query.text", "SELECT 1")))
            .addSpans(
                span(
                        "shop.Cart/Add",
                        attribute("rpc.system.name", "grpc"),
                        attribute("rpc.method", "shop.Cart/Add"),
                        attribute("rpc.status_code", "OK"))
                    .setKind(Span.SpanKind.SPAN_KIND_SERVER))
            .addSpans(
                span("internal", attribute("http.request.method", "GET"))
                    .setKind(Span.SpanKind.SPAN_KIND_INTERNAL));
    measured.connector.accept(
        of(
            ExportTraceServiceRequest.newBuilder()
                .addResourceSpans(
                    ResourceSpans.newBuilder()
                        .setResource(
                            Resource.newBuilder().addAttributes(attribute("service.name", "shop")))
                        .addScopeSpans(spans))
                .build()));
    Map<String, Metric> metrics = measured.drained();
    assertThat(metrics.keySet())
        .containsExactly(
            "traces.span.metrics.calls",
            "traces.span.metrics.duration",
            "http.server.request.duration",
            "http.client.request.duration",
            "db.client.operation.duration",
            "rpc.server.call.duration");
    assertConvention(
        metrics.get("http.server.request.duration"),
        "http.request.method=GET, url.scheme=http, http.response.status_code=200,"
            + " http.route=/users/{id}",
        14);
    assertConvention(
        metrics.get("http.client.request.duration"),
        "http.request.method=GET, server.address=catalog, server.port=8080, error.type=timeout",
        14);
    assertConvention(
        metrics.get("db.client.operation.duration"),
        "db.system.name=postgresql, db.query.summary=SELECT users",
        9);
    assertConvention(
        metrics.get("rpc.server.call.duration"),
        "rpc.system.name=grpc, rpc.method=shop.Cart/Add, rpc.status_code=OK",
        14);
  }

  private static void assertConvention(Metric metric, String labels, int bounds) {
    assertThat(metric.getUnit()).isEqualTo("s");
    HistogramDataPoint point = metric.getHistogram().getDataPoints(0);
    assertThat(Measured.labels(point.getAttributesList())).isEqualTo(labels);
    assertThat(point.getExplicitBoundsCount()).isEqualTo(bounds);
    assertThat(point.getSum()).isEqualTo(0.1);
  }
}
