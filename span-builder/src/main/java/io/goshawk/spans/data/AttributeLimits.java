// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.data;

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
}
