// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.prometheus;

import static io.goshawk.collector.telemetry.EncodedBatches.attribute;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.telemetry.EncodedBatches;
import io.goshawk.collector.testing.Configurations;
import io.goshawk.collector.testing.Contexts;
import io.goshawk.config.component.ComponentId;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.Signal;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Exemplar;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogram;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Histogram;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.resource.v1.Resource;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class PrometheusExporterTest {

  private String scopeVersion = "";
  private final NodeAccount account = new NodeAccount("prometheus", Signal.METRICS);
  private PrometheusExporter exporter;
  private long nanos = 1;

  private void start(String settings, long maxBytes) throws Exception {
    exporter =
        new PrometheusExporter(
            Contexts.of(ComponentId.parse("prometheus").orElseThrow(), account, () -> nanos),
            Configurations.first(
                    ComponentKind.EXPORTER,
                    """
                    receivers: {goshawk: }
                    connectors: {span_metrics: }
                    exporters: {prometheus: {endpoint: "127.0.0.1:0", %s}}
                    service:
                      pipelines:
                        traces: {receivers: [goshawk], exporters: [span_metrics]}
                        metrics: {receivers: [span_metrics], exporters: [prometheus]}
                    """
                        .formatted(settings))
                .settings(),
            maxBytes);
    exporter.start();
  }

  @AfterEach
  void stop() {
    exporter.stop(Duration.ofSeconds(1));
  }

  /** Twelve times what the default keeps: made as it is sent, and never all of it at once. */
  @Test
  void manySeriesAreAllShown() throws Exception {
    start("", 1L << 30);
    int many = 120_000;
    for (int i = 0; i < many; i += 1000) {
      Metric[] some = new Metric[1000];
      for (int j = 0; j < some.length; j++) {
        some[j] = sum("calls", false, i + j, attribute("number", Integer.toString(i + j)));
      }
      send("shop", some);
    }
    List<String> lines = scrape("text/plain");
    assertThat(lines).hasSize(many + 5).doesNotHaveDuplicates();
    assertThat(lines).containsOnlyOnce("# TYPE calls_total counter");
    assertThat(lines).filteredOn(line -> line.startsWith("calls_total{")).hasSize(many);
    for (int i = 0; i < 3; i++) {
      assertThat(scrape("text/plain")).hasSize(many + 5);
    }
  }

  private List<String> scrape(String accept) throws Exception {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + exporter.port() + "/metrics"))
                    .header("accept", accept)
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type").orElseThrow())
        .startsWith(accept.split(";")[0]);
    return answer.body().lines().toList();
  }

  private void send(String service, Metric... metrics) {
    send(
        List.of(
            attribute("service.name", service),
            attribute("service.instance.id", "i-1"),
            attribute("host.name", "box")),
        metrics);
  }

  private void send(List<KeyValue> resource, Metric... metrics) {
    exporter.accept(
        EncodedBatches.of(
            ExportMetricsServiceRequest.newBuilder()
                .addResourceMetrics(
                    ResourceMetrics.newBuilder()
                        .setResource(Resource.newBuilder().addAllAttributes(resource))
                        .addScopeMetrics(
                            ScopeMetrics.newBuilder()
                                .setScope(
                                    InstrumentationScope.newBuilder()
                                        .setName("lib")
                                        .setVersion(scopeVersion))
                                .addAllMetrics(List.of(metrics))))
                .build()));
  }

  private static Metric sum(String name, boolean delta, long value, KeyValue... attributes) {
    return Metric.newBuilder()
        .setName(name)
        .setDescription("What \\ is \n counted.")
        .setSum(
            Sum.newBuilder()
                .setIsMonotonic(true)
                .setAggregationTemporality(
                    delta
                        ? AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
                        : AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE)
                .addDataPoints(
                    NumberDataPoint.newBuilder()
                        .setAsInt(value)
                        .setTimeUnixNano(1_700_000_000_123_000_000L)
                        .addAllAttributes(List.of(attributes))))
        .build();
  }

  @Test
  void namesUnitsAndLabelsAreThoseOfTheCompatibilitySpecification() throws Exception {
    start("namespace: shop, const_labels: {team: a}", 1 << 20);
    send(
        "catalog",
        sum("calls.made", false, 7, attribute("span.name", "GET \"/\""), attribute("code", 200)),
        Metric.newBuilder()
            .setName("heap.used")
            .setUnit("By")
            .setGauge(
                Gauge.newBuilder().addDataPoints(NumberDataPoint.newBuilder().setAsDouble(1.5)))
            .build(),
        Metric.newBuilder()
            .setName("load")
            .setUnit("{thing}/s")
            .setGauge(Gauge.newBuilder().addDataPoints(NumberDataPoint.newBuilder().setAsDouble(2)))
            .build());
    String all = "instance=\"i-1\",job=\"catalog\",otel_scope_name=\"lib\"";
    assertThat(scrape("text/plain"))
        .containsExactly(
            "# HELP target_info What sends metrics.",
            "# TYPE target_info gauge",
            "target_info{job=\"catalog\",instance=\"i-1\",host_name=\"box\"} 1",
            "# HELP shop_calls_made_total What \\\\ is \\n counted.",
            "# TYPE shop_calls_made_total counter",
            "shop_calls_made_total{code=\"200\","
                + all
                + ",span_name=\"GET \\\"/\\\"\",team=\"a\"} 7",
            "# HELP shop_heap_used_bytes ",
            "# TYPE shop_heap_used_bytes gauge",
            "shop_heap_used_bytes{" + all + ",team=\"a\"} 1.5",
            "# HELP shop_load_per_second ",
            "# TYPE shop_load_per_second gauge",
            "shop_load_per_second{" + all + ",team=\"a\"} 2");
    assertThat(account.snapshot().out()).isEqualTo(3);
    assertThat(account.snapshot().imbalance()).isEmpty();
  }

  private static Metric histogram(boolean delta, List<Long> counts) {
    return Metric.newBuilder()
        .setName("duration")
        .setUnit("s")
        .setHistogram(
            Histogram.newBuilder()
                .setAggregationTemporality(
                    delta
                        ? AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
                        : AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE)
                .addDataPoints(
                    HistogramDataPoint.newBuilder()
                        .setCount(counts.stream().mapToLong(Long::longValue).sum())
                        .setSum(2.5)
                        .addAllExplicitBounds(List.of(0.1, 1.0))
                        .addAllBucketCounts(counts)
                        .addExemplars(
                            Exemplar.newBuilder()
                                .setAsDouble(0.5)
                                .setTimeUnixNano(1_700_000_000_123_000_000L)
                                .setTraceId(
                                    ByteString.copyFrom(
                                        new byte[] {
                                          1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
                                        }))
                                .setSpanId(
                                    ByteString.copyFrom(new byte[] {1, 2, 3, 4, 5, 6, 7, 8})))))
        .build();
  }

  @Test
  void openMetricsHasExemplarsForWhoAsksForIt() throws Exception {
    start("enable_open_metrics: true, send_timestamps: true", 1 << 20);
    send(List.of(), histogram(false, List.of(2L, 3L, 1L)), sum("calls", false, 6));
    assertThat(scrape("application/openmetrics-text; version=1.0.0"))
        .containsExactly(
            "# HELP duration_seconds ",
            "# TYPE duration_seconds histogram",
            "duration_seconds_bucket{otel_scope_name=\"lib\",le=\"0.1\"} 2",
            "duration_seconds_bucket{otel_scope_name=\"lib\",le=\"1\"} 5 # {"
                + "trace_id=\"0102030405060708090a0b0c0d0e0f10\",span_id=\"0102030405060708\"}"
                + " 0.5 1700000000.123",
            "duration_seconds_bucket{otel_scope_name=\"lib\",le=\"+Inf\"} 6",
            "duration_seconds_sum{otel_scope_name=\"lib\"} 2.5",
            "duration_seconds_count{otel_scope_name=\"lib\"} 6",
            "# HELP calls What \\\\ is \\n counted.",
            "# TYPE calls counter",
            "calls_total{otel_scope_name=\"lib\"} 6 1700000000.123",
            "# EOF");
    assertThat(scrape("text/plain"))
        .contains(
            "duration_seconds_bucket{otel_scope_name=\"lib\",le=\"1\"} 5",
            "calls_total{otel_scope_name=\"lib\"} 6 1700000000123");
  }

  @Test
  void whatCountsFromTheLastTimeIsAddedUp() throws Exception {
    start("add_metric_suffixes: false", 1 << 20);
    for (int i = 0; i < 3; i++) {
      send(List.of(), sum("calls", true, 2), histogram(true, List.of(1L, 0L, 4L)));
    }
    assertThat(scrape("text/plain"))
        .contains(
            "# TYPE calls counter",
            "calls{otel_scope_name=\"lib\"} 6",
            "duration_bucket{otel_scope_name=\"lib\",le=\"0.1\"} 3",
            "duration_bucket{otel_scope_name=\"lib\",le=\"+Inf\"} 15",
            "duration_sum{otel_scope_name=\"lib\"} 7.5",
            "duration_count{otel_scope_name=\"lib\"} 15");
  }

  @Test
  void anExponentialHistogramHasBucketsThatEndAtPowersOfTwo() throws Exception {
    start("", 1 << 20);
    // At scale 1, buckets end at 2^(i/2): offset -2 is (0.5, 0.707], and so on.
    send(
        List.of(),
        Metric.newBuilder()
            .setName("duration")
            .setUnit("ms")
            .setExponentialHistogram(
                ExponentialHistogram.newBuilder()
                    .addDataPoints(
                        ExponentialHistogramDataPoint.newBuilder()
                            .setCount(16)
                            .setSum(3)
                            .setScale(1)
                            .setZeroCount(1)
                            .setPositive(
                                ExponentialHistogramDataPoint.Buckets.newBuilder()
                                    .setOffset(-2)
                                    .addAllBucketCounts(List.of(1L, 2L, 4L, 8L)))))
            .build());
    assertThat(scrape("text/plain"))
        .contains(
            "duration_milliseconds_bucket{otel_scope_name=\"lib\",le=\"0\"} 1",
            "duration_milliseconds_bucket{otel_scope_name=\"lib\",le=\"1\"} 4",
            "duration_milliseconds_bucket{otel_scope_name=\"lib\",le=\"2\"} 16",
            "duration_milliseconds_bucket{otel_scope_name=\"lib\",le=\"+Inf\"} 16");
  }

  @Test
  void whatHasNotComeForALongTimeIsNotShown() throws Exception {
    start("metric_expiration: 1m", 1 << 20);
    send("catalog", sum("old", false, 1));
    nanos += Duration.ofSeconds(59).toNanos();
    assertThat(scrape("text/plain")).anyMatch(line -> line.startsWith("old_total"));
    nanos += Duration.ofSeconds(1).toNanos();
    assertThat(scrape("text/plain")).isEmpty();
  }

  @Test
  void noNumberOfSeriesAndNamesTakesMoreThanItsMemory() throws Exception {
    start("", 200_000);
    for (int i = 0; i < 5_000; i++) {
      send("service " + i + "x".repeat(2_000), sum("metric." + i, false, 1));
      send(
          List.of(attribute("service.name", "one"), attribute("host.name", "x".repeat(2_000) + i)),
          sum("calls", false, i));
    }
    int size = scrape("text/plain").stream().mapToInt(String::length).sum();
    assertThat(size).isLessThan(400_000);
    assertThat(account.snapshot().dropped().get("no memory for more series")).isGreaterThan(4_000);
    assertThat(account.snapshot().imbalance()).isEmpty();
  }

  @Test
  void aNameHasOneType() throws Exception {
    start("", 1 << 20);
    send(List.of(), sum("calls", false, 1));
    send(
        List.of(),
        Metric.newBuilder()
            .setName("calls.total")
            .setGauge(Gauge.newBuilder().addDataPoints(NumberDataPoint.newBuilder().setAsInt(5)))
            .build());
    send(List.of(), gauge("target.info", "", 5));
    assertThat(account.snapshot().dropped())
        .containsExactly(Map.entry("of another type than others of its name", 2L));
    assertThat(scrape("text/plain")).noneMatch(line -> line.endsWith(" 5"));
  }

  private static Metric gauge(String name, String unit, long value, KeyValue... attributes) {
    return Metric.newBuilder()
        .setName(name)
        .setUnit(unit)
        .setGauge(
            Gauge.newBuilder()
                .addDataPoints(
                    NumberDataPoint.newBuilder()
                        .setAsInt(value)
                        .addAllAttributes(List.of(attributes))))
        .build();
  }

  /** As Prometheus's own translator has them (github.com/prometheus/otlptranslator). */
  @ParameterizedTest
  @CsvSource({
    "a.b, s, a_b_seconds",
    "a.seconds.b, s, a_seconds_b",
    "a.bytes, By/s, a_bytes_per_second",
    "speed, m/s, speed_meters_per_second",
    "calls, {call}/m, calls_per_minute",
    "size, By/{packet}, size_bytes",
    "cache.ratio, 1, cache_ratio",
    "ratio.of.hits, 1, of_hits_ratio",
    ".a..b_, '', a_b",
    "9lives, '', _9lives"
  })
  void aUnitStandsInANameOnce(String name, String unit, String shown) throws Exception {
    start("", 1 << 20);
    send(List.of(), gauge(name, unit, 7));
    assertThat(scrape("text/plain"))
        .anyMatch(line -> line.startsWith(shown + "{") && line.endsWith(" 7"));
  }

  @Test
  void metricsOfOneNameInTwoUnitsAreTwo() throws Exception {
    start("", 1 << 20);
    scopeVersion = "1.2";
    send(List.of(), gauge("took", "ms", 7), gauge("took", "s", 8));
    assertThat(scrape("text/plain"))
        .contains(
            "took_milliseconds{otel_scope_name=\"lib\",otel_scope_version=\"1.2\"} 7",
            "took_seconds{otel_scope_name=\"lib\",otel_scope_version=\"1.2\"} 8");
  }

  /** One label twice, and Prometheus takes nothing of the page. */
  @Test
  void noAttributeTakesALabelThatIsPrometheussOwn() throws Exception {
    start("", 1 << 20);
    Metric histogram = histogram(false, List.of(1L, 2L, 3L));
    Metric.Builder with = histogram.toBuilder();
    with.getHistogramBuilder().getDataPointsBuilder(0).addAttributes(attribute("le", "x"));
    send(
        List.of(),
        with.build(),
        gauge(
            "g",
            "",
            7,
            attribute("__name__", "other"),
            attribute("9", "n"),
            attribute("a..b", "c")));
    assertThat(scrape("text/plain"))
        .contains(
            "duration_seconds_bucket{exported_le=\"x\",otel_scope_name=\"lib\",le=\"0.1\"} 1",
            "g{a_b=\"c\",key_9=\"n\",key_name_=\"other\",otel_scope_name=\"lib\"} 7");
  }
}
