// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.component;

import io.goshawk.config.component.Signal;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * The books of one node of the graph: what went in has gone out, was dropped for a reason that is
 * named, or is held. Safe for threads.
 */
public final class NodeAccount {
  private final String node;
  private final Signal signal;
  private final LongAdder in = new LongAdder();
  private final LongAdder restored = new LongAdder();
  private final LongAdder out = new LongAdder();
  private final Map<String, LongAdder> dropped = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> refusedRequests = new ConcurrentHashMap<>();
  private final Map<String, LongSupplier> gauges = new ConcurrentHashMap<>();
  private volatile LongSupplier held = () -> 0;

  /**
   * Opens those of a node that has spans.
   *
   * @param node its name, such as {@code traces/batch}
   */
  public NodeAccount(String node) {
    this(node, Signal.TRACES);
  }

  /**
   * Opens them.
   *
   * @param node its name
   * @param signal what goes through it: spans, or data points of metrics
   */
  public NodeAccount(String node, Signal signal) {
    this.node = node;
    this.signal = signal;
  }

  /** Spans came in. */
  public void received(long spans) {
    in.add(spans);
  }

  /** Spans are here again that an earlier run has held. */
  public void restored(long spans) {
    restored.add(spans);
  }

  /** Spans went on, or out for good. */
  public void passedOn(long spans) {
    out.add(spans);
  }

  /** Spans were dropped. */
  public void dropped(String reason, long spans) {
    if (spans > 0) {
      dropped.computeIfAbsent(reason, r -> new LongAdder()).add(spans);
    }
  }

  /** A request was turned away before anybody knew how many spans are in it. */
  public void refusedRequest(String reason) {
    refusedRequests.computeIfAbsent(reason, r -> new LongAdder()).increment();
  }

  /** Says how many spans the node holds, whenever somebody looks. */
  public void holds(LongSupplier spans) {
    held = spans;
  }

  /** Says how much of something the node has, whenever somebody looks. */
  public void gauge(String name, LongSupplier value) {
    gauges.put(name, value);
  }

  /**
   * As it is now. While spans are moving, some may be between two counters; since what came in is
   * read last, more may seem to be missing than is, and never less than nothing.
   */
  public Snapshot snapshot() {
    long holds = held.getAsLong();
    long left = out.sum();
    Map<String, Long> reasons = sums(dropped);
    Map<String, Long> measured = new TreeMap<>();
    gauges.forEach((name, value) -> measured.put(name, value.getAsLong()));
    return new Snapshot(
        node,
        signal,
        in.sum(),
        restored.sum(),
        left,
        reasons,
        holds,
        sums(refusedRequests),
        measured);
  }

  private static Map<String, Long> sums(Map<String, LongAdder> counts) {
    Map<String, Long> sums = new TreeMap<>();
    counts.forEach((reason, count) -> sums.put(reason, count.sum()));
    return sums;
  }

  /**
   * The books at one moment.
   *
   * @param signal what is counted: spans, or data points of metrics
   * @param restored were held by an earlier run
   * @param refusedRequests by reason; what spans were in them, nobody knows
   * @param gauges by name
   */
  public record Snapshot(
      String node,
      Signal signal,
      long in,
      long restored,
      long out,
      Map<String, Long> dropped,
      long held,
      Map<String, Long> refusedRequests,
      Map<String, Long> gauges) {
    public Snapshot {
      dropped = Collections.unmodifiableMap(new TreeMap<>(dropped));
      refusedRequests = Collections.unmodifiableMap(new TreeMap<>(refusedRequests));
      gauges = Collections.unmodifiableMap(new TreeMap<>(gauges));
    }

    /** All that were dropped. */
    public long allDropped() {
      return dropped.values().stream().mapToLong(Long::longValue).sum();
    }

    /** How many are neither out nor dropped: what is held, and what was under way just then. */
    public long inside() {
      return in + restored - out - allDropped();
    }

    /** What does not add up, if something does not. */
    public Optional<String> imbalance() {
      long missing = inside() - held;
      return missing == 0
          ? Optional.empty()
          : Optional.of(
              "%s: %d in, %d restored, %d out, %d dropped, %d held: %d are missing"
                  .formatted(node, in, restored, out, allDropped(), held, missing));
    }
  }
}
