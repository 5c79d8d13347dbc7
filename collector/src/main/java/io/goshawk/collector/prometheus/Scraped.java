// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.prometheus;

import io.goshawk.collector.prometheus.PrometheusText.Exemplar;
import io.goshawk.collector.prometheus.PrometheusText.Type;
import io.goshawk.collector.telemetry.Metric;
import io.goshawk.collector.telemetry.Metric.PointValue;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.TraceId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What came last of a series, summed up where it counts from the last time. Immutable. */
record Scraped(PointValue value, long epochNanos, List<Exemplar> exemplars) {

  /** The first of a series. */
  static Scraped of(Metric.Point point) {
    List<Exemplar> exemplars = new ArrayList<>();
    for (Metric.PointExemplar exemplar : point.exemplars()) {
      if ((exemplar.traceHigh() | exemplar.traceLow()) != 0) {
        exemplars.add(
            new Exemplar(
                exemplar.value(),
                exemplar.epochNanos(),
                TraceId.fromLongs(exemplar.traceHigh(), exemplar.traceLow()),
                SpanId.fromLong(exemplar.spanId())));
      }
    }
    return new Scraped(
        point.value() instanceof Metric.ExponentialBuckets exponential
            ? powersOfTwo(exponential)
            : point.value(),
        point.epochNanos(),
        exemplars);
  }

  /** The next of a series that counts from the last time, added to what there is. */
  Scraped plus(Scraped next) {
    if (value instanceof Metric.Number before && next.value instanceof Metric.Number more) {
      return next.with(new Metric.Number(before.value() + more.value()));
    }
    if (value instanceof Metric.Buckets before && next.value instanceof Metric.Buckets more) {
      return next.with(sum(before, more));
    }
    return next;
  }

  private Scraped with(PointValue sum) {
    return new Scraped(sum, epochNanos, exemplars);
  }

  /** With the bounds of both, between which nothing can be told apart that was not before. */
  private static Metric.Buckets sum(Metric.Buckets a, Metric.Buckets b) {
    Map<Double, Long> counts = new TreeMap<>();
    for (Metric.Buckets each : List.of(a, b)) {
      for (int i = 0; i < each.counts().length; i++) {
        double bound = i < each.bounds().length ? each.bounds()[i] : Double.POSITIVE_INFINITY;
        counts.merge(bound, each.counts()[i], Long::sum);
      }
    }
    counts.putIfAbsent(Double.POSITIVE_INFINITY, 0L);
    return new Metric.Buckets(
        a.count() + b.count(),
        a.sum().isPresent() && b.sum().isPresent()
            ? OptionalDouble.of(a.sum().getAsDouble() + b.sum().getAsDouble())
            : OptionalDouble.empty(),
        counts.keySet().stream()
            .mapToDouble(Double::doubleValue)
            .filter(bound -> bound < Double.POSITIVE_INFINITY)
            .toArray(),
        counts.values().stream().mapToLong(Long::longValue).toArray());
  }

  /**
   * Text has no exponential histograms: buckets that end at powers of two can be made of those of
   * any scale, and stay the same when the scale changes. A scale below 0 has not all of them.
   */
  private static Metric.Buckets powersOfTwo(Metric.ExponentialBuckets exponential) {
    Map<Double, Long> counts = new TreeMap<>();
    long below = exponential.zeros() + Arrays.stream(exponential.negative()).sum();
    if (below > 0) {
      counts.put(exponential.zeroThreshold(), below);
    }
    for (int i = 0; i < exponential.positive().length; i++) {
      if (exponential.positive()[i] > 0) {
        counts.merge(
            upperPower(exponential.positiveOffset() + (long) i, exponential.scale()),
            exponential.positive()[i],
            Long::sum);
      }
    }
    counts.putIfAbsent(Double.POSITIVE_INFINITY, 0L);
    return new Metric.Buckets(
        exponential.count(),
        exponential.sum(),
        counts.keySet().stream()
            .mapToDouble(Double::doubleValue)
            .filter(bound -> bound < Double.POSITIVE_INFINITY)
            .toArray(),
        counts.values().stream().mapToLong(Long::longValue).toArray());
  }

  /** The least power of two that is no less than the upper bound of a bucket. */
  private static double upperPower(long index, int scale) {
    // The bound is 2^((index + 1) / 2^scale).
    double exponent = Math.ceil(Math.scalb((double) (index + 1), -scale));
    return exponent > 1023 ? Double.POSITIVE_INFINITY : Math.scalb(1.0, (int) exponent);
  }

  /**
   * Writes it as the lines that it is.
   *
   * @param text knows the format
   * @param to what they are added to
   */
  void write(
      PrometheusText text,
      StringBuilder to,
      String name,
      Type type,
      List<String> labels,
      boolean timestamps) {
    long time = timestamps ? epochNanos : 0;
    if (value instanceof Metric.Number number) {
      Exemplar last = type == Type.COUNTER ? exemplar(-1, Double.POSITIVE_INFINITY) : null;
      text.sample(to, name, labels, null, number.value(), time, last);
    } else if (value instanceof Metric.Buckets buckets) {
      write(text, to, name, labels, buckets, time);
    } else if (value instanceof Metric.Quantiles quantiles) {
      for (int i = 0; i < quantiles.quantiles().length; i++) {
        String[] quantile = {"quantile", PrometheusText.number(quantiles.quantiles()[i])};
        text.sample(to, name, labels, quantile, quantiles.values()[i], time, null);
      }
      text.sample(to, name + "_sum", labels, null, quantiles.sum(), time, null);
      text.sample(to, name + "_count", labels, null, quantiles.count(), time, null);
    }
  }

  private void write(
      PrometheusText text,
      StringBuilder to,
      String name,
      List<String> labels,
      Metric.Buckets buckets,
      long time) {
    long below = 0;
    double lower = Double.NEGATIVE_INFINITY;
    for (int i = 0; i <= buckets.bounds().length; i++) {
      boolean last = i == buckets.bounds().length;
      double bound = last ? Double.POSITIVE_INFINITY : buckets.bounds()[i];
      below += i < buckets.counts().length ? buckets.counts()[i] : 0;
      // What a sender says of the sum of all is what counts where its buckets say otherwise.
      text.sample(
          to,
          name + "_bucket",
          labels,
          new String[] {"le", PrometheusText.number(bound)},
          last ? buckets.count() : below,
          time,
          exemplar(lower, bound));
      lower = bound;
    }
    if (buckets.sum().isPresent()) {
      text.sample(to, name + "_sum", labels, null, buckets.sum().getAsDouble(), time, null);
    }
    text.sample(to, name + "_count", labels, null, buckets.count(), time, null);
  }

  /** The last that is above one value and not above another. */
  private @Nullable Exemplar exemplar(double above, double to) {
    Exemplar found = null;
    for (Exemplar exemplar : exemplars) {
      if (exemplar.value() > above && exemplar.value() <= to) {
        found = exemplar;
      }
    }
    return found;
  }
}
