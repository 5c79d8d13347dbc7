// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

/**
 * The most that a span may carry: {@code OTEL_SPAN_ATTRIBUTE_*}, {@code OTEL_ATTRIBUTE_*}.
 *
 * @param attributes attributes of a span
 * @param attributeValueLength characters of a text value; {@link Integer#MAX_VALUE} for no limit
 */
public record SpanLimits(int attributes, int attributeValueLength) {

  /** 128 attributes, values of any length: the defaults of the OpenTelemetry specification. */
  public static final SpanLimits DEFAULT = new SpanLimits(128, Integer.MAX_VALUE);

  /** Reads the variables; those for spans win over the general ones. */
  public static SpanLimits from(Environment environment) {
    return new SpanLimits(
        environment
            .number(0, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT")
            .orElse(DEFAULT.attributes),
        environment
            .number(
                0, "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT")
            .orElse(DEFAULT.attributeValueLength));
  }
}
