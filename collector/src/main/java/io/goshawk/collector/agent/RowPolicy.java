// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.RecordType;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * When a detachable row of the catalogue is worth its traps, for one binary: it looks at the spans
 * that finish. Its probes are there at first. Confined to the drain thread.
 */
interface RowPolicy {

  /** What is to be done with the row's probes. */
  enum Decision {
    KEEP,
    DETACH,
    ATTACH
  }

  /**
   * A row with a policy.
   *
   * @param row its name in the catalogue
   * @param observes the type of records that tell of its worth
   * @param create makes the policy of a binary
   */
  record Kind(String row, RecordType observes, Supplier<RowPolicy> create) {}

  /** All there are. */
  List<Kind> KINDS =
      Stream.concat(Stream.of(RouteProbePolicy.KIND), RouterReturnPolicy.KINDS.stream()).toList();

  /**
   * Takes the next finished span into account.
   *
   * @param record holds its record, which a span was made of
   * @param underProbe it started while the row's probes were there
   */
  Decision observe(byte[] record, int offset, boolean underProbe);
}
