package io.goshawk.collector.ledger;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The ledger at one moment.
 *
 * @param kernel what the kernel programs counted
 * @param recordsRead span records taken from the ring
 * @param spansBuilt spans made of them
 * @param refused records that became no span, by reason
 * @param exporters each exporter's books, in the order they were opened
 */
public record LedgerSnapshot(
    KernelCounts kernel,
    long recordsRead,
    long spansBuilt,
    SortedMap<String, Long> refused,
    List<ExporterCounts> exporters) {

  /** Copies its collections. */
  public LedgerSnapshot {
    refused = Collections.unmodifiableSortedMap(new TreeMap<>(refused));
    exporters = List.copyOf(exporters);
  }

  /** Records that became no span, whatever the reason. */
  public long refusedTotal() {
    long total = 0;
    for (long count : refused.values()) {
      total += count;
    }
    return total;
  }

  /** The first equation that does not hold, in the order of the stages, if any. */
  public Optional<Imbalance> check() {
    KernelCounts k = kernel;
    long started =
        k.sampledOut()
            + k.lostMapFull()
            + k.lostNoScratch()
            + k.lostRequestUnreadable()
            + k.spansStarted();
    if (k.requestsSeen() != started) {
      return imbalance("requests seen = sampled out + lost + started", k.requestsSeen(), started);
    }
    long ended = k.ended() + k.open();
    if (k.spansStarted() != ended) {
      return imbalance("spans started = ended + lost + open", k.spansStarted(), ended);
    }
    if (k.recordsReserved() != recordsRead) {
      return imbalance("records reserved = records read", k.recordsReserved(), recordsRead);
    }
    long made = spansBuilt + refusedTotal();
    if (recordsRead != made) {
      return imbalance("records read = spans built + refused by the builder", recordsRead, made);
    }
    for (ExporterCounts exporter : exporters) {
      if (exporter.received() != spansBuilt) {
        return imbalance(
            "spans built = received by " + exporter.name(), spansBuilt, exporter.received());
      }
      if (exporter.waiting() != 0) {
        return imbalance(
            "received by " + exporter.name() + " = exported + dropped",
            exporter.received(),
            exporter.received() - exporter.waiting());
      }
    }
    return Optional.empty();
  }

  /** The summary for people: a block of lines, without one at the end that is empty. */
  public String text() {
    return SummaryText.of(this);
  }

  /** The summary for programs: one line of JSON. */
  public String json() {
    return SummaryJson.of(this);
  }

  private static Optional<Imbalance> imbalance(String equation, long left, long right) {
    return Optional.of(new Imbalance(equation, left, right));
  }
}
