// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.aggregate;

import static io.goshawk.spans.otlp.ProtoBuffer.fixed64Tag;
import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;
import static io.goshawk.spans.otlp.ProtoBuffer.varintTag;

import io.goshawk.collector.telemetry.MetricKind;
import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoBuffer;

/**
 * Buckets (base^i, base^(i+1)] with base = 2^(2^-scale), as OpenTelemetry's metrics data model has
 * them ("ExponentialHistogram"). When what comes needs more buckets than there may be, neighbours
 * become one and the scale falls. Values are never negative.
 */
final class ExponentialHistogram extends HistogramSeries {
  /** As in OpenTelemetry's metrics SDK. */
  private static final int MAX_SCALE = 20;

  private final int maxBuckets;
  private int scale = MAX_SCALE;
  private long zeros;
  // Of the buckets from the first to the last that has something.
  private long[] counts = new long[0];
  private int first;
  private int size;

  ExponentialHistogram(int maxBuckets, Labels labels, int maxExemplars, long startEpochNanos) {
    super(labels, maxExemplars, startEpochNanos);
    this.maxBuckets = maxBuckets;
  }

  @Override
  void bucket(double value, long times) {
    if (!(value > 0)) {
      zeros += times;
      return;
    }
    int index = index(value);
    while (size > 0 && spread(index) > maxBuckets) {
      halve();
      index = index(value);
    }
    reach(index);
    counts[index - first] += times;
  }

  private long spread(int index) {
    return (long) Math.max(index, first + size - 1) - Math.min(index, first) + 1;
  }

  /** The bucket of a value, by the present scale. */
  private int index(double value) {
    int exponent = Math.getExponent(value);
    boolean power = value == Math.scalb(1.0, exponent);
    if (scale > 0) {
      // Exactly, where rounding could put it on either side of a bound.
      return power
          ? (exponent << scale) - 1
          : (int) Math.ceil(Math.log(value) * Math.scalb(1 / Math.log(2), scale)) - 1;
    }
    return (power ? exponent - 1 : exponent) >> -scale;
  }

  /** Neighbours become one bucket. */
  private void halve() {
    int newFirst = first >> 1;
    int newSize = (first + size - 1 >> 1) - newFirst + 1;
    long[] merged = new long[newSize];
    for (int i = 0; i < size; i++) {
      merged[(first + i >> 1) - newFirst] += counts[i];
    }
    counts = merged;
    first = newFirst;
    size = newSize;
    scale--;
  }

  /** Makes a bucket one of those that are counted. */
  private void reach(int index) {
    if (size == 0) {
      first = index;
      size = 1;
      counts = new long[1];
      return;
    }
    int newFirst = Math.min(first, index);
    int newSize = (int) spread(index);
    if (newFirst < first || newSize > counts.length) {
      long[] grown = new long[newSize];
      System.arraycopy(counts, 0, grown, first - newFirst, size);
      counts = grown;
    }
    first = newFirst;
    size = newSize;
  }

  @Override
  MetricKind kind() {
    return MetricKind.EXPONENTIAL_HISTOGRAM;
  }

  @Override
  long maxBytes() {
    return super.maxBytes() + (long) maxBuckets * Long.BYTES;
  }

  @Override
  void writeBuckets(ProtoBuffer out) {
    int before = out.length();
    for (int i = size - 1; i >= 0; i--) {
      out.varint(counts[i]);
    }
    out.endOfField(lengthTag(OtlpFields.BUCKETS_COUNTS), before);
    out.zigzag(first);
    out.tag(varintTag(OtlpFields.BUCKETS_OFFSET));
    out.endOfField(lengthTag(OtlpFields.EXPONENTIAL_POSITIVE), before);
    out.fixed64(fixed64Tag(OtlpFields.EXPONENTIAL_ZERO_COUNT), zeros);
    out.zigzag(scale);
    out.tag(varintTag(OtlpFields.EXPONENTIAL_SCALE));
  }
}
