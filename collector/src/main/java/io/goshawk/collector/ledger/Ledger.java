package io.goshawk.collector.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * The books of the whole agent: every stage's counters by reason.
 *
 * <pre>
 *   requests seen    = sampled out + map full + no scratch + unreadable + spans started
 *   spans started    = replaced + swept + ring full + unreadable + no scratch
 *                      + records reserved + open now
 *   records reserved = records read
 *   records read     = spans built + refused by the builder
 *   spans built      = received by each exporter
 *   received         = exported + rejected + refused + gave up + failed + queue full + shutdown
 *                      + waiting
 * </pre>
 *
 * <p>Thread-safe. The equations hold when nothing is under way, that is after the ring was drained
 * and the pipeline was shut down; until then a difference is work that is on its way.
 */
public final class Ledger {
  private volatile KernelCounts kernel = KernelCounts.NONE;
  private final LongAdder recordsRead = new LongAdder();
  private final LongAdder spansBuilt = new LongAdder();
  private final Map<String, LongAdder> refusedByReason = new ConcurrentHashMap<>();
  private final List<ExporterAccount> exporters = new ArrayList<>();

  /** Replaces what is known of the kernel's counters. */
  public void kernel(KernelCounts counts) {
    kernel = counts;
  }

  /** The drain thread took span records from the ring. */
  public void recordsRead(long records) {
    recordsRead.add(records);
  }

  /** Records became spans. */
  public void spansBuilt(long spans) {
    spansBuilt.add(spans);
  }

  /**
   * A record became no span.
   *
   * @param reason one of a few fixed phrases, such as {@code string outside the record}
   */
  public void recordRefused(String reason) {
    LongAdder refused = refusedByReason.get(reason);
    if (refused == null) {
      refused = refusedByReason.computeIfAbsent(reason, unused -> new LongAdder());
    }
    refused.increment();
  }

  /**
   * Opens the books of one more exporter. To be done before the first span is handed over.
   *
   * @throws IllegalArgumentException if an exporter of that name has its books here
   */
  public ExporterAccount open(String exporter) {
    synchronized (exporters) {
      for (ExporterAccount account : exporters) {
        if (account.name().equals(exporter)) {
          throw new IllegalArgumentException("two exporters are named " + exporter);
        }
      }
      ExporterAccount account = new ExporterAccount(exporter);
      exporters.add(account);
      return account;
    }
  }

  /** All counters as they are now. */
  public LedgerSnapshot snapshot() {
    SortedMap<String, Long> refused = new TreeMap<>();
    refusedByReason.forEach((reason, count) -> refused.put(reason, count.sum()));
    List<ExporterCounts> counts = new ArrayList<>();
    synchronized (exporters) {
      for (ExporterAccount account : exporters) {
        counts.add(account.counts());
      }
    }
    return new LedgerSnapshot(kernel, recordsRead.sum(), spansBuilt.sum(), refused, counts);
  }

  /** The first equation that does not hold now, if any. */
  public Optional<Imbalance> check() {
    return snapshot().check();
  }
}
