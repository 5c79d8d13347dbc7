// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

/**
 * A rate, with a second's worth at once. Whoever asks gets what it asks for while there is anything
 * left, be it less than that: the rest is owed, so that what is larger than a second's worth comes
 * through as well, and over time it is the rate. Confined to one thread.
 */
final class TokenBucket {

  private static final double NANOS_PER_SECOND = 1e9;

  private final double perNano;
  private final double most;
  private double left;
  private long lastNanos;

  /**
   * A full one.
   *
   * @param perSecond above 0
   * @param nowNanos of a monotonic clock, as {@link #hasAny}'s
   */
  TokenBucket(long perSecond, long nowNanos) {
    perNano = perSecond / NANOS_PER_SECOND;
    most = perSecond;
    left = perSecond;
    lastNanos = nowNanos;
  }

  /** Whether there is anything to be taken. */
  boolean hasAny(long nowNanos) {
    long passed = nowNanos - lastNanos;
    if (passed > 0) {
      left = Math.min(most, left + passed * perNano);
      lastNanos = nowNanos;
    }
    return left > 0;
  }

  /** Takes some, after {@link #hasAny} has said that there are. */
  void take(long amount) {
    left -= amount;
  }
}
