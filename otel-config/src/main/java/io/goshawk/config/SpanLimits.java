package io.goshawk.config;

/**
 * The most that a span may carry: {@code OTEL_SPAN_*}, {@code OTEL_ATTRIBUTE_*}.
 *
 * @param attributes attributes of a span
 * @param attributeValueLength characters of a text value; {@link Integer#MAX_VALUE} for no limit
 * @param events events of a span
 * @param links links of a span
 * @param attributesPerEvent attributes of an event
 * @param attributesPerLink attributes of a link
 */
public record SpanLimits(
    int attributes,
    int attributeValueLength,
    int events,
    int links,
    int attributesPerEvent,
    int attributesPerLink) {

  /** 128 of each, values of any length. */
  public static final SpanLimits DEFAULT =
      new SpanLimits(128, Integer.MAX_VALUE, 128, 128, 128, 128);

  /** Reads the variables; those for spans win over the general ones. */
  public static SpanLimits from(Environment environment) {
    int general = environment.number(0, "OTEL_ATTRIBUTE_COUNT_LIMIT").orElse(128);
    return new SpanLimits(
        environment.number(0, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT").orElse(general),
        environment
            .number(
                0, "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT")
            .orElse(Integer.MAX_VALUE),
        environment.number(0, "OTEL_SPAN_EVENT_COUNT_LIMIT").orElse(128),
        environment.number(0, "OTEL_SPAN_LINK_COUNT_LIMIT").orElse(128),
        environment.number(0, "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT").orElse(general),
        environment.number(0, "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT").orElse(general));
  }
}
