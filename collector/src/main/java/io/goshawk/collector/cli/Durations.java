// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads durations as Go writes them: {@code 500ms}, {@code 10s}, {@code 1h30m}. */
final class Durations implements ITypeConverter<Duration> {

  private static final Pattern PART = Pattern.compile("(\\d+)(ms|s|m|h)");

  @Override
  public Duration convert(String text) {
    Duration sum = Duration.ZERO;
    Matcher part = PART.matcher(text);
    int end = 0;
    while (part.find() && part.start() == end) {
      end = part.end();
      sum = sum.plus(part(part.group(1), part.group(2), text));
    }
    if (end != text.length() || sum.isZero()) {
      throw new TypeConversionException(
          "'" + text + "' is no duration; write for example 500ms, 10s or 1h30m");
    }
    return sum;
  }

  private static Duration part(String digits, String unit, String text) {
    try {
      long amount = Long.parseLong(digits);
      return switch (unit) {
        case "ms" -> Duration.ofMillis(amount);
        case "s" -> Duration.ofSeconds(amount);
        case "m" -> Duration.ofMinutes(amount);
        default -> Duration.ofHours(amount);
      };
    } catch (ArithmeticException | NumberFormatException e) {
      throw new TypeConversionException("'" + text + "' is longer than can be measured");
    }
  }
}
