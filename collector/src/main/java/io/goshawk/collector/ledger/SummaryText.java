package io.goshawk.collector.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/**
 * Writes a snapshot as the block of text that ends a run.
 *
 * <p>Rows that are always there show that nothing was lost; a loss has a row only when it happened.
 */
final class SummaryText {
  private static final int LABEL_WIDTH = 40;
  private static final int NUMBER_WIDTH = 12;

  private final StringBuilder text = new StringBuilder(1024);
  private final LedgerSnapshot ledger;

  private SummaryText(LedgerSnapshot ledger) {
    this.ledger = ledger;
  }

  static String of(LedgerSnapshot ledger) {
    SummaryText summary = new SummaryText(ledger);
    summary.kernel();
    summary.builder();
    summary.exporters();
    summary.verdict();
    return summary.text.toString();
  }

  private void kernel() {
    KernelCounts k = ledger.kernel();
    row("requests seen", k.requestsSeen());
    rowIfAny("  sampled out", k.sampledOut());
    rowIfAny("  lost: table of open spans full", k.lostMapFull());
    rowIfAny("  lost: no scratch memory", k.lostNoScratch());
    rowIfAny("  lost: request unreadable", k.lostRequestUnreadable());
    row("spans started", k.spansStarted());
    rowIfAny("  lost: end missed", k.spansReplaced());
    rowIfAny("  lost: process went away", k.spansSwept());
    rowIfAny("  lost: ring full", k.lostRingFull());
    rowIfAny("  lost: response unreadable", k.lostUnreadable());
    rowIfAny("  lost: no scratch memory", k.lostNoScratchAtEnd());
    rowIfAny("  still open", k.open());
    rowIfAny("process events lost: ring full", k.eventsLost());
  }

  private void builder() {
    row("records read", ledger.recordsRead());
    ledger.refused().forEach((reason, count) -> rowIfAny("  refused: " + reason, count));
    row("spans built", ledger.spansBuilt());
  }

  private void exporters() {
    if (ledger.exporters().isEmpty()) {
      return;
    }
    label("exporter");
    for (ExporterCounts exporter : ledger.exporters()) {
      right(exporter.name());
    }
    text.append('\n');
    exporterRow("  received", true, ExporterCounts::received);
    exporterRow("  exported", true, ExporterCounts::exported);
    exporterRow("  rejected in a partial success", false, ExporterCounts::rejected);
    exporterRow("  refused by the backend", false, ExporterCounts::refused);
    exporterRow("  given up after retries", false, ExporterCounts::gaveUp);
    exporterRow("  lost: the exporter failed", false, ExporterCounts::failed);
    exporterRow("  dropped: queue full", false, ExporterCounts::droppedQueueFull);
    exporterRow("  dropped: shutdown", false, ExporterCounts::droppedAtShutdown);
    exporterRow("  waiting", false, ExporterCounts::waiting);
  }

  private void verdict() {
    label("balance");
    text.append("  ")
        .append(
            ledger
                .check()
                .map(imbalance -> "does not add up: " + imbalance)
                .orElse("adds up: every request is in a row above"));
  }

  private void exporterRow(String label, boolean always, ToLongFunction<ExporterCounts> count) {
    List<Long> counts = new ArrayList<>();
    boolean any = always;
    for (ExporterCounts exporter : ledger.exporters()) {
      long value = count.applyAsLong(exporter);
      any |= value != 0;
      counts.add(value);
    }
    if (any) {
      label(label);
      counts.forEach(value -> right(number(value)));
      text.append('\n');
    }
  }

  private void rowIfAny(String label, long count) {
    if (count != 0) {
      row(label, count);
    }
  }

  private void row(String label, long count) {
    label(label);
    right(number(count));
    text.append('\n');
  }

  private void label(String label) {
    text.append(label);
    pad(LABEL_WIDTH - label.length());
  }

  private void right(String value) {
    // At least one space, so that neighbours never run together.
    pad(Math.max(1, NUMBER_WIDTH - value.length()));
    text.append(value);
  }

  private void pad(int count) {
    for (int i = 0; i < count; i++) {
      text.append(' ');
    }
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }
}
