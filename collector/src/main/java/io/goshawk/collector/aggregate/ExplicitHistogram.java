// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.aggregate;

import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;

import io.goshawk.collector.telemetry.MetricKind;
import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoBuffer;

/** Buckets with bounds that are given; a value that is one is in the bucket below it. */
final class ExplicitHistogram extends HistogramSeries {
  private final double[] bounds;
  private final long[] counts;

  ExplicitHistogram(double[] bounds, Labels labels, int maxExemplars, long startEpochNanos) {
    super(labels, maxExemplars, startEpochNanos);
    this.bounds = bounds;
    this.counts = new long[bounds.length + 1];
  }

  @Override
  void bucket(double value, long times) {
    int bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]) {
      bucket++;
    }
    counts[bucket] += times;
  }

  @Override
  MetricKind kind() {
    return MetricKind.HISTOGRAM;
  }

  @Override
  long maxBytes() {
    return super.maxBytes() + (long) counts.length * Long.BYTES;
  }

  @Override
  void writeBuckets(ProtoBuffer out) {
    int before = out.length();
    for (int i = bounds.length - 1; i >= 0; i--) {
      out.fixed64(Double.doubleToRawLongBits(bounds[i]));
    }
    out.endOfField(lengthTag(OtlpFields.HISTOGRAM_BOUNDS), before);
    before = out.length();
    for (int i = counts.length - 1; i >= 0; i--) {
      out.fixed64(counts[i]);
    }
    out.endOfField(lengthTag(OtlpFields.HISTOGRAM_BUCKET_COUNTS), before);
  }
}
