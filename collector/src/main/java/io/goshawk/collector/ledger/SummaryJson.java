package io.goshawk.collector.ledger;

import java.util.Optional;

/** Writes a snapshot as one line of JSON. */
final class SummaryJson {
  private final StringBuilder json = new StringBuilder(1024);

  private SummaryJson() {}

  static String of(LedgerSnapshot ledger) {
    SummaryJson summary = new SummaryJson();
    summary.write(ledger);
    return summary.json.toString();
  }

  private void write(LedgerSnapshot ledger) {
    KernelCounts k = ledger.kernel();
    json.append("{\"kernel\":{");
    field("requests_seen", k.requestsSeen());
    field("sampled_out", k.sampledOut());
    field("lost_map_full", k.lostMapFull());
    field("lost_no_scratch", k.lostNoScratch());
    field("lost_request_unreadable", k.lostRequestUnreadable());
    field("spans_started", k.spansStarted());
    field("lost_end_missed", k.spansReplaced());
    field("lost_process_gone", k.spansSwept());
    field("lost_ring_full", k.lostRingFull());
    field("lost_unreadable", k.lostUnreadable());
    field("lost_no_scratch_at_end", k.lostNoScratchAtEnd());
    field("records_reserved", k.recordsReserved());
    field("open", k.open());
    field("process_events_lost", k.eventsLost());
    json.append("},");
    field("records_read", ledger.recordsRead());
    field("spans_built", ledger.spansBuilt());
    json.append(",\"refused_by_builder\":{");
    ledger.refused().forEach(this::field);
    json.append("},\"exporters\":{");
    for (ExporterCounts exporter : ledger.exporters()) {
      key(exporter.name());
      json.append('{');
      field("received", exporter.received());
      field("exported", exporter.exported());
      field("rejected", exporter.rejected());
      field("refused", exporter.refused());
      field("gave_up", exporter.gaveUp());
      field("failed", exporter.failed());
      field("dropped_queue_full", exporter.droppedQueueFull());
      field("dropped_at_shutdown", exporter.droppedAtShutdown());
      field("waiting", exporter.waiting());
      json.append('}');
    }
    json.append('}');
    Optional<Imbalance> imbalance = ledger.check();
    key("balanced");
    json.append(imbalance.isEmpty());
    if (imbalance.isPresent()) {
      key("imbalance");
      quoted(imbalance.get().toString());
    }
    json.append('}');
  }

  private void field(String name, long value) {
    key(name);
    json.append(value);
  }

  private void key(String name) {
    char last = json.charAt(json.length() - 1);
    if (last != '{' && last != ',') {
      json.append(',');
    }
    quoted(name);
    json.append(':');
  }

  private void quoted(String value) {
    json.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ') {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    json.append('"');
  }
}
