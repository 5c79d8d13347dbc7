// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.Counter;
import io.goshawk.collector.ledger.KernelCounts;
import io.goshawk.collector.log.LogLimit;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.logging.Logger;
import java.util.stream.Collectors;

/**
 * Says in the log, while it happens, that the kernel's side has no room and spans are lost. The
 * summary has the numbers, but comes at the end. Confined to one thread.
 */
final class KernelLosses {

  private static final Logger LOG = Logger.getLogger(KernelLosses.class.getName());

  /** One reason, and how much of it is known already. */
  private static final class Reason {
    private final String what;
    private final String noun;
    private final ToLongFunction<KernelCounts> count;
    private final LogLimit limit = new LogLimit();
    private long known;

    Reason(String what, String noun, ToLongFunction<KernelCounts> count) {
      this.what = what;
      this.noun = noun;
      this.count = count;
    }

    void look(KernelCounts counts, long nowNanos) {
      long now = count.applyAsLong(counts);
      long more = now - known;
      known = now;
      if (more > 0 && limit.due(nowNanos, more)) {
        LOG.warning(what + ", lost " + limit.amount(more, noun));
      }
    }
  }

  private final List<Reason> reasons =
      List.of(
          new Reason(
              "the table of open spans is full",
              "span",
              counts -> counts.sum(Counter.COUNT_LOST_MAP_FULL)),
          new Reason(
              "the ring is full", "span", counts -> counts.sum(Counter.COUNT_LOST_RING_FULL)),
          new Reason("the ring is full", "process event", KernelCounts::eventsLost));

  /** So many processes are named at once. */
  private static final int MOST_NAMES = 4;

  private final LogLimit shares = new LogLimit();

  /** Processes that had no room in their share, since they were last named. */
  private final Set<String> full = new LinkedHashSet<>();

  /**
   * Compares with what was counted the last time.
   *
   * @param overShare spans that had no room in the share of their process since then, by that
   */
  void look(KernelCounts counts, Map<String, Long> overShare, long nowNanos) {
    reasons.forEach(reason -> reason.look(counts, nowNanos));
    full.addAll(overShare.keySet());
    long lost = overShare.values().stream().mapToLong(Long::longValue).sum();
    if (lost > 0 && shares.due(nowNanos, lost)) {
      String names = full.stream().limit(MOST_NAMES).collect(Collectors.joining(", "));
      String more = full.size() > MOST_NAMES ? " and " + (full.size() - MOST_NAMES) + " more" : "";
      LOG.warning(
          names
              + more
              + (full.size() == 1 ? " has its" : " have their")
              + " share of the table of open spans, lost "
              + shares.amount(lost, "span"));
      full.clear();
    }
  }
}
