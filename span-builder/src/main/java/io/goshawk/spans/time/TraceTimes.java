package io.goshawk.spans.time;

import java.util.Arrays;

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

  private final TimeBase base;
  private final long[] high = new long[SLOTS];
  private final long[] low = new long[SLOTS];
  private final long[] anchor = new long[SLOTS];
  private final long[] offset = new long[SLOTS];

  public TraceTimes(TimeBase base) {
    this.base = base;
    Arrays.fill(anchor, -2 * REACH_NANOS);
  }

  /**
   * UTC of a span's start, in nanoseconds since 1970-01-01T00:00Z. Its end is this plus the
   * difference of its monotonic stamps.
   *
   * @param traceHigh first eight bytes of the trace id, big-endian
   * @param traceLow last eight bytes
   */
  public long startEpochNanos(long traceHigh, long traceLow, long startNanos) {
    int slot = (int) (traceLow ^ traceHigh) & (SLOTS - 1);
    boolean known = high[slot] == traceHigh && low[slot] == traceLow;
    if (known && Math.abs(startNanos - anchor[slot]) <= REACH_NANOS) {
      return startNanos + offset[slot];
    }
    long epochNanos = base.epochNanos(startNanos);
    // An old parent that comes in late leaves its children the offset they started with.
    if (!known || startNanos > anchor[slot]) {
      high[slot] = traceHigh;
      low[slot] = traceLow;
      anchor[slot] = startNanos;
      offset[slot] = epochNanos - startNanos;
    }
    return epochNanos;
  }
}
