// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import java.time.Duration;

/**
 * How long and how often a request is tried again. The defaults are those of the OpenTelemetry
 * Collector's {@code retry_on_failure}.
 *
 * @param initial the first pause
 * @param multiplier by which each pause grows
 * @param max the longest pause, unless the backend asks for a longer one, which does not count in
 *     {@code elapsed}
 * @param elapsed the time from the first try after which it is given up; zero for never
 * @param jitter the share of a pause by which it varies at random, to either side; 0 to 1
 */
public record RetrySettings(
    Duration initial, double multiplier, Duration max, Duration elapsed, double jitter) {

  /** A backend that asks to be left alone for longer is asked again after that time. */
  public static final Duration LONGEST_ASKED = Duration.ofHours(1);

  /** 5 s, growing by half to 30 s, for 5 minutes, varied by half. */
  public static final RetrySettings DEFAULT =
      new RetrySettings(
          Duration.ofSeconds(5), 1.5, Duration.ofSeconds(30), Duration.ofSeconds(300), 0.5);

  /** What fails is given up: no time is left for a second try. */
  public static final RetrySettings NONE =
      new RetrySettings(Duration.ofSeconds(1), 1, Duration.ofSeconds(1), Duration.ofNanos(1), 0);

  /** Refuses what would never pause or never end by accident. */
  public RetrySettings {
    if (initial.isNegative() || initial.isZero() || max.compareTo(initial) < 0) {
      throw new IllegalArgumentException("retry pauses from " + initial + " to " + max);
    }
    if (multiplier < 1 || elapsed.isNegative() || jitter < 0 || jitter > 1) {
      throw new IllegalArgumentException(
          "retry multiplier " + multiplier + ", elapsed " + elapsed + ", jitter " + jitter);
    }
  }
}
