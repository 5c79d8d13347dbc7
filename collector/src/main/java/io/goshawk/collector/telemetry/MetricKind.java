// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import io.goshawk.spans.otlp.OtlpFields;
import org.jspecify.annotations.Nullable;

/** What a metric is: the member of {@code Metric.data}, and where its points have their fields. */
public enum MetricKind {
  GAUGE(OtlpFields.METRIC_GAUGE, OtlpFields.NUMBER_ATTRIBUTES, OtlpFields.NUMBER_EXEMPLARS),
  SUM(OtlpFields.METRIC_SUM, OtlpFields.NUMBER_ATTRIBUTES, OtlpFields.NUMBER_EXEMPLARS),
  HISTOGRAM(
      OtlpFields.METRIC_HISTOGRAM, OtlpFields.HISTOGRAM_ATTRIBUTES, OtlpFields.HISTOGRAM_EXEMPLARS),
  EXPONENTIAL_HISTOGRAM(
      OtlpFields.METRIC_EXPONENTIAL_HISTOGRAM,
      OtlpFields.EXPONENTIAL_ATTRIBUTES,
      OtlpFields.EXPONENTIAL_EXEMPLARS),
  /** Has no exemplars. */
  SUMMARY(OtlpFields.METRIC_SUMMARY, OtlpFields.SUMMARY_ATTRIBUTES, -1);

  private final int field;
  private final int attributes;
  private final int exemplars;

  MetricKind(int field, int attributes, int exemplars) {
    this.field = field;
    this.attributes = attributes;
    this.exemplars = exemplars;
  }

  /** The kind whose data stands in that field of a metric, or null if none does. */
  static @Nullable MetricKind of(int field) {
    for (MetricKind kind : values()) {
      if (kind.field == field) {
        return kind;
      }
    }
    return null;
  }

  /** The number of the metric's field that holds the data. */
  public int field() {
    return field;
  }

  /** The number of a point's field of attributes. */
  public int attributes() {
    return attributes;
  }

  /** The number of a point's field of exemplars; -1 if it has none. */
  public int exemplars() {
    return exemplars;
  }

  /** Whether a point's field of that number is a message, besides attributes and exemplars. */
  boolean isMessage(int number) {
    return switch (this) {
      case EXPONENTIAL_HISTOGRAM ->
          number == OtlpFields.EXPONENTIAL_POSITIVE || number == OtlpFields.EXPONENTIAL_NEGATIVE;
      case SUMMARY -> number == OtlpFields.SUMMARY_QUANTILES;
      default -> false;
    };
  }
}
