// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.aggregate;

import static io.goshawk.spans.otlp.ProtoBuffer.fixed64Tag;

import io.goshawk.collector.telemetry.MetricKind;
import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoBuffer;

/** A count that only grows. */
final class SumSeries extends Series {
  private long sum;

  SumSeries(Labels labels, int maxExemplars, long startEpochNanos) {
    super(labels, maxExemplars, startEpochNanos);
  }

  @Override
  void add(double value, long times) {
    sum += Math.round(value) * times;
  }

  @Override
  MetricKind kind() {
    return MetricKind.SUM;
  }

  @Override
  void write(ProtoBuffer out) {
    out.fixed64(fixed64Tag(OtlpFields.NUMBER_INT), sum);
  }
}
