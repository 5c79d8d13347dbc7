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
   * @param retryAfter the backend's wish: never earlier than that
   */
  OptionalLong next(long nowNanos, Optional<Duration> retryAfter) {
    double spread = settings.jitter() * (2 * random.getAsDouble() - 1);
    long pause = (long) (pauseNanos * (1 + spread));
    pauseNanos = Math.min(pauseNanos * settings.multiplier(), settings.max().toNanos());
    if (retryAfter.isPresent()) {
      pause = Math.max(pause, saturatedNanos(retryAfter.get()));
    }
    long elapsedLimit = settings.elapsed().toNanos();
    // Written so that a pause near the end of long's range cannot overflow.
    if (elapsedLimit > 0 && pause > elapsedLimit - (nowNanos - firstTryNanos)) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(nowNanos + pause);
  }

  private static long saturatedNanos(Duration duration) {
    return duration.compareTo(Duration.ofDays(365)) > 0
        ? Duration.ofDays(365).toNanos()
        : duration.toNanos();
  }
}
