// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import static io.goshawk.collector.ledger.Stage.line;

import io.goshawk.abi.Counter;
import io.goshawk.collector.ledger.Stage.Line;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * The books as data: which counters there are, what people read of them, and which equations they
 * are in. A counter more is a line more here.
 */
final class Books {

  /** From the probe to the ring, for each library. */
  private static final List<Stage<LibraryCounts>> KERNEL = kernel();

  /** From the queue to the backend, for each exporter. */
  private static final List<Stage<Delivered>> DELIVERY = delivery();

  private static final List<Line<ServiceCounts>> SERVICE =
      List.of(
          line("spans", "spans", ServiceCounts::spans),
          line("errors", "errors", ServiceCounts::errors),
          line("lost", "lost", ServiceCounts::lost));

  /** An exporter's books, and what should have come to it. */
  private record Delivered(long spansBuilt, ExporterCounts counts) {}

  private Books() {}

  private static List<Stage<LibraryCounts>> kernel() {
    Line<LibraryCounts> started =
        counted("spans_started", "spans started", Counter.COUNT_SPANS_STARTED);
    return List.of(
        Stage.of(
            counted("requests_seen", "requests seen", Counter.COUNT_SEEN),
            List.of(
                counted("sampled_out", "sampled out", Counter.COUNT_SAMPLED_OUT),
                counted(
                    "lost_map_full", "lost: table of open spans full", Counter.COUNT_LOST_MAP_FULL),
                counted(
                    "lost_over_share",
                    "lost: process has its share of it",
                    Counter.COUNT_LOST_OVER_SHARE),
                counted("no_end", "not traced: their end is not seen", Counter.COUNT_NO_END),
                counted(
                    "lost_no_scratch", "lost: no scratch memory", Counter.COUNT_LOST_NO_SCRATCH),
                counted(
                    "lost_request_unreadable",
                    "lost: request unreadable",
                    Counter.COUNT_LOST_UNREADABLE_AT_START)),
            "starting",
            "in flight: starting",
            started),
        Stage.of(
            started,
            List.of(
                counted("lost_end_missed", "lost: end missed", Counter.COUNT_SPANS_REPLACED),
                line("lost_process_gone", "lost: process went away", LibraryCounts::swept),
                counted("lost_ring_full", "lost: ring full", Counter.COUNT_LOST_RING_FULL),
                counted(
                    "lost_unreadable", "lost: response unreadable", Counter.COUNT_LOST_UNREADABLE),
                counted(
                    "lost_no_scratch_at_end",
                    "lost: no scratch memory",
                    Counter.COUNT_LOST_NO_SCRATCH_AT_END)),
            "open",
            "still open",
            counts -> counts.open().orElse(0),
            counted("records_written", "records written", Counter.COUNT_RECORDS_RESERVED)));
  }

  /** What spans may lack of their parents, or could have been taken for one; in no equation. */
  private static final List<Line<LibraryCounts>> PARENTS =
      List.of(
          counted("too_deep", "inside of too many spans to be a parent", Counter.COUNT_TOO_DEEP),
          counted("ended_unseen", "no parent: had ended unseen", Counter.COUNT_ENDED_UNSEEN),
          counted("context_unowned", "no parent by their context", Counter.COUNT_CONTEXT_UNOWNED),
          counted("context_cut", "context not followed to its end", Counter.COUNT_CONTEXT_CUT),
          counted(
              "birth_unknown", "goroutine's time of birth not known", Counter.COUNT_BIRTH_UNKNOWN));

  private static Line<LibraryCounts> counted(String key, String label, Counter counter) {
    return line(key, label, counts -> counts.of(counter));
  }

  /** From the ring to the spans; why a record became none is known only from the snapshot. */
  private static List<Stage<LedgerSnapshot>> building(LedgerSnapshot ledger) {
    List<Line<LedgerSnapshot>> refused = new ArrayList<>();
    for (String reason : ledger.refused().keySet()) {
      String key = "refused_" + reason.toLowerCase(Locale.ROOT).replace(' ', '_');
      refused.add(line(key, "refused: " + reason, snapshot -> snapshot.refused().get(reason)));
    }
    Line<LedgerSnapshot> read = line("records_read", "records read", LedgerSnapshot::recordsRead);
    return List.of(
        Stage.of(
            line(
                "records_written",
                "records written",
                snapshot -> snapshot.kernel().recordsWritten()),
            List.of(),
            "in_ring",
            "in flight: in the ring",
            read),
        Stage.of(
            read,
            refused,
            "being_built",
            "in flight: becoming spans",
            line("spans_built", "spans built", LedgerSnapshot::spansBuilt)));
  }

  private static List<Stage<Delivered>> delivery() {
    Line<Delivered> received = line("received", "received", its(ExporterCounts::received));
    return List.of(
        Stage.of(
            line("spans_built", "spans built", Delivered::spansBuilt),
            List.of(),
            "handed_over",
            "in flight: being handed over",
            received),
        Stage.of(
            received,
            List.of(
                line("rejected", "rejected in a partial success", its(ExporterCounts::rejected)),
                line("refused", "refused by the backend", its(ExporterCounts::refused)),
                line("gave_up", "given up after retries", its(ExporterCounts::gaveUp)),
                line("failed", "lost: the exporter failed", its(ExporterCounts::failed)),
                line(
                    "dropped_queue_full",
                    "dropped: queue full",
                    its(ExporterCounts::droppedQueueFull)),
                line(
                    "dropped_at_shutdown",
                    "dropped: shutdown",
                    its(ExporterCounts::droppedAtShutdown))),
            "waiting",
            "in flight: waiting or being sent",
            line("exported", "exported", its(ExporterCounts::exported))));
  }

  private static ToLongFunction<Delivered> its(ToLongFunction<ExporterCounts> count) {
    return delivered -> count.applyAsLong(delivered.counts());
  }

  /** All numbers, in the order of the way from a request to a backend. */
  static List<Table> tables(LedgerSnapshot ledger) {
    List<LibraryCounts> libraries = libraries(ledger);
    List<Stage<LedgerSnapshot>> building = building(ledger);
    List<Table.Row> agent = rows(building, List.of(ledger));
    agent.add(
        Table.row(
            line(
                "process_events_lost",
                "process events lost: ring full",
                (LedgerSnapshot snapshot) -> snapshot.kernel().eventsLost()),
            Table.Show.IF_ANY,
            0,
            List.of(ledger)));
    List<Table.Row> kernel = new ArrayList<>();
    kernel.add(Table.row(KERNEL.get(0).in(), Table.Show.ALWAYS, 0, libraries));
    kernel.addAll(rows(KERNEL, libraries));
    kernel.add(
        Table.row(
            counted("not_calls", "HTTP/2 connection prefaces", Counter.COUNT_NOT_CALLS),
            Table.Show.IF_ANY,
            0,
            libraries));
    PARENTS.forEach(line -> kernel.add(Table.row(line, Table.Show.IF_ANY, 1, libraries)));
    List<Delivered> delivered = delivered(ledger);
    return List.of(
        new Table("libraries", "library", names(libraries, LibraryCounts::library), kernel),
        new Table("agent", "", List.of(""), agent),
        new Table(
            "exporters",
            "exporter",
            names(delivered, d -> d.counts().name()),
            rows(DELIVERY, delivered).stream().map(Table.Row::indented).toList()),
        new Table(
            "services",
            "service",
            names(ledger.services(), ServiceCounts::service),
            SERVICE.stream()
                .map(line -> Table.row(line, Table.Show.ALWAYS, 0, ledger.services()))
                .toList()));
  }

  private static <C> List<String> names(List<C> counts, Function<C, String> name) {
    return counts.stream().map(name).toList();
  }

  /** The rows below what comes into the first of the stages. */
  private static <C> List<Table.Row> rows(List<Stage<C>> stages, List<C> columns) {
    List<Table.Row> rows = new ArrayList<>();
    for (Stage<C> stage : stages) {
      for (Line<C> line : stage.below()) {
        boolean goesOn = line.equals(stage.out());
        rows.add(
            Table.row(
                line, goesOn ? Table.Show.ALWAYS : Table.Show.IF_ANY, goesOn ? 0 : 1, columns));
      }
    }
    return rows;
  }

  /** Those that were met; one at least, whose zeros show that nothing was. */
  private static List<LibraryCounts> libraries(LedgerSnapshot ledger) {
    List<LibraryCounts> all = ledger.kernel().libraries();
    List<LibraryCounts> met = all.stream().filter(library -> !library.isEmpty()).toList();
    if (!met.isEmpty()) {
      return met;
    }
    return all.subList(0, 1);
  }

  private static List<Delivered> delivered(LedgerSnapshot ledger) {
    return ledger.exporters().stream()
        .map(counts -> new Delivered(ledger.spansBuilt(), counts))
        .toList();
  }

  /** The first equation that does not hold, in the order of the stages. */
  static Optional<Imbalance> check(LedgerSnapshot ledger) {
    return first(KERNEL, libraries(ledger), ledger.atRest(), LibraryCounts::library)
        .or(() -> first(building(ledger), List.of(ledger), ledger.atRest(), snapshot -> ""))
        .or(
            () ->
                first(DELIVERY, delivered(ledger), ledger.atRest(), each -> each.counts().name()));
  }

  private static <C> Optional<Imbalance> first(
      List<Stage<C>> stages, List<C> columns, boolean atRest, Function<C, String> name) {
    for (Stage<C> stage : stages) {
      for (C counts : columns) {
        Optional<Imbalance> imbalance = stage.check(counts, atRest);
        if (imbalance.isPresent()) {
          return imbalance.map(found -> columns.size() > 1 ? found.of(name.apply(counts)) : found);
        }
      }
    }
    return Optional.empty();
  }
}
