// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.DoubleSupplier;

/** The growing pauses between the tries of one request. */
final class Backoff {
  private final RetrySettings settings;
  private final DoubleSupplier random;
  private final long firstTryNanos;
  private double pauseNanos;

  /** By how much the pauses were longer at the backend's wish than they would have been. */
  private long askedNanos;

  /**
   * @param random uniform in [0, 1)
   * @param firstTryNanos when the request was tried first
   */
  Backoff(RetrySettings settings, DoubleSupplier random, long firstTryNanos) {
    this.settings = settings;
    this.random = random;
    this.firstTryNanos = firstTryNanos;
    this.pauseNanos = settings.initial().toNanos();
  }

  /**
   * When to try next, on the same clock; empty when the time for retries would be over by then.
   *
   * @param retryAfter the backend's wish: never earlier than that, up to {@link
   *     RetrySettings#LONGEST_ASKED}. It is a pause of the destination, and takes nothing of the
   *     time for retries.
   */
  OptionalLong next(long nowNanos, Optional<Duration> retryAfter) {
    double spread = settings.jitter() * (2 * random.getAsDouble() - 1);
    long own = (long) (pauseNanos * (1 + spread));
    pauseNanos = Math.min(pauseNanos * settings.multiplier(), settings.max().toNanos());
    long elapsedLimit = settings.elapsed().toNanos();
    if (elapsedLimit > 0 && own > elapsedLimit - (nowNanos - firstTryNanos - askedNanos)) {
      return OptionalLong.empty();
    }
    long pause = Math.max(own, retryAfter.map(Backoff::bounded).orElse(0L));
    askedNanos += pause - own;
    return OptionalLong.of(nowNanos + pause);
  }

  private static long bounded(Duration asked) {
    return asked.compareTo(RetrySettings.LONGEST_ASKED) > 0
        ? RetrySettings.LONGEST_ASKED.toNanos()
        : asked.toNanos();
  }
}
