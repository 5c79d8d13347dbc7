// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;
import static io.goshawk.spans.otlp.ProtoBuffer.varintTag;

import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoBuffer;
import java.util.function.Consumer;

/** Encodes metrics of our own. */
public final class MetricWriter {
  /** {@code AggregationTemporality} of OTLP. */
  private static final int DELTA = 1;

  private static final int CUMULATIVE = 2;

  private MetricWriter() {}

  /**
   * A field {@code ScopeMetrics.metrics}.
   *
   * @param out is overwritten
   * @param kind a sum is one that only grows
   * @param delta whether its values count from the last time
   * @param points writes fields {@code data_points}, the last first
   */
  public static byte[] field(
      ProtoBuffer out,
      String name,
      String description,
      String unit,
      MetricKind kind,
      boolean delta,
      Consumer<ProtoBuffer> points) {
    out.clear();
    if (kind == MetricKind.SUM) {
      out.varint(1);
      out.tag(varintTag(OtlpFields.SUM_IS_MONOTONIC));
    }
    if (kind != MetricKind.GAUGE) {
      out.varint(delta ? DELTA : CUMULATIVE);
      out.tag(varintTag(OtlpFields.METRIC_TEMPORALITY));
    }
    points.accept(out);
    out.endOfField(lengthTag(kind.field()), 0);
    out.string(lengthTag(OtlpFields.METRIC_UNIT), unit);
    out.string(lengthTag(OtlpFields.METRIC_DESCRIPTION), description);
    out.string(lengthTag(OtlpFields.METRIC_NAME), name);
    out.endOfField(lengthTag(OtlpFields.SCOPE_SPANS_SPANS), 0);
    return out.toByteArray();
  }
}
