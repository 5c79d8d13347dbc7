package io.goshawk.spans.data;

import java.util.Map;

/**
 * How much a span may say.
 *
 * @param count attributes of a span; what comes later is dropped and counted
 * @param valueLength characters of a string value, or of each string in an array; what is longer is
 *     cut
 */
public record AttributeLimits(int count, int valueLength) {

  /** 128 attributes of any length: the defaults of the OpenTelemetry SDK specification. */
  public static final AttributeLimits DEFAULT = new AttributeLimits(128, Integer.MAX_VALUE);

  public AttributeLimits {
    if (count < 0 || valueLength < 0) {
      throw new IllegalArgumentException(
          "limits are not negative: count %d, value length %d".formatted(count, valueLength));
    }
  }

  /**
   * Limits from {@code OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT}, {@code
   * OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT} and, where those are not set, {@code
   * OTEL_ATTRIBUTE_COUNT_LIMIT} and {@code OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT}. Empty is not set.
   *
   * @throws IllegalArgumentException naming the variable, if its value is no whole number from 0
   */
  public static AttributeLimits fromEnvironment(Map<String, String> environment) {
    return new AttributeLimits(
        limit(environment, "ATTRIBUTE_COUNT_LIMIT", DEFAULT.count),
        limit(environment, "ATTRIBUTE_VALUE_LENGTH_LIMIT", DEFAULT.valueLength));
  }

  private static int limit(Map<String, String> environment, String name, int otherwise) {
    for (String variable : new String[] {"OTEL_SPAN_" + name, "OTEL_" + name}) {
      String value = environment.getOrDefault(variable, "").trim();
      if (value.isEmpty()) {
        continue;
      }
      try {
        int limit = Integer.parseInt(value);
        if (limit >= 0) {
          return limit;
        }
      } catch (NumberFormatException e) {
        // Said below, as for a negative number.
      }
      throw new IllegalArgumentException(
          "%s=%s: expected a whole number from 0".formatted(variable, value));
    }
    return otherwise;
  }
}
