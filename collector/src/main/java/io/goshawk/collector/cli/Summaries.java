package io.goshawk.collector.cli;

import io.goshawk.collector.ledger.LedgerSnapshot;
import io.goshawk.spans.time.TimeBase;
import java.io.PrintWriter;

/** The block of text that ends a run, on standard error. */
final class Summaries {

  private Summaries() {}

  static void print(LedgerSnapshot counts, TimeBase.Report clock, PrintWriter err) {
    err.println(counts.text());
    err.printf(
        "times are right to within              %12.1f µs%n", clock.worstErrorBoundNanos() / 1e3);
    err.flush();
  }

  /** Whether every span that was made arrived everywhere it was to. */
  static boolean everythingDelivered(LedgerSnapshot counts) {
    return counts.exporters().stream()
        .allMatch(exporter -> exporter.exported() == exporter.received());
  }
}
