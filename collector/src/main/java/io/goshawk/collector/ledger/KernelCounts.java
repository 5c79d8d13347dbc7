package io.goshawk.collector.ledger;

import io.goshawk.abi.Counter;
import java.util.function.ToLongFunction;

/**
 * What the kernel programs have counted since they were loaded, summed over the CPUs.
 *
 * @param requestsSeen starts that a probe saw in a traced process
 * @param sampledOut requests that the sampler turned down
 * @param lostMapFull requests that found no room in the kernel's tables
 * @param lostNoScratch requests whose thread had no scratch memory at their start
 * @param lostRequestUnreadable requests that could not be read from the target at their start
 * @param spansStarted spans that were opened
 * @param spansReplaced open spans whose end was missed: their goroutine started another
 * @param spansSwept open spans whose process went away, removed from user space
 * @param lostRingFull ended spans that found the ring full
 * @param lostUnreadable ended spans whose data could not be read from the target
 * @param lostNoScratchAtEnd ended spans whose thread had no scratch memory
 * @param recordsReserved span records handed to the ring
 * @param eventsLost process records that found the ring full; no spans, so in no equation
 * @param open spans that are open now
 */
public record KernelCounts(
    long requestsSeen,
    long sampledOut,
    long lostMapFull,
    long lostNoScratch,
    long lostRequestUnreadable,
    long spansStarted,
    long spansReplaced,
    long spansSwept,
    long lostRingFull,
    long lostUnreadable,
    long lostNoScratchAtEnd,
    long recordsReserved,
    long eventsLost,
    long open) {

  /** Nothing counted. */
  public static final KernelCounts NONE =
      new KernelCounts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

  /**
   * The kernel's own counters and the two numbers that user space knows.
   *
   * @param counters the sum over all CPUs, and over all types of records, of one counter
   * @param swept open calls removed from user space, ever
   * @param open open calls now
   */
  public static KernelCounts of(ToLongFunction<Counter> counters, long swept, long open) {
    return new KernelCounts(
        counters.applyAsLong(Counter.COUNT_SEEN),
        counters.applyAsLong(Counter.COUNT_SAMPLED_OUT),
        counters.applyAsLong(Counter.COUNT_LOST_MAP_FULL),
        counters.applyAsLong(Counter.COUNT_LOST_NO_SCRATCH),
        counters.applyAsLong(Counter.COUNT_LOST_UNREADABLE_AT_START),
        counters.applyAsLong(Counter.COUNT_SPANS_STARTED),
        counters.applyAsLong(Counter.COUNT_SPANS_REPLACED),
        swept,
        counters.applyAsLong(Counter.COUNT_LOST_RING_FULL),
        counters.applyAsLong(Counter.COUNT_LOST_UNREADABLE),
        counters.applyAsLong(Counter.COUNT_LOST_NO_SCRATCH_AT_END),
        counters.applyAsLong(Counter.COUNT_RECORDS_RESERVED),
        counters.applyAsLong(Counter.COUNT_EVENTS_LOST),
        open);
  }

  /** Of the spans that were started, those that are open no more. */
  public long ended() {
    return spansReplaced
        + spansSwept
        + lostRingFull
        + lostUnreadable
        + lostNoScratchAtEnd
        + recordsReserved;
  }
}
