// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.time;

/**
 * Start times of spans, consistent within a trace.
 *
 * <p>{@link TimeBase} alone keeps order only where the wall clock does. If it is set back between
 * the start of a parent and that of its child, the child would start first; if it is slewed, a
 * child that ends with its parent would end after it, since lengths are monotonic. So all spans of
 * a trace share one offset from monotonic time to UTC: that of the first of its spans to be seen.
 * Within a trace, order and lengths then are exactly the kernel's.
 *
 * <p>An offset serves its trace for stamps up to ten minutes away, so that a caller that sends the
 * same trace id for hours gets the time of day nevertheless. The table is bounded: a trace whose
 * entry was taken by another gets a new offset, which differs only if the clock was changed
 * meanwhile.
 *
 * <p>Confined to one thread.
 */
public final class TraceTimes {

  private static final long REACH_NANOS = 600_000_000_000L;
  private static final int SLOTS = 8192;

  // What a slot holds lies side by side, since a slot is seldom in the processor's cache.
  private static final int SLOT_LONGS = 4;
  private static final int HIGH = 0;
  private static final int LOW = 1;
  private static final int ANCHOR = 2;
  private static final int OFFSET = 3;

  private final TimeBase base;
  private final long[] slots = new long[SLOTS * SLOT_LONGS];

  public TraceTimes(TimeBase base) {
    this.base = base;
    for (int slot = 0; slot < slots.length; slot += SLOT_LONGS) {
      slots[slot + ANCHOR] = -2 * REACH_NANOS;
    }
  }

  /**
   * UTC of a span's start, in nanoseconds since 1970-01-01T00:00Z. Its end is this plus the
   * difference of its monotonic stamps.
   *
   * @param traceHigh first eight bytes of the trace id, big-endian
   * @param traceLow last eight bytes
   */
  public long startEpochNanos(long traceHigh, long traceLow, long startNanos) {
    int slot = ((int) (traceLow ^ traceHigh) & (SLOTS - 1)) * SLOT_LONGS;
    boolean known = slots[slot + HIGH] == traceHigh && slots[slot + LOW] == traceLow;
    if (known && Math.abs(startNanos - slots[slot + ANCHOR]) <= REACH_NANOS) {
      return startNanos + slots[slot + OFFSET];
    }
    long epochNanos = base.epochNanos(startNanos);
    // An old parent that comes in late leaves its children the offset they started with.
    if (!known || startNanos > slots[slot + ANCHOR]) {
      slots[slot + HIGH] = traceHigh;
      slots[slot + LOW] = traceLow;
      slots[slot + ANCHOR] = startNanos;
      slots[slot + OFFSET] = epochNanos - startNanos;
    }
    return epochNanos;
  }
}
