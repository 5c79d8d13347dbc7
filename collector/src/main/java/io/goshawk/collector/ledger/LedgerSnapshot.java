// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The ledger at one moment.
 *
 * @param atRest whether nothing is under way any more, so that the equations are exact
 * @param kernel what the kernel programs counted
 * @param recordsRead span records taken from the ring
 * @param spansBuilt spans made of them
 * @param refused records that became no span, by reason
 * @param exporters each exporter's books, in the order they were opened
 * @param services each service's books, the largest first
 */
public record LedgerSnapshot(
    boolean atRest,
    KernelCounts kernel,
    long recordsRead,
    long spansBuilt,
    SortedMap<String, Long> refused,
    List<ExporterCounts> exporters,
    List<ServiceCounts> services) {

  /** Copies its collections. */
  public LedgerSnapshot {
    refused = Collections.unmodifiableSortedMap(new TreeMap<>(refused));
    exporters = List.copyOf(exporters);
    services = List.copyOf(services);
  }

  /** Whether nothing was ever there to be counted. */
  public boolean isEmpty() {
    return kernel.seen() == 0 && recordsRead == 0 && spansBuilt == 0;
  }

  /** The first equation that does not hold, in the order of the stages, if any. */
  public Optional<Imbalance> check() {
    return Books.check(this);
  }

  /** The summary for people: a block of lines, without one at the end that is empty. */
  public String text() {
    return SummaryText.of(this);
  }

  /** The summary for programs: one line of JSON. */
  public String json() {
    return SummaryJson.of(this);
  }
}
