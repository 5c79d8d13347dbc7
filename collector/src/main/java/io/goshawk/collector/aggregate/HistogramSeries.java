// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.aggregate;

import static io.goshawk.spans.otlp.ProtoBuffer.fixed64Tag;

import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoBuffer;

/** What all histograms know besides their buckets. */
abstract class HistogramSeries extends Series {
  private long count;
  private double sum;
  private double min = Double.POSITIVE_INFINITY;
  private double max = Double.NEGATIVE_INFINITY;

  HistogramSeries(Labels labels, int maxExemplars, long startEpochNanos) {
    super(labels, maxExemplars, startEpochNanos);
  }

  @Override
  final void add(double value, long times) {
    count += times;
    sum += value * times;
    min = Math.min(min, value);
    max = Math.max(max, value);
    bucket(value, times);
  }

  abstract void bucket(double value, long times);

  abstract void writeBuckets(ProtoBuffer out);

  @Override
  final void write(ProtoBuffer out) {
    boolean exponential = this instanceof ExponentialHistogram;
    real(out, exponential ? OtlpFields.EXPONENTIAL_MAX : OtlpFields.HISTOGRAM_MAX, max);
    real(out, exponential ? OtlpFields.EXPONENTIAL_MIN : OtlpFields.HISTOGRAM_MIN, min);
    writeBuckets(out);
    real(out, OtlpFields.POINT_SUM, sum);
    out.fixed64(fixed64Tag(OtlpFields.POINT_COUNT), count);
  }
}
