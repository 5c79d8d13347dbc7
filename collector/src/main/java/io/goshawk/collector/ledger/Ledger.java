// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The books of the whole agent: every stage's counters by reason, and the equations between them,
 * which are data: see {@link Books}. Thread-safe.
 *
 * <p>Each span is counted where it comes in before it is counted where it leaves, and {@link
 * #snapshot(Supplier)} reads in the opposite order: what it finds under way is perhaps a little
 * more than there was at any one moment, but never less than nothing. Once everything rests the
 * equations are exact.
 */
public final class Ledger {
  /** How long a record that was read may wait for the program that wrote it to count it. */
  private static final int TRIES = 100;

  private volatile @Nullable KernelCounts atRest;

  /** What was counted when the drain thread was given up; nothing that it counts later counts. */
  private volatile @Nullable Built givenUp;

  /** What became of records until some moment. */
  private record Built(
      long read, long left, long unbuilt, long spans, SortedMap<String, Long> refused) {
    /** Of a drain thread that does not end: what it had in hand, and had not come to. */
    Built lost(long written) {
      long goneOn = refused.values().stream().mapToLong(Long::longValue).sum() + spans;
      return new Built(read, Math.max(0, written - read), read - goneOn, spans, refused);
    }
  }

  private final LongAdder recordsRead = new LongAdder();
  private final LongAdder recordsLeft = new LongAdder();
  private final LongAdder recordsUnbuilt = new LongAdder();
  private final LongAdder spansBuilt = new LongAdder();
  private final LongAdder spansIncomplete = new LongAdder();
  private final Map<String, LongAdder> refusedByReason = new ConcurrentHashMap<>();
  private final LongAdder rowsTurnedOff = new LongAdder();
  private final LongAdder rowsTurnedOn = new LongAdder();
  private volatile List<ProbeCost> costs = List.of();
  private volatile List<TrapPrice> traps = List.of();
  private final FlowAccount flow = new FlowAccount();
  private final ServiceAccounts services = new ServiceAccounts();

  /** The kernel programs rest, and this is what they counted. */
  public void kernelAtRest(KernelCounts counts) {
    atRest = counts;
  }

  /** The drain thread took a span record from the ring. To be counted before what becomes of it. */
  public void recordRead() {
    recordsRead.increment();
  }

  /** A span record stays in the ring for good, since there is no time left. */
  public void recordLeft() {
    recordsLeft.increment();
  }

  /** A record that was read becomes no span, since there is no time left. */
  public void recordUnbuilt() {
    recordsUnbuilt.increment();
  }

  /** The drain thread does not end: what it has not come to by now is lost. */
  public void drainGivenUp() {
    givenUp = built();
  }

  /** Reads from the end of the way to its beginning. */
  private Built built() {
    long spans = spansBuilt.sum();
    SortedMap<String, Long> refused = new TreeMap<>();
    refusedByReason.forEach((reason, count) -> refused.put(reason, count.sum()));
    long unbuilt = recordsUnbuilt.sum();
    return new Built(recordsRead.sum(), recordsLeft.sum(), unbuilt, spans, refused);
  }

  /** Records became spans. */
  public void spansBuilt(long spans) {
    spansBuilt.add(spans);
  }

  /** A span was made before all that it awaited was known. */
  public void spanIncomplete() {
    spansIncomplete.increment();
  }

  /**
   * A record became no span.
   *
   * @param reason one of a few fixed phrases, such as {@code string outside the record}
   */
  public void recordRefused(String reason) {
    LongAdder refused = refusedByReason.get(reason);
    if (refused == null) {
      refused = refusedByReason.computeIfAbsent(reason, unused -> new LongAdder());
    }
    refused.increment();
  }

  /** A breaker has turned a row off, or on again. */
  public void rowTurned(boolean on) {
    (on ? rowsTurnedOn : rowsTurnedOff).increment();
  }

  /** What the probes are estimated to have cost until now. */
  public void probesCost(List<ProbeCost> estimates) {
    costs = List.copyOf(estimates);
  }

  /** What that rests on besides counts. */
  public void trapsTake(List<TrapPrice> prices) {
    traps = List.copyOf(prices);
  }

  /** The books of the services; for the drain thread. */
  public ServiceAccounts services() {
    return services;
  }

  /** The books of receivers, pipelines and exporters. */
  public FlowAccount flow() {
    return flow;
  }

  /**
   * All counters while programs and exporters may be at work; once they rest, as {@link
   * #snapshot()}.
   *
   * @param kernel reads the kernel's counters, see {@link KernelCounts#read}
   */
  public LedgerSnapshot snapshot(Supplier<KernelCounts> kernel) {
    if (atRest != null) {
      return snapshot();
    }
    LedgerSnapshot ours = snapshot(false, KernelCounts.NONE);
    KernelCounts counts = kernel.get();
    // A program counts a record when it has handed it over, so it can be read before; but soon.
    for (int i = 0; counts.recordsWritten() < ours.recordsRead() && i < TRIES; i++) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      counts = kernel.get();
    }
    return new LedgerSnapshot(
        false,
        counts,
        ours.recordsRead(),
        ours.recordsLeft(),
        ours.recordsUnbuilt(),
        ours.spansBuilt(),
        ours.spansIncomplete(),
        ours.refused(),
        ours.rowsTurnedOff(),
        ours.rowsTurnedOn(),
        ours.costs(),
        ours.traps(),
        ours.flow(),
        ours.services());
  }

  /** All counters when everything rests. */
  public LedgerSnapshot snapshot() {
    KernelCounts counts = atRest;
    return snapshot(true, counts == null ? KernelCounts.NONE : counts);
  }

  /** Reads our own counters from the end of the way to its beginning. */
  private LedgerSnapshot snapshot(boolean rests, KernelCounts kernel) {
    FlowCounts flowed = flow.counts();
    Built stuck = givenUp;
    Built built = rests && stuck != null ? stuck.lost(kernel.recordsWritten()) : built();
    return new LedgerSnapshot(
        rests,
        kernel,
        built.read,
        built.left,
        built.unbuilt,
        built.spans,
        spansIncomplete.sum(),
        built.refused,
        rowsTurnedOff.sum(),
        rowsTurnedOn.sum(),
        costs,
        traps,
        flowed,
        services.counts());
  }

  /** The first equation that does not hold when everything rests, if any. */
  public Optional<Imbalance> check() {
    return snapshot().check();
  }
}
