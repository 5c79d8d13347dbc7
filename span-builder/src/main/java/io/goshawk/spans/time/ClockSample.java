// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.time;

/**
 * The machine's clocks, read at one moment. All values are nanoseconds.
 *
 * @param monotonicNanos {@code CLOCK_MONOTONIC}
 * @param realtimeNanos {@code CLOCK_REALTIME}: since 1970-01-01T00:00Z
 * @param boottimeNanos {@code CLOCK_BOOTTIME}: {@code CLOCK_MONOTONIC} plus the time suspended
 * @param halfWidthNanos how far the other two may lie from {@code monotonicNanos} in time
 */
public record ClockSample(
    long monotonicNanos, long realtimeNanos, long boottimeNanos, long halfWidthNanos) {

  public ClockSample {
    if (monotonicNanos < 0 || realtimeNanos < 0 || boottimeNanos < 0 || halfWidthNanos < 0) {
      throw new IllegalArgumentException(
          "clocks do not run below zero: monotonic %d, realtime %d, boottime %d, half-width %d"
              .formatted(monotonicNanos, realtimeNanos, boottimeNanos, halfWidthNanos));
    }
  }

  /**
   * The sample of clocks that were read in the order of the arguments. The monotonic reading is
   * taken to be the middle of its bracket, and half the bracket is what it may be wrong by.
   *
   * @throws IllegalArgumentException if the bracket ends before it begins
   */
  public static ClockSample bracketed(
      long monotonicBefore, long realtimeNanos, long boottimeNanos, long monotonicAfter) {
    long width = monotonicAfter - monotonicBefore;
    if (width < 0) {
      throw new IllegalArgumentException(
          "the bracket runs backwards: %d to %d".formatted(monotonicBefore, monotonicAfter));
    }
    return new ClockSample(
        monotonicBefore + width / 2, realtimeNanos, boottimeNanos, width - width / 2);
  }

  /** UTC of monotonic zero, as this sample sees it. */
  long realtimeOffset() {
    return realtimeNanos - monotonicNanos;
  }

  /** Time spent suspended since boot, as this sample sees it. */
  long suspendedNanos() {
    return boottimeNanos - monotonicNanos;
  }
}
