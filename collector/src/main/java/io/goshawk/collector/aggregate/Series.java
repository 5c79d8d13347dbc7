// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.aggregate;

import static io.goshawk.spans.otlp.ProtoBuffer.fixed64Tag;
import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;

import io.goshawk.collector.telemetry.MetricKind;
import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoBuffer;
import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was measured of one series since its start. */
abstract class Series {
  /** An object, its fields, and its entry in a map; about. */
  private static final int OVERHEAD_BYTES = 200;

  private static final int EXEMPLAR_BYTES = 72;

  private record Kept(Exemplar span, double value) {}

  private final Labels labels;
  private final int maxExemplars;
  private final List<Kept> exemplars = new ArrayList<>(0);
  private final long startEpochNanos;
  private long lastNanos;

  Series(Labels labels, int maxExemplars, long startEpochNanos) {
    this.labels = labels;
    this.maxExemplars = maxExemplars;
    this.startEpochNanos = startEpochNanos;
  }

  static Series of(Instrument.Shape shape, Labels labels, int maxExemplars, long startEpochNanos) {
    if (shape instanceof Instrument.Explicit explicit) {
      return new ExplicitHistogram(explicit.bounds(), labels, maxExemplars, startEpochNanos);
    }
    if (shape instanceof Instrument.Exponential exponential) {
      return new ExponentialHistogram(
          exponential.maxBuckets(), labels, maxExemplars, startEpochNanos);
    }
    return new SumSeries(labels, maxExemplars, startEpochNanos);
  }

  final void record(double value, long times, @Nullable Exemplar exemplar, long nowNanos) {
    lastNanos = nowNanos;
    add(value, times);
    if (exemplar != null && exemplars.size() < maxExemplars) {
      exemplars.add(new Kept(exemplar, value));
    }
  }

  abstract void add(double value, long times);

  abstract MetricKind kind();

  /** Writes what is its kind's own of a point. */
  abstract void write(ProtoBuffer out);

  /** The most memory that it takes. */
  long maxBytes() {
    return OVERHEAD_BYTES + labels.encoded().length + (long) maxExemplars * EXEMPLAR_BYTES;
  }

  /** When something was measured last, see {@link System#nanoTime()}. */
  final long lastNanos() {
    return lastNanos;
  }

  /** From now on other spans stand for what is measured. */
  final void clearExemplars() {
    exemplars.clear();
  }

  /** Writes a field {@code data_points}. */
  final void writePoint(ProtoBuffer out, long nowEpochNanos) {
    int before = out.length();
    for (int i = exemplars.size() - 1; i >= 0; i--) {
      write(out, exemplars.get(i));
    }
    write(out);
    out.fixed64(fixed64Tag(OtlpFields.POINT_TIME), nowEpochNanos);
    out.fixed64(fixed64Tag(OtlpFields.POINT_START), startEpochNanos);
    writeLabels(out);
    out.endOfField(lengthTag(OtlpFields.METRIC_DATA_POINTS), before);
  }

  private void write(ProtoBuffer out, Kept exemplar) {
    int before = out.length();
    Exemplar span = exemplar.span();
    out.id(lengthTag(OtlpFields.EXEMPLAR_TRACE_ID), span.traceHigh(), span.traceLow());
    out.id(lengthTag(OtlpFields.EXEMPLAR_SPAN_ID), span.spanId());
    real(out, OtlpFields.EXEMPLAR_DOUBLE, exemplar.value());
    out.fixed64(fixed64Tag(OtlpFields.EXEMPLAR_TIME), span.epochNanos());
    out.endOfField(lengthTag(kind().exemplars()), before);
  }

  /** The labels, under the number that this kind of point has them. */
  private void writeLabels(ProtoBuffer out) {
    List<byte[]> pairs = new ArrayList<>();
    try {
      for (ProtoReader fields = new ProtoReader(labels.encoded()); fields.next(); ) {
        pairs.add(fields.bytes());
      }
    } catch (MalformedException e) {
      throw new IllegalStateException("labels of our own cannot be read", e);
    }
    for (int i = pairs.size() - 1; i >= 0; i--) {
      int before = out.length();
      out.raw(pairs.get(i));
      out.endOfField(lengthTag(kind().attributes()), before);
    }
  }

  static void real(ProtoBuffer out, int field, double value) {
    out.fixed64(fixed64Tag(field), Double.doubleToRawLongBits(value));
  }
}
