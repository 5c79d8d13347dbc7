// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import io.opentelemetry.api.common.KeyValue;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A metric of a batch, decoded: for who shows metrics, where handing them on needs none of it.
 *
 * @param kind what it is; null if it has no data that is known
 * @param delta whether its values count from the last time, and not from a beginning
 * @param monotonic of a sum, whether it only grows
 */
public record Metric(
    String name,
    String description,
    String unit,
    @Nullable MetricKind kind,
    boolean delta,
    boolean monotonic,
    List<Point> points) {

  /** {@code AggregationTemporality}. */
  private static final int DELTA = 1;

  /** {@code DataPointFlags}: there was nothing to report. */
  private static final int NO_RECORDED_VALUE = 1;

  /**
   * A data point.
   *
   * @param noValue whether it only says that there is no value any longer
   */
  public record Point(
      List<KeyValue> attributes,
      long startEpochNanos,
      long epochNanos,
      boolean noValue,
      PointValue value,
      List<PointExemplar> exemplars) {}

  /** What a point has measured. */
  public sealed interface PointValue {}

  /** Of a gauge or a sum. */
  public record Number(double value) implements PointValue {}

  /**
   * Of a histogram.
   *
   * @param bounds upper ones of all buckets but the last
   */
  public record Buckets(long count, OptionalDouble sum, double[] bounds, long[] counts)
      implements PointValue {}

  /** Of an exponential histogram; each side has buckets from an offset on. */
  public record ExponentialBuckets(
      long count,
      OptionalDouble sum,
      int scale,
      long zeros,
      double zeroThreshold,
      int positiveOffset,
      long[] positive,
      int negativeOffset,
      long[] negative)
      implements PointValue {}

  /** Of a summary. */
  public record Quantiles(long count, double sum, double[] quantiles, double[] values)
      implements PointValue {}

  /** A measurement that stands for many; without a trace if its id is 0. */
  public record PointExemplar(
      double value, long epochNanos, long traceHigh, long traceLow, long spanId) {}

  /** Reads one that a batch has shown ({@link EncodedBatch#forEachMessage}). */
  public static Metric read(byte[] bytes, int from, int to) {
    try {
      return read(new ProtoReader(bytes, from, to - from));
    } catch (MalformedException e) {
      throw new IllegalStateException("a metric that was checked cannot be read", e);
    }
  }

  private static Metric read(ProtoReader metric) throws MalformedException {
    String name = "";
    String description = "";
    String unit = "";
    MetricKind kind = null;
    boolean delta = false;
    boolean monotonic = false;
    List<Point> points = new ArrayList<>();
    while (metric.next()) {
      MetricKind found = MetricKind.of(metric.field());
      switch (metric.field()) {
        case OtlpFields.METRIC_NAME -> name = metric.text();
        case OtlpFields.METRIC_DESCRIPTION -> description = metric.text();
        case OtlpFields.METRIC_UNIT -> unit = metric.text();
        default -> {
          if (found != null) {
            kind = found;
            for (ProtoReader data = metric.message(); data.next(); ) {
              switch (data.field()) {
                case OtlpFields.METRIC_DATA_POINTS -> points.add(point(kind, data));
                case OtlpFields.METRIC_TEMPORALITY -> delta = data.number() == DELTA;
                case OtlpFields.SUM_IS_MONOTONIC -> monotonic = data.number() != 0;
                default -> {
                  // Nothing that is shown.
                }
              }
            }
          }
        }
      }
    }
    return new Metric(name, description, unit, kind, delta, monotonic, points);
  }

  private static Point point(MetricKind kind, ProtoReader field) throws MalformedException {
    List<KeyValue> attributes = new ArrayList<>();
    List<PointExemplar> exemplars = new ArrayList<>();
    long start = 0;
    long time = 0;
    long flags = 0;
    int flagsField =
        switch (kind) {
          case GAUGE, SUM -> OtlpFields.NUMBER_FLAGS;
          case HISTOGRAM -> OtlpFields.HISTOGRAM_FLAGS;
          case EXPONENTIAL_HISTOGRAM -> OtlpFields.EXPONENTIAL_FLAGS;
          case SUMMARY -> OtlpFields.SUMMARY_FLAGS;
        };
    for (ProtoReader point = field.message(); point.next(); ) {
      if (point.field() == kind.attributes()) {
        attributes.add(AnyValues.pair(point.message()));
      } else if (point.field() == kind.exemplars()) {
        exemplars.add(exemplar(point.message()));
      } else if (point.field() == OtlpFields.POINT_START) {
        start = point.number();
      } else if (point.field() == OtlpFields.POINT_TIME) {
        time = point.number();
      } else if (point.field() == flagsField) {
        flags = point.number();
      }
    }
    return new Point(
        attributes,
        start,
        time,
        (flags & NO_RECORDED_VALUE) != 0,
        switch (kind) {
          case GAUGE, SUM -> number(field.message());
          case HISTOGRAM -> buckets(field);
          case EXPONENTIAL_HISTOGRAM -> exponential(field.message());
          case SUMMARY -> quantiles(field.message());
        },
        exemplars);
  }

  private static PointExemplar exemplar(ProtoReader exemplar) throws MalformedException {
    double value = 0;
    long time = 0;
    long high = 0;
    long low = 0;
    long span = 0;
    while (exemplar.next()) {
      switch (exemplar.field()) {
        case OtlpFields.EXEMPLAR_DOUBLE -> value = Double.longBitsToDouble(exemplar.number());
        case OtlpFields.EXEMPLAR_INT -> value = exemplar.number();
        case OtlpFields.EXEMPLAR_TIME -> time = exemplar.number();
        case OtlpFields.EXEMPLAR_TRACE_ID -> {
          if (exemplar.isBytes(OtlpFields.EXEMPLAR_TRACE_ID) && exemplar.length() == 16) {
            high = exemplar.id(0);
            low = exemplar.id(Long.BYTES);
          }
        }
        case OtlpFields.EXEMPLAR_SPAN_ID -> {
          if (exemplar.isBytes(OtlpFields.EXEMPLAR_SPAN_ID) && exemplar.length() == Long.BYTES) {
            span = exemplar.id(0);
          }
        }
        default -> {
          // Attributes that are no labels are not shown.
        }
      }
    }
    return new PointExemplar(value, time, high, low, span);
  }

  private static Number number(ProtoReader point) throws MalformedException {
    double value = 0;
    while (point.next()) {
      if (point.field() == OtlpFields.NUMBER_DOUBLE) {
        value = Double.longBitsToDouble(point.number());
      } else if (point.field() == OtlpFields.NUMBER_INT) {
        value = point.number();
      }
    }
    return new Number(value);
  }

  private static Buckets buckets(ProtoReader field) throws MalformedException {
    long count = 0;
    OptionalDouble sum = OptionalDouble.empty();
    for (ProtoReader point = field.message(); point.next(); ) {
      if (point.field() == OtlpFields.POINT_COUNT) {
        count = point.number();
      } else if (point.field() == OtlpFields.POINT_SUM) {
        sum = OptionalDouble.of(Double.longBitsToDouble(point.number()));
      }
    }
    return new Buckets(
        count,
        sum,
        Repeated.doubles(field.message(), OtlpFields.HISTOGRAM_BOUNDS),
        Repeated.fixed64(field.message(), OtlpFields.HISTOGRAM_BUCKET_COUNTS));
  }

  private record Side(int offset, long[] counts) {
    static final Side NONE = new Side(0, new long[0]);

    static Side read(ProtoReader field) throws MalformedException {
      int offset = 0;
      for (ProtoReader buckets = field.message(); buckets.next(); ) {
        if (buckets.isNumber(OtlpFields.BUCKETS_OFFSET)) {
          offset = (int) Repeated.signed(buckets.number());
        }
      }
      return new Side(offset, Repeated.varints(field.message(), OtlpFields.BUCKETS_COUNTS));
    }
  }

  private static ExponentialBuckets exponential(ProtoReader point) throws MalformedException {
    long count = 0;
    OptionalDouble sum = OptionalDouble.empty();
    int scale = 0;
    long zeros = 0;
    double threshold = 0;
    Side positive = Side.NONE;
    Side negative = Side.NONE;
    while (point.next()) {
      switch (point.field()) {
        case OtlpFields.POINT_COUNT -> count = point.number();
        case OtlpFields.POINT_SUM ->
            sum = OptionalDouble.of(Double.longBitsToDouble(point.number()));
        case OtlpFields.EXPONENTIAL_SCALE -> scale = (int) Repeated.signed(point.number());
        case OtlpFields.EXPONENTIAL_ZERO_COUNT -> zeros = point.number();
        case OtlpFields.EXPONENTIAL_ZERO_THRESHOLD ->
            threshold = Double.longBitsToDouble(point.number());
        case OtlpFields.EXPONENTIAL_POSITIVE -> positive = Side.read(point);
        case OtlpFields.EXPONENTIAL_NEGATIVE -> negative = Side.read(point);
        default -> {
          // Not of the value.
        }
      }
    }
    return new ExponentialBuckets(
        count,
        sum,
        scale,
        zeros,
        threshold,
        positive.offset(),
        positive.counts(),
        negative.offset(),
        negative.counts());
  }

  private static Quantiles quantiles(ProtoReader point) throws MalformedException {
    long count = 0;
    double sum = 0;
    List<double[]> pairs = new ArrayList<>();
    while (point.next()) {
      if (point.field() == OtlpFields.POINT_COUNT) {
        count = point.number();
      } else if (point.field() == OtlpFields.POINT_SUM) {
        sum = Double.longBitsToDouble(point.number());
      } else if (point.isBytes(OtlpFields.SUMMARY_QUANTILES)) {
        double[] pair = new double[2];
        for (ProtoReader quantile = point.message(); quantile.next(); ) {
          if (quantile.field() == OtlpFields.QUANTILE_QUANTILE) {
            pair[0] = Double.longBitsToDouble(quantile.number());
          } else if (quantile.field() == OtlpFields.QUANTILE_VALUE) {
            pair[1] = Double.longBitsToDouble(quantile.number());
          }
        }
        pairs.add(pair);
      }
    }
    return new Quantiles(
        count,
        sum,
        pairs.stream().mapToDouble(pair -> pair[0]).toArray(),
        pairs.stream().mapToDouble(pair -> pair[1]).toArray());
  }
}
