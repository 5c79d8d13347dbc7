// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.aggregate;

import static io.goshawk.collector.telemetry.EncodedBatches.metrics;
import static io.goshawk.collector.telemetry.EncodedBatches.sentMetrics;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.EncodedResource;
import io.goshawk.collector.telemetry.EncodedScope;
import io.goshawk.spans.otlp.ProtoBuffer;
import io.goshawk.testing.SeededCases;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.Base2ExponentialHistogramOptions;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.View;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class MetricStoreTest {
  private static final Instrument CALLS =
      new Instrument("calls", "Calls.", "{call}", new Instrument.Sum());
  private static final Instrument DURATION =
      new Instrument("duration", "Durations.", "s", new Instrument.Explicit(0.1, 1));
  private static final EncodedResource SHOP = resource("shop");

  private long nanos = 1_000;
  private long epoch = 1_700_000_000_000_000_000L;

  private static EncodedResource resource(String service) {
    return EncodedResource.of(
        Resource.create(Attributes.builder().put("service.name", service).build()));
  }

  private static Labels labels(String value) {
    return Labels.of(
        new ProtoBuffer(), List.of(Labels.key("operation")), new Value<?>[] {Value.of(value)});
  }

  private MetricStore store(boolean delta, long series, int resources, long bytes, long expires) {
    return new MetricStore(
        new MetricStore.Limits(
            EncodedScope.of(InstrumentationScopeInfo.create("test")),
            delta,
            series,
            resources,
            bytes,
            expires,
            2),
        () -> nanos,
        () -> epoch);
  }

  private static List<Metric> collect(MetricStore store) {
    List<Metric> all = new ArrayList<>();
    store.collect().forEach(batch -> all.addAll(metrics(batch)));
    return all;
  }

  private static List<HistogramDataPoint> histogram(MetricStore store) {
    return collect(store).stream()
        .filter(Metric::hasHistogram)
        .flatMap(metric -> metric.getHistogram().getDataPointsList().stream())
        .toList();
  }

  @Test
  void aValueOnABoundIsInTheBucketBelowIt() {
    MetricStore store = store(false, 0, 10, 1 << 20, 0);
    for (double value : new double[] {0, 0.1, 0.1000001, 1, 5}) {
      store.record(SHOP, DURATION, labels("GET"), value, 1, null);
    }
    HistogramDataPoint point = histogram(store).get(0);
    assertThat(point.getExplicitBoundsList()).containsExactly(0.1, 1.0);
    assertThat(point.getBucketCountsList()).containsExactly(2L, 2L, 1L);
    assertThat(point.getCount()).isEqualTo(5);
    assertThat(point.getSum()).isCloseTo(6.2000001, within(1e-9));
    assertThat(point.getMin()).isZero();
    assertThat(point.getMax()).isEqualTo(5);
    assertThat(point.getAttributes(0).getValue().getStringValue()).isEqualTo("GET");
  }

  /** As an aggregation in the kernel would hand it over. */
  @Test
  void manyMeasurementsAtOnceAreAsGoodAsOneByOne() {
    MetricStore atOnce = store(false, 0, 10, 1 << 20, 0);
    MetricStore oneByOne = store(false, 0, 10, 1 << 20, 0);
    atOnce.record(SHOP, CALLS, labels("GET"), 1, 70_000, null);
    atOnce.record(SHOP, DURATION, labels("GET"), 0.25, 70_000, null);
    for (int i = 0; i < 70_000; i++) {
      oneByOne.record(SHOP, CALLS, labels("GET"), 1, 1, null);
      oneByOne.record(SHOP, DURATION, labels("GET"), 0.25, 1, null);
    }
    assertThat(collect(atOnce)).isEqualTo(collect(oneByOne));
  }

  @Test
  void cumulativeValuesCountFromTheFirstMeasurementAndDeltaFromTheLastTime() {
    MetricStore cumulative = store(false, 0, 10, 1 << 20, 0);
    MetricStore delta = store(true, 0, 10, 1 << 20, 0);
    long start = epoch;
    for (int round = 1; round <= 3; round++) {
      for (MetricStore store : List.of(cumulative, delta)) {
        store.record(SHOP, CALLS, labels("GET"), 1, 2, null);
      }
      epoch += 1_000;
      Metric all = collect(cumulative).get(0);
      Metric last = collect(delta).get(0);
      assertThat(all.getSum().getIsMonotonic()).isTrue();
      assertThat(all.getSum().getAggregationTemporality())
          .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
      assertThat(last.getSum().getAggregationTemporality())
          .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA);
      assertPoint(all.getSum().getDataPoints(0), 2L * round, start, epoch);
      assertPoint(last.getSum().getDataPoints(0), 2, epoch - 1_000, epoch);
    }
    assertThat(collect(delta)).as("nothing was measured").isEmpty();
  }

  private static void assertPoint(NumberDataPoint point, long value, long start, long time) {
    assertThat(point.getAsInt()).isEqualTo(value);
    assertThat(point.getStartTimeUnixNano()).isEqualTo(start);
    assertThat(point.getTimeUnixNano()).isEqualTo(time);
  }

  @Test
  void aSeriesThatExpiresBeginsAnewWhenItComesBack() {
    MetricStore store = store(false, 0, 10, 1 << 20, 100);
    store.record(SHOP, CALLS, labels("old"), 1, 5, null);
    store.record(SHOP, CALLS, labels("used"), 1, 5, null);
    nanos += 60;
    store.record(SHOP, CALLS, labels("used"), 1, 1, null);
    nanos += 60;
    epoch += 500;
    assertThat(collect(store).get(0).getSum().getDataPointsList())
        .extracting(NumberDataPoint::getAsInt)
        .containsExactly(6L);
    store.record(SHOP, CALLS, labels("old"), 1, 1, null);
    assertPoint(collect(store).get(0).getSum().getDataPoints(1), 1, epoch, epoch);
    nanos += 100;
    assertThat(collect(store)).isEmpty();
    assertThat(store.seriesCount()).isZero();
  }

  @Test
  void exemplarsAreTheFirstSinceTheLastTime() {
    MetricStore store = store(false, 0, 10, 1 << 20, 0);
    for (int i = 1; i <= 3; i++) {
      store.record(SHOP, DURATION, labels("GET"), i, 1, new Exemplar(i, 2 * i, 3 * i, epoch + i));
    }
    HistogramDataPoint point = histogram(store).get(0);
    assertThat(point.getExemplarsCount()).isEqualTo(2);
    assertThat(point.getExemplars(1).getTraceId())
        .isEqualTo(
            ByteString.copyFrom(new byte[] {0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 4}));
    assertThat(point.getExemplars(1).getSpanId())
        .isEqualTo(ByteString.copyFrom(new byte[] {0, 0, 0, 0, 0, 0, 0, 6}));
    assertThat(point.getExemplars(1).getAsDouble()).isEqualTo(2);
    assertThat(point.getExemplars(1).getTimeUnixNano()).isEqualTo(epoch + 2);
    assertThat(histogram(store).get(0).getExemplarsList()).isEmpty();
  }

  @Test
  void whatIsBeyondTheMostSeriesIsInOneThatSaysSo() {
    MetricStore store = store(false, 3, 10, 1 << 20, 0);
    for (int i = 0; i < 10; i++) {
      store.record(SHOP, CALLS, labels("operation " + i), 1, 1, null);
    }
    store.record(SHOP, CALLS, labels("operation 1"), 1, 1, null);
    List<NumberDataPoint> points = collect(store).get(0).getSum().getDataPointsList();
    assertThat(points).extracting(NumberDataPoint::getAsInt).containsExactly(1L, 2L, 1L, 7L);
    assertThat(points.get(3).getAttributesList())
        .singleElement()
        .satisfies(
            attribute -> {
              assertThat(attribute.getKey()).isEqualTo("otel.metric.overflow");
              assertThat(attribute.getValue().getBoolValue()).isTrue();
            });
    assertThat(store.overflowed()).isEqualTo(7);
  }

  @Test
  void noNumberOfResourcesAndNoSizeOfLabelsTakesMoreThanItsMemory() {
    MetricStore few = store(false, 0, 2, 1 << 20, 0);
    MetricStore small = store(false, 0, 1_000_000, 50_000, 0);
    String huge = "x".repeat(100_000);
    for (int i = 0; i < 10_000; i++) {
      few.record(resource("service " + i), CALLS, labels("GET"), 1, 1, null);
    }
    for (int i = 0; i < 300; i++) {
      small.record(resource(huge + i), CALLS, labels("GET"), 1, 1, null);
      small.record(SHOP, DURATION, labels(i + huge), 1, 1, null);
    }
    assertThat(sentMetrics(EncodedBatch.concat(few.collect())).getResourceMetricsList())
        .as("two resources, and one for all others")
        .hasSize(3)
        .last()
        .satisfies(
            others -> {
              assertThat(others.getResource().getAttributesList()).isEmpty();
              assertThat(
                      others.getScopeMetrics(0).getMetrics(0).getSum().getDataPoints(0).getAsInt())
                  .isEqualTo(9_998);
            });
    long sent = small.collect().stream().mapToLong(EncodedBatch::requestBytes).sum();
    assertThat(sent).isLessThan(60_000);
    assertThat(
            collect(small).stream()
                .filter(Metric::hasSum)
                .mapToLong(metric -> metric.getSum().getDataPoints(0).getAsInt())
                .sum())
        .as("none is lost")
        .isEqualTo(300);
  }

  @Test
  void aLargeStoreIsSentInBatchesOfModerateSize() {
    MetricStore store = store(false, 0, 10, 64 << 20, 0);
    for (int i = 0; i < 20_000; i++) {
      store.record(SHOP, DURATION, labels("operation " + i), 1, 1, null);
    }
    List<EncodedBatch> batches = store.collect();
    assertThat(batches).hasSizeGreaterThan(5);
    assertThat(batches).allSatisfy(b -> assertThat(b.bytes()).isLessThan(512 * 1024));
    assertThat(batches.stream().mapToInt(EncodedBatch::size).sum()).isEqualTo(20_000);
  }

  /** The upper bound belongs to a bucket; where logarithms are rounded, it could be in the next. */
  @Test
  void aPowerOfTwoIsInTheBucketThatItBounds() {
    for (int exponent = -30; exponent < 30; exponent++) {
      MetricStore store = store(false, 0, 10, 1 << 20, 0);
      Instrument instrument = new Instrument("duration", "", "s", new Instrument.Exponential(160));
      store.record(SHOP, instrument, labels("GET"), Math.scalb(1.0, exponent), 1, null);
      ExponentialHistogramDataPoint point =
          collect(store).get(0).getExponentialHistogram().getDataPoints(0);
      assertThat(point.getPositive().getOffset()).isEqualTo((exponent << point.getScale()) - 1);
    }
  }

  /** OpenTelemetry's own histogram of the same measurements. */
  @Test
  void anExponentialHistogramIsWhatTheSdkMakes() {
    SeededCases.forEachSeed(50, this::assertAsTheSdk);
  }

  private void assertAsTheSdk(RandomGenerator random) {
    int buckets = random.nextInt(2, 200);
    double magnitude = random.nextDouble() * 12;
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      values.add(
          switch (random.nextInt(10)) {
            case 0 -> 0.0;
            default -> Math.pow(10, (random.nextDouble() - 0.5) * magnitude);
          });
    }
    MetricStore store = store(false, 0, 10, 1 << 20, 0);
    Instrument instrument =
        new Instrument("duration", "", "s", new Instrument.Exponential(buckets));
    values.forEach(value -> store.record(SHOP, instrument, labels("GET"), value, 1, null));
    ExponentialHistogramDataPoint ours =
        collect(store).get(0).getExponentialHistogram().getDataPoints(0);
    ExponentialHistogramPointData sdk = bySdk(values, buckets);
    assertThat(ours.getCount()).isEqualTo(sdk.getCount());
    assertThat(ours.getZeroCount()).isEqualTo(sdk.getZeroCount());
    assertThat(ours.getSum()).isCloseTo(sdk.getSum(), within(1e-6 * sdk.getSum()));
    assertThat(ours.getMin()).isEqualTo(sdk.getMin());
    assertThat(ours.getMax()).isEqualTo(sdk.getMax());
    assertThat(ours.getScale()).isEqualTo(sdk.getScale());
    assertThat(ours.getPositive().getOffset()).isEqualTo(sdk.getPositiveBuckets().getOffset());
    assertThat(ours.getPositive().getBucketCountsList())
        .isEqualTo(sdk.getPositiveBuckets().getBucketCounts());
    assertThat(ours.getNegative().getBucketCountsList()).isEmpty();
  }

  private static ExponentialHistogramPointData bySdk(List<Double> values, int buckets) {
    List<MetricData> exported = new ArrayList<>();
    MetricExporter exporter =
        new MetricExporter() {
          @Override
          public CompletableResultCode export(Collection<MetricData> metrics) {
            exported.addAll(metrics);
            return CompletableResultCode.ofSuccess();
          }

          @Override
          public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
          }

          @Override
          public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
          }

          @Override
          public io.opentelemetry.sdk.metrics.data.AggregationTemporality getAggregationTemporality(
              InstrumentType type) {
            return io.opentelemetry.sdk.metrics.data.AggregationTemporality.CUMULATIVE;
          }
        };
    try (SdkMeterProvider provider =
        SdkMeterProvider.builder()
            .registerMetricReader(
                PeriodicMetricReader.builder(exporter).setInterval(1, TimeUnit.HOURS).build())
            .registerView(
                InstrumentSelector.builder().setName("duration").build(),
                View.builder()
                    .setAggregation(
                        Aggregation.base2ExponentialBucketHistogram(
                            Base2ExponentialHistogramOptions.builder()
                                .setMaxBuckets(buckets)
                                .build()))
                    .build())
            .build()) {
      DoubleHistogram histogram = provider.get("test").histogramBuilder("duration").build();
      values.forEach(histogram::record);
      provider.forceFlush().join(10, TimeUnit.SECONDS);
      return exported.get(0).getExponentialHistogramData().getPoints().iterator().next();
    }
  }
}
