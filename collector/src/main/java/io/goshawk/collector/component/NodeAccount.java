// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.component;

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
  private final LongAdder in = new LongAdder();
  private final LongAdder out = new LongAdder();
  private final Map<String, LongAdder> dropped = new ConcurrentHashMap<>();
  private volatile LongSupplier held = () -> 0;

  /**
   * Opens them.
   *
   * @param node its name, such as {@code traces/batch}
   */
  public NodeAccount(String node) {
    this.node = node;
  }

  /** Spans came in. */
  public void received(long spans) {
    in.add(spans);
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

  /** Says how many spans the node holds, whenever somebody looks. */
  public void holds(LongSupplier spans) {
    held = spans;
  }

  /** As it is now; while spans are moving, some may be between two counters. */
  public Snapshot snapshot() {
    Map<String, Long> reasons = new TreeMap<>();
    dropped.forEach((reason, count) -> reasons.put(reason, count.sum()));
    return new Snapshot(node, in.sum(), out.sum(), reasons, held.getAsLong());
  }

  /** The books at one moment. */
  public record Snapshot(String node, long in, long out, Map<String, Long> dropped, long held) {
    public Snapshot {
      dropped = Collections.unmodifiableMap(new TreeMap<>(dropped));
    }

    /** All that were dropped. */
    public long allDropped() {
      return dropped.values().stream().mapToLong(Long::longValue).sum();
    }

    /** What does not add up, if something does not. */
    public Optional<String> imbalance() {
      long missing = in - out - allDropped() - held;
      return missing == 0
          ? Optional.empty()
          : Optional.of(
              "%s: %d in, %d out, %d dropped, %d held: %d are missing"
                  .formatted(node, in, out, allDropped(), held, missing));
    }
  }
}
