// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import io.goshawk.abi.Counter;
import io.goshawk.abi.RecordType;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;

/**
 * What the kernel programs have counted of one library's spans since they were loaded.
 *
 * @param type of its records
 * @param counters by counter, summed over the CPUs
 * @param swept open calls whose process went away, removed from user space
 * @param unwanted open calls that were removed since nobody wants them any longer
 * @param before calls that came before their process was traced
 * @param open how many calls are open, where that was counted: see {@link #withOpen}
 */
public record LibraryCounts(
    RecordType type,
    Map<Counter, Long> counters,
    long swept,
    long unwanted,
    long before,
    OptionalLong open) {

  /** Copies the counters. */
  public LibraryCounts {
    counters = Map.copyOf(counters);
  }

  /**
   * Reads the counters of programs that may be at work.
   *
   * <p>Backwards, because {@link Counter} lists what is counted first first: a span is in the
   * counter of its start before it is in one of its end. Whoever reads the ends first finds the
   * start of each of them, and perhaps of more; the difference is never negative.
   */
  static LibraryCounts read(
      RecordType type, long swept, long unwanted, long before, ToLongFunction<Counter> counters) {
    Map<Counter, Long> counts = new EnumMap<>(Counter.class);
    Counter[] all = Counter.values();
    for (int i = all.length - 1; i >= 0; i--) {
      if (all[i] != Counter.COUNTER_COUNT) {
        counts.put(all[i], counters.applyAsLong(all[i]));
      }
    }
    return new LibraryCounts(type, counts, swept, unwanted, before, OptionalLong.empty());
  }

  /** The same with the open spans counted, which makes sense once the programs rest. */
  LibraryCounts withOpen(long spans) {
    return new LibraryCounts(type, counters, swept, unwanted, before, OptionalLong.of(spans));
  }

  /** What people call it: {@code http server} of {@code RECORD_HTTP_SERVER}. */
  String library() {
    return type.name().substring("RECORD_".length()).toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** Calls that a probe saw, of traced processes and of those that were to be traced. */
  long seen() {
    return of(Counter.COUNT_SEEN) + before;
  }

  /** A counter's value. */
  public long of(Counter counter) {
    return counters.getOrDefault(counter, 0L);
  }

  /** Whether the library was never met. */
  boolean isEmpty() {
    return before == 0 && counters.values().stream().allMatch(count -> count == 0);
  }
}
