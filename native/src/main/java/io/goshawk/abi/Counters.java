// SPDX-License-Identifier: Apache-2.0
package io.goshawk.abi;

/** The kernel's counters: a per-CPU array, in which those of a type of records stand together. */
public final class Counters {
  private Counters() {}

  /** The index of a counter in the map {@code counters}. */
  public static int index(RecordType type, Counter counter) {
    return type.value() * AbiLimit.COUNTERS_PER_TYPE.value() + counter.value();
  }

  /** Whether records of a type are spans. */
  public static boolean areSpans(RecordType type) {
    return type.value() < AbiLimit.RECORD_SPANS_END.value();
  }
}
