// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import static io.goshawk.collector.ledger.Stage.line;

import io.goshawk.abi.Counter;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.ledger.Stage.Line;
import io.goshawk.config.component.Signal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The books as data: which counters there are, what people read of them, and which equations they
 * are in. A counter more is a line more here.
 */
final class Books {

  /** From the probe to the ring, for each library. */
  private static final List<Stage<LibraryCounts>> KERNEL = kernel();

  /** The type of the receiver whose spans are built here. */
  private static final String KERNEL_RECEIVER = "goshawk";

  private static final List<Line<ServiceCounts>> SERVICE =
      List.of(
          line("requests", "requests", ServiceCounts::requests),
          line("spans", "spans", ServiceCounts::spans),
          line("errors", "errors", ServiceCounts::errors),
          line("lost", "lost", ServiceCounts::lost));

  /** What else becomes of a service's requests. */
  private static final List<Line<ServiceCounts>> SERVICE_BESIDES =
      List.of(
          line("sampled_out", "sampled out", ServiceCounts::sampledOut),
          line("not_traced", "not traced", ServiceCounts::notTraced),
          line("open", "still open", ServiceCounts::open));

  /** What the breaker has done; in no equation. */
  private static final List<Line<LedgerSnapshot>> BREAKER =
      List.of(
          line("turned_off", "rows turned off: over their budget", LedgerSnapshot::rowsTurnedOff),
          line("turned_on", "rows turned on again", LedgerSnapshot::rowsTurnedOn));

  private Books() {}

  private static List<Stage<LibraryCounts>> kernel() {
    Line<LibraryCounts> started =
        counted("spans_started", "spans started", Counter.COUNT_SPANS_STARTED);
    return List.of(
        Stage.of(
            line("requests_seen", "requests seen", LibraryCounts::seen),
            List.of(
                line(
                    "before_traced", "not traced: before their process was", LibraryCounts::before),
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
                line(
                    "dropped_unwanted", "dropped: to be traced no longer", LibraryCounts::unwanted),
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
          counted(
              "context_foreign",
              "a request's context, not known whose",
              Counter.COUNT_CONTEXT_FOREIGN),
          counted("context_cut", "context not followed to its end", Counter.COUNT_CONTEXT_CUT),
          counted(
              "birth_unknown", "goroutine's time of birth not known", Counter.COUNT_BIRTH_UNKNOWN),
          counted("given_work", "goroutine may work for others", Counter.COUNT_GIVEN_WORK));

  /**
   * How records tell calls, where that hangs on how slow they were, and what spans lack of what
   * became of them; in no equation.
   */
  private static final List<Line<LibraryCounts>> DETAIL =
      List.of(
          counted("told_whole", "told whole: slow, failed or new", Counter.COUNT_TOLD_WHOLE),
          counted("told_briefly", "told by their text: a little slow", Counter.COUNT_TOLD_BRIEFLY),
          counted("told_by_key", "told by their summary", Counter.COUNT_TOLD_BY_KEY),
          counted("rest_unseen", "rows closed unseen: too many open", Counter.COUNT_REST_UNSEEN));

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
    refused.add(
        line("lost_unbuilt", "lost: no time left to build them", LedgerSnapshot::recordsUnbuilt));
    Line<LedgerSnapshot> read = line("records_read", "records read", LedgerSnapshot::recordsRead);
    return List.of(
        Stage.of(
            line(
                "records_written",
                "records written",
                snapshot -> snapshot.kernel().recordsWritten()),
            List.of(
                line(
                    "lost_in_ring",
                    "lost: no time left to empty the ring",
                    LedgerSnapshot::recordsLeft)),
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

  /**
   * From the queue to the backend, for each exporter.
   *
   * @param rests whether nobody delivers any more, so that only what is on a disk is still there
   */
  private static Stage<ExporterCounts> delivery(boolean rests) {
    return Stage.of(
        line("received", "received", counts -> counts.received() + counts.restored()),
        List.of(
            line("rejected", ExporterAccount.REJECTED, ExporterCounts::rejected),
            line("refused", ExporterAccount.REFUSED, ExporterCounts::refused),
            line("gave_up", ExporterAccount.GAVE_UP, ExporterCounts::gaveUp),
            line("failed", ExporterAccount.FAILED, ExporterCounts::failed),
            line(
                "dropped_queue_full", ExporterAccount.QUEUE_FULL, ExporterCounts::droppedQueueFull),
            line("dropped_not_kept", ExporterAccount.NOT_KEPT, ExporterCounts::notKept),
            line("lost_unreadable", ExporterAccount.UNREADABLE, ExporterCounts::unreadable),
            line(
                "dropped_at_shutdown", ExporterAccount.SHUTDOWN, ExporterCounts::droppedAtShutdown),
            line("kept", "left on disk for the next run", counts -> rests ? counts.held() : 0)),
        "waiting",
        "in flight: waiting or being sent",
        line("exported", "exported", ExporterCounts::exported));
  }

  /** A node whose reasons to drop are its own: they are known only from the snapshots. */
  private static Stage<NodeAccount.Snapshot> node(List<NodeAccount.Snapshot> nodes) {
    SortedSet<String> reasons = new TreeSet<>();
    nodes.forEach(node -> reasons.addAll(node.dropped().keySet()));
    List<Line<NodeAccount.Snapshot>> dropped = new ArrayList<>();
    for (String reason : reasons) {
      dropped.add(
          line(
              "dropped_" + reason.replace(' ', '_'),
              "dropped: " + reason,
              node -> node.dropped().getOrDefault(reason, 0L)));
    }
    return Stage.of(
        line("received", "received", NodeAccount.Snapshot::in),
        dropped,
        "held",
        "held",
        line("passed_on", "passed on", NodeAccount.Snapshot::out));
  }

  /** Receivers other than the kernel's, whose way to here has rows of its own. */
  private static List<NodeAccount.Snapshot> otherReceivers(FlowCounts flow) {
    return flow.receivers().stream().filter(node -> !isKernel(node)).toList();
  }

  private static boolean isKernel(NodeAccount.Snapshot receiver) {
    return receiver.node().equals(KERNEL_RECEIVER)
        || receiver.node().startsWith(KERNEL_RECEIVER + "/");
  }

  /** Of all pipelines, under the name of each; those of one that was built anew together. */
  private static List<NodeAccount.Snapshot> processors(FlowCounts flow) {
    Map<String, NodeAccount.Snapshot> all = new LinkedHashMap<>();
    for (PipelineCounts pipeline : flow.pipelines()) {
      pipeline.processors().forEach(node -> all.merge(node.node(), node, Books::sum));
    }
    return List.copyOf(all.values());
  }

  private static List<NodeAccount.Snapshot> of(Signal signal, List<NodeAccount.Snapshot> nodes) {
    return nodes.stream().filter(node -> node.signal() == signal).toList();
  }

  private static List<ExporterCounts> exporters(FlowCounts flow, Signal signal) {
    return flow.exporters().stream().filter(exporter -> exporter.signal() == signal).toList();
  }

  /** What connectors take, or what they give. */
  private static List<NodeAccount.Snapshot> connectors(
      FlowCounts flow, Function<ConnectorCounts, NodeAccount.Snapshot> side) {
    return flow.connectors().stream().map(side).toList();
  }

  private static NodeAccount.Snapshot sum(NodeAccount.Snapshot a, NodeAccount.Snapshot b) {
    Map<String, Long> dropped = new LinkedHashMap<>(a.dropped());
    b.dropped().forEach((reason, count) -> dropped.merge(reason, count, Long::sum));
    return new NodeAccount.Snapshot(
        a.node(),
        a.signal(),
        a.in() + b.in(),
        a.restored() + b.restored(),
        a.out() + b.out(),
        dropped,
        a.held() + b.held(),
        a.refusedRequests(),
        a.gauges());
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
    agent.add(
        Table.row(
            line(
                "spans_incomplete",
                "not all that was awaited came in time",
                LedgerSnapshot::spansIncomplete),
            Table.Show.IF_ANY,
            1,
            List.of(ledger)));
    List<Table.Row> breaker = new ArrayList<>();
    BREAKER.forEach(line -> breaker.add(Table.row(line, Table.Show.IF_ANY, 0, List.of(ledger))));
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
    DETAIL.forEach(line -> kernel.add(Table.row(line, Table.Show.IF_ANY, 1, libraries)));
    FlowCounts flow = ledger.flow();
    List<NodeAccount.Snapshot> processors = processors(flow);
    List<ExporterCounts> exporters = exporters(flow, Signal.TRACES);
    List<ExporterCounts> metricsExporters = exporters(flow, Signal.METRICS);
    return List.of(
        new Table("libraries", "library", names(libraries, LibraryCounts::library), kernel),
        new Table("agent", "", List.of(""), agent),
        new Table("breaker", "", List.of(""), breaker),
        nodes("receivers", "receiver", of(Signal.TRACES, otherReceivers(flow))),
        nodes("processors", "processor", of(Signal.TRACES, processors)),
        new Table(
            "exporters",
            "exporter",
            names(exporters, ExporterCounts::name),
            delivered(exporters, ledger.atRest())),
        nodes("connectors", "connector", connectors(flow, ConnectorCounts::taken)),
        nodes("metrics_receivers", "metric points from", of(Signal.METRICS, otherReceivers(flow))),
        nodes("metrics_connectors", "metric points from", connectors(flow, ConnectorCounts::given)),
        nodes("metrics_processors", "metric points in", of(Signal.METRICS, processors)),
        new Table(
            "metrics_exporters",
            "metric points to",
            names(metricsExporters, ExporterCounts::name),
            delivered(metricsExporters, ledger.atRest())),
        new Table(
            "services",
            "service",
            names(ledger.services(), ServiceCounts::service),
            Stream.concat(
                    SERVICE.stream()
                        .map(line -> Table.row(line, Table.Show.ALWAYS, 0, ledger.services())),
                    SERVICE_BESIDES.stream()
                        .map(line -> Table.row(line, Table.Show.IF_ANY, 0, ledger.services())))
                .toList()));
  }

  private static Table nodes(String key, String heading, List<NodeAccount.Snapshot> nodes) {
    return new Table(
        key, heading, names(nodes, NodeAccount.Snapshot::node), withWhatCame(node(nodes), nodes));
  }

  private static List<Table.Row> delivered(List<ExporterCounts> exporters, boolean rests) {
    List<Table.Row> rows = withWhatCame(delivery(rests), exporters);
    rows.add(
        1,
        Table.row(
            line("restored", "left by an earlier run", ExporterCounts::restored),
            Table.Show.IF_ANY,
            2,
            exporters));
    return rows;
  }

  /** What came in, and the rows below it. */
  private static <C> List<Table.Row> withWhatCame(Stage<C> stage, List<C> columns) {
    List<Table.Row> rows = new ArrayList<>();
    rows.add(Table.row(stage.in(), Table.Show.ALWAYS, 1, columns));
    rows(List.of(stage), columns).forEach(row -> rows.add(row.indented()));
    return rows;
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

  /** The first equation that does not hold, in the order of the stages. */
  static Optional<Imbalance> check(LedgerSnapshot ledger) {
    boolean rests = ledger.atRest();
    return first(KERNEL, libraries(ledger), rests, LibraryCounts::library)
        .or(() -> first(building(ledger), List.of(ledger), rests, snapshot -> ""))
        .or(() -> nodes(ledger.flow().receivers(), rests))
        .or(() -> nodes(connectors(ledger.flow(), ConnectorCounts::taken), rests))
        .or(() -> nodes(connectors(ledger.flow(), ConnectorCounts::given), rests))
        .or(() -> edges(ledger))
        .or(() -> nodes(processors(ledger.flow()), rests))
        .or(() -> first(List.of(delivery(rests)), ledger.exporters(), rests, ExporterCounts::name));
  }

  private static Optional<Imbalance> nodes(List<NodeAccount.Snapshot> nodes, boolean rests) {
    return first(List.of(node(nodes)), nodes, rests, NodeAccount.Snapshot::node)
        .or(() -> nodes.stream().flatMap(node -> wrongHeld(node, rests).stream()).findFirst());
  }

  /** What a node says that it holds is what the equation leaves. */
  private static Optional<Imbalance> wrongHeld(NodeAccount.Snapshot node, boolean rests) {
    return rests && node.inside() != node.held()
        ? Optional.of(new Imbalance(node.node() + ": held", node.inside(), node.held()))
        : Optional.empty();
  }

  /** The ends of each edge, the upper first. */
  private static Optional<Imbalance> edges(LedgerSnapshot ledger) {
    FlowCounts flow = ledger.flow();
    List<Imbalance> edges = new ArrayList<>();
    edges.add(
        new Imbalance(
            "spans built = received from the kernel",
            ledger.spansBuilt(),
            flow.receivers().stream()
                .filter(Books::isKernel)
                .mapToLong(NodeAccount.Snapshot::in)
                .sum()));
    edges.add(
        new Imbalance(
            "passed on by receivers = handed on to pipelines",
            flow.receivers().stream().mapToLong(NodeAccount.Snapshot::out).sum()
                + flow.connectors().stream().mapToLong(each -> each.given().out()).sum(),
            flow.leftReceivers()));
    edges.add(
        new Imbalance(
            "handed to pipelines = received by pipelines",
            flow.handedToPipelines(),
            flow.pipelines().stream().mapToLong(PipelineCounts::in).sum()));
    for (PipelineCounts pipeline : flow.pipelines()) {
      long before = pipeline.in();
      for (NodeAccount.Snapshot node : pipeline.processors()) {
        edges.add(new Imbalance("handed to " + node.node() + " = received", before, node.in()));
        before = node.out();
      }
      edges.add(
          new Imbalance(
              "passed on by the last of " + pipeline.name() + " = left it",
              before,
              pipeline.out()));
    }
    edges.add(
        new Imbalance(
            "handed to exporters = received by exporters",
            flow.handedToExporters(),
            flow.exporters().stream().mapToLong(ExporterCounts::received).sum()
                + flow.connectors().stream().mapToLong(each -> each.taken().in()).sum()));
    return edges.stream()
        .filter(edge -> ledger.atRest() ? edge.missing() != 0 : edge.missing() < 0)
        .findFirst();
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
