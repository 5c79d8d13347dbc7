// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.JsonFormat;
import io.goshawk.collector.telemetry.EncodedBatches;
import io.goshawk.collector.testing.EncodedSpans;
import io.goshawk.collector.testing.RandomSpans;
import io.goshawk.testing.SeededCases;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Exemplar;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogram;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint.Buckets;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Histogram;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.metrics.v1.Summary;
import io.opentelemetry.proto.metrics.v1.SummaryDataPoint;
import io.opentelemetry.proto.metrics.v1.SummaryDataPoint.ValueAtQuantile;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Our JSON, read by Protocol Buffers' own parser, is the message that the SDK writes in binary. */
class OtlpJsonWriterPropertyTest {
  private static final Pattern HEX_ID =
      Pattern.compile("\"(traceId|spanId|parentSpanId)\":\"([0-9a-f]+)\"");

  /** One writer for all tries: a try must not see what the one before left in the buffer. */
  private static final OtlpJsonWriter WRITER = new OtlpJsonWriter();

  @Test
  void isTheSameMessageAsTheBinaryOne() {
    SeededCases.forEachSeed(300, OtlpJsonWriterPropertyTest::assertSameMessage);
  }

  @Test
  void metricsAreTheSameMessageAsTheBinaryOne() throws IOException {
    ExportMetricsServiceRequest request = everyKindOfMetric();
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    WRITER.write(EncodedBatches.of(request), text);
    ExportMetricsServiceRequest.Builder read = ExportMetricsServiceRequest.newBuilder();
    JsonFormat.parser().merge(withBase64Ids(text.toString(StandardCharsets.UTF_8)), read);
    assertThat(read.build()).isEqualTo(request);
  }

  private static ExportMetricsServiceRequest everyKindOfMetric() {
    Exemplar exemplar =
        Exemplar.newBuilder()
            .setTraceId(
                ByteString.copyFrom(
                    new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, -1}))
            .setSpanId(ByteString.copyFrom(new byte[] {1, 2, 3, 4, 5, 6, 7, -8}))
            .setAsDouble(2.5)
            .setTimeUnixNano(7)
            .addFilteredAttributes(EncodedBatches.attribute("k", "v"))
            .build();
    NumberDataPoint number =
        NumberDataPoint.newBuilder()
            .addAttributes(EncodedBatches.attribute("a", "b"))
            .setStartTimeUnixNano(1)
            .setTimeUnixNano(2)
            .setAsDouble(-0.5)
            .addExemplars(exemplar)
            .setFlags(1)
            .build();
    ScopeMetrics.Builder scope =
        ScopeMetrics.newBuilder()
            .setScope(InstrumentationScope.newBuilder().setName("lib"))
            .addMetrics(
                Metric.newBuilder()
                    .setName("gauge")
                    .setDescription("what")
                    .setUnit("By")
                    .addMetadata(EncodedBatches.attribute("m", 1))
                    .setGauge(Gauge.newBuilder().addDataPoints(number)))
            .addMetrics(
                Metric.newBuilder()
                    .setName("sum")
                    .setSum(
                        Sum.newBuilder()
                            .setIsMonotonic(true)
                            .setAggregationTemporality(
                                AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA)
                            .addDataPoints(number.toBuilder().setAsInt(-3))
                            .addDataPoints(number)))
            .addMetrics(
                Metric.newBuilder()
                    .setName("histogram")
                    .setHistogram(
                        Histogram.newBuilder()
                            .setAggregationTemporality(
                                AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE)
                            .addDataPoints(
                                HistogramDataPoint.newBuilder()
                                    .addAttributes(EncodedBatches.attribute("a", "b"))
                                    .setTimeUnixNano(2)
                                    .setCount(3)
                                    .setSum(1.5)
                                    .addAllBucketCounts(List.of(1L, 2L))
                                    .addExplicitBounds(0.5)
                                    .setMin(0.25)
                                    .setMax(0.75)
                                    .addExemplars(exemplar))))
            .addMetrics(
                Metric.newBuilder()
                    .setName("exponential")
                    .setExponentialHistogram(
                        ExponentialHistogram.newBuilder()
                            .addDataPoints(
                                ExponentialHistogramDataPoint.newBuilder()
                                    .setTimeUnixNano(2)
                                    .setCount(3)
                                    .setSum(1.5)
                                    .setScale(-2)
                                    .setZeroCount(1)
                                    .setZeroThreshold(0.125)
                                    .setPositive(
                                        Buckets.newBuilder()
                                            .setOffset(-7)
                                            .addAllBucketCounts(List.of(1L, 300L)))
                                    .setNegative(
                                        Buckets.newBuilder().setOffset(4).addBucketCounts(1))
                                    .setMin(-1)
                                    .setMax(4))))
            .addMetrics(
                Metric.newBuilder()
                    .setName("summary")
                    .setSummary(
                        Summary.newBuilder()
                            .addDataPoints(
                                SummaryDataPoint.newBuilder()
                                    .setTimeUnixNano(2)
                                    .setCount(3)
                                    .setSum(1.5)
                                    .addQuantileValues(
                                        ValueAtQuantile.newBuilder()
                                            .setQuantile(0.5)
                                            .setValue(0.75)))));
    return ExportMetricsServiceRequest.newBuilder()
        .addResourceMetrics(
            ResourceMetrics.newBuilder()
                .setResource(
                    Resource.newBuilder()
                        .addAttributes(EncodedBatches.attribute("service.name", "shop")))
                .addScopeMetrics(scope))
        .build();
  }

  private static void assertSameMessage(RandomGenerator random) throws IOException {
    List<SpanData> spans = RandomSpans.someOfTheAgents(random);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    WRITER.write(EncodedSpans.of(spans), text);

    assertThat(SentSpans.normalised(parse(text.toString(StandardCharsets.UTF_8))))
        .isEqualTo(
            SentSpans.normalised(ExportTraceServiceRequest.parseFrom(SentSpans.bySdk(spans))));
  }

  /** OTLP writes ids in hexadecimal where Protocol Buffers' JSON has base64. */
  private static ExportTraceServiceRequest parse(String json) throws IOException {
    ExportTraceServiceRequest.Builder request = ExportTraceServiceRequest.newBuilder();
    JsonFormat.parser().merge(withBase64Ids(json), request);
    return request.build();
  }

  private static String withBase64Ids(String json) {
    return HEX_ID
        .matcher(json)
        .replaceAll(
            match ->
                "\""
                    + match.group(1)
                    + "\":\""
                    + Base64.getEncoder().encodeToString(HexFormat.of().parseHex(match.group(2)))
                    + "\"");
  }
}
