// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import io.goshawk.abi.Counter;
import io.goshawk.abi.Counters;
import io.goshawk.abi.RecordType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongBiFunction;
import java.util.function.ToLongFunction;

/**
 * What the kernel programs have counted since they were loaded.
 *
 * @param libraries by library, that is by type of span record
 * @param eventsLost other records that found the ring full; no spans, so in no equation
 */
public record KernelCounts(List<LibraryCounts> libraries, long eventsLost) {

  /** Nothing counted. */
  public static final KernelCounts NONE =
      read((type, counter) -> 0, type -> 0, type -> 0, type -> 0);

  /** Copies its collections. */
  public KernelCounts {
    libraries = List.copyOf(libraries);
  }

  /**
   * Reads the counters of programs that may be at work.
   *
   * @param counters a counter of a type of record, summed over the CPUs, as it is when asked for
   * @param swept open calls of a type that were removed from user space, ever
   * @param unwanted those that were removed since nobody wants them any longer
   * @param before calls of a type that came before their process was traced
   */
  public static KernelCounts read(
      ToLongBiFunction<RecordType, Counter> counters,
      ToLongFunction<RecordType> swept,
      ToLongFunction<RecordType> unwanted,
      ToLongFunction<RecordType> before) {
    List<LibraryCounts> libraries = new ArrayList<>();
    long eventsLost = 0;
    for (RecordType type : RecordType.values()) {
      if (Counters.areSpans(type)) {
        libraries.add(
            LibraryCounts.read(
                type,
                swept.applyAsLong(type),
                unwanted.applyAsLong(type),
                before.applyAsLong(type),
                counter -> counters.applyAsLong(type, counter)));
      } else {
        eventsLost += counters.applyAsLong(type, Counter.COUNT_EVENTS_LOST);
      }
    }
    return new KernelCounts(libraries, eventsLost);
  }

  /** The same, once the programs rest, with the calls of each type that are open. */
  public KernelCounts withOpen(ToLongFunction<RecordType> open) {
    return new KernelCounts(
        libraries.stream()
            .map(library -> library.withOpen(open.applyAsLong(library.type())))
            .toList(),
        eventsLost);
  }

  /** Span records that were handed to the ring. */
  long recordsWritten() {
    return sum(Counter.COUNT_RECORDS_RESERVED);
  }

  /** Calls that a probe saw. */
  long seen() {
    return libraries.stream().mapToLong(LibraryCounts::seen).sum();
  }

  /** A counter of all types of span records. */
  public long sum(Counter counter) {
    return libraries.stream().mapToLong(library -> library.of(counter)).sum();
  }
}
