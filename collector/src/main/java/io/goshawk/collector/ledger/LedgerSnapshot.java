// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import java.util.ArrayList;
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
 * @param recordsLeft those that nobody has taken before the end
 * @param recordsUnbuilt of those that were taken, how many nobody made spans of before the end
 * @param spansBuilt spans made of them
 * @param spansIncomplete of those, how many were made before all that they awaited was known
 * @param refused records that became no span, by reason
 * @param rowsTurnedOff how often a breaker has turned a row off
 * @param rowsTurnedOn how often it has turned one on again
 * @param costs what the probes are estimated to have cost
 * @param traps what is taken for the traps in that; empty while nothing is
 * @param flow what went through receivers, pipelines and exporters
 * @param services each service's books, the largest first
 */
public record LedgerSnapshot(
    boolean atRest,
    KernelCounts kernel,
    long recordsRead,
    long recordsLeft,
    long recordsUnbuilt,
    long spansBuilt,
    long spansIncomplete,
    SortedMap<String, Long> refused,
    long rowsTurnedOff,
    long rowsTurnedOn,
    List<ProbeCost> costs,
    List<TrapPrice> traps,
    FlowCounts flow,
    List<ServiceCounts> services) {

  /** Copies its collections. */
  public LedgerSnapshot {
    refused = Collections.unmodifiableSortedMap(new TreeMap<>(refused));
    costs = List.copyOf(costs);
    traps = List.copyOf(traps);
    services = List.copyOf(services);
  }

  /** Whether nothing was ever there to be counted. */
  public boolean isEmpty() {
    return kernel.seen() == 0 && recordsRead == 0 && spansBuilt == 0 && flow.leftReceivers() == 0;
  }

  /** Each exporter's books, in the order they were opened. */
  public List<ExporterCounts> exporters() {
    return flow.exporters();
  }

  /** The first equation that does not hold, in the order of the stages, if any. */
  public Optional<Imbalance> check() {
    return Books.check(this);
  }

  /** Every number of the books, in the order of the way from a request to a backend. */
  public List<Measure> measures() {
    List<Measure> measures = new ArrayList<>();
    for (Table table : Books.tables(this)) {
      for (Table.Row row : table.rows()) {
        for (int i = 0; i < table.columns().size(); i++) {
          measures.add(
              new Measure(
                  table.key(),
                  table.columns().get(i),
                  row.key(),
                  row.label(),
                  row.counts().get(i)));
        }
      }
    }
    return measures;
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
