// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.monitor;

import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.ledger.ConnectorCounts;
import io.goshawk.collector.ledger.ExporterCounts;
import io.goshawk.collector.ledger.LedgerSnapshot;
import io.goshawk.collector.ledger.Measure;
import io.goshawk.collector.ledger.PipelineCounts;
import io.goshawk.collector.ledger.ProbeCost;
import io.goshawk.collector.ledger.TrapPrice;
import io.goshawk.collector.prometheus.PrometheusText;
import io.goshawk.collector.prometheus.PrometheusText.Type;
import io.goshawk.config.component.Signal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The agent's numbers as metrics: those that the Collector has under its names
 * (opentelemetry-collector docs and service/telemetry, "internal telemetry"), and Goshawk's own,
 * which are all numbers of the ledger.
 */
final class Metrics {
  private static final String CONNECTOR = "connector";
  private static final String EXPORTER = "exporter";
  private static final String RECEIVER = "receiver";
  private static final String PROCESSOR = "processor";
  private static final String REASON = "reason";

  /** How much is shown. */
  enum Level {
    /** What comes in, what goes out, and what is lost. */
    BASIC,
    /** Also what happens in between. */
    NORMAL,
    /** Also each service's numbers. */
    DETAILED
  }

  private final Level level;
  private final boolean suffixes;
  private final boolean units;
  private final Map<String, String> resource;
  private final long startNanos;

  /**
   * @param resource the agent's own, for {@code target_info}
   * @param startNanos when the agent started, by {@link System#nanoTime()}
   */
  Metrics(
      Level level, boolean suffixes, boolean units, Map<String, String> resource, long startNanos) {
    this.level = level;
    this.suffixes = suffixes;
    this.units = units;
    this.resource = new LinkedHashMap<>(resource);
    this.startNanos = startNanos;
  }

  /** All of them, as they are now, for Prometheus. */
  String text(LedgerSnapshot ledger, long nowNanos) {
    PrometheusText text = new PrometheusText(suffixes, units);
    target(text);
    tell(ledger, nowNanos, text::add);
    return text.toString();
  }

  /** Tells all of them, as they are now. */
  void tell(LedgerSnapshot ledger, long nowNanos, Numbers numbers) {
    process(numbers, nowNanos);
    ledger.flow().receivers().forEach(node -> receiver(node, numbers));
    if (level != Level.BASIC) {
      ledger.flow().pipelines().forEach(pipeline -> processors(pipeline, numbers));
    }
    ledger.flow().connectors().forEach(connector -> connector(connector, numbers));
    ledger.flow().exporters().forEach(exporter -> exporter(exporter, numbers));
    ledger.measures().forEach(measure -> own(measure, numbers));
    ledger.costs().forEach(cost -> probes(cost, numbers));
    ledger.traps().forEach(trap -> trap(trap, numbers));
  }

  /** The agent's own resource. */
  Map<String, String> resource() {
    return Collections.unmodifiableMap(resource);
  }

  private void target(PrometheusText text) {
    List<String> labels = new ArrayList<>();
    resource.forEach(
        (key, value) -> {
          labels.add(PrometheusText.labelName(key));
          labels.add(value);
        });
    text.gauge("target_info", "What this is.", 1, labels.toArray(new String[0]));
  }

  private void process(Numbers numbers, long nowNanos) {
    numbers.add(
        Type.COUNTER,
        "otelcol_process_uptime",
        Optional.of("seconds"),
        "How long the agent has been running.",
        (nowNanos - startNanos) / 1e9);
    OwnProcess.cpuSeconds()
        .ifPresent(
            seconds ->
                numbers.add(
                    Type.COUNTER,
                    "otelcol_process_cpu_seconds",
                    Optional.of("seconds"),
                    "CPU time that the agent has used.",
                    seconds));
    OwnProcess.residentBytes()
        .ifPresent(
            bytes ->
                numbers.add(
                    Type.GAUGE,
                    "otelcol_process_memory_rss",
                    Optional.of("bytes"),
                    "Physical memory that the agent has.",
                    bytes));
    numbers.add(
        Type.GAUGE,
        "otelcol_process_runtime_heap_alloc_bytes",
        Optional.of("bytes"),
        "Bytes of the Java heap in use.",
        OwnProcess.heapBytes());
  }

  private static void receiver(NodeAccount.Snapshot node, Numbers numbers) {
    numbers.counter(
        "otelcol_receiver_accepted_" + items(node.signal()),
        "Items that a receiver has handed on.",
        node.out(),
        RECEIVER,
        node.node());
    numbers.counter(
        "otelcol_receiver_refused_" + items(node.signal()),
        "Items that a receiver could not hand on.",
        node.allDropped(),
        RECEIVER,
        node.node());
    node.refusedRequests()
        .forEach(
            (reason, count) ->
                numbers.counter(
                    "goshawk_receiver_refused_requests",
                    "Requests that were turned away before what is in them was counted.",
                    count,
                    RECEIVER,
                    node.node(),
                    REASON,
                    reason));
  }

  private static void processors(PipelineCounts pipeline, Numbers numbers) {
    for (NodeAccount.Snapshot node : pipeline.processors()) {
      // Its books are named after the pipeline, too.
      String id = node.node().substring(pipeline.name().length() + 1);
      String[] labels = {PROCESSOR, id, "pipeline", pipeline.name()};
      numbers.counter(
          "otelcol_processor_incoming_items", "Items that came to a processor.", node.in(), labels);
      numbers.counter(
          "otelcol_processor_outgoing_items",
          "Items that a processor has handed on.",
          node.out(),
          labels);
      if (id.equals("memory_limiter") || id.startsWith("memory_limiter/")) {
        numbers.counter(
            "otelcol_processor_memory_limiter_accepted_" + items(node.signal()),
            "Items for which there was memory.",
            node.out(),
            labels);
        numbers.counter(
            "otelcol_processor_memory_limiter_refused_" + items(node.signal()),
            "Items for which there was no memory.",
            node.allDropped(),
            labels);
      }
    }
  }

  private static void connector(ConnectorCounts connector, Numbers numbers) {
    String[] labels = {CONNECTOR, connector.taken().node()};
    numbers.counter(
        "otelcol_connector_consumed_items",
        "Spans that came to a connector.",
        connector.taken().in(),
        labels);
    numbers.counter(
        "otelcol_connector_produced_items",
        "Metric points that a connector has handed on.",
        connector.given().out(),
        labels);
    connector
        .taken()
        .gauges()
        .forEach(
            (name, value) ->
                numbers.gauge(
                    "goshawk_connector_" + name,
                    name.equals("series")
                        ? "Series that a connector holds."
                        : "Measurements for which a connector had no series of their own.",
                    value,
                    labels));
  }

  private static void exporter(ExporterCounts exporter, Numbers numbers) {
    String items = items(exporter.signal());
    numbers.counter(
        "otelcol_exporter_sent_" + items,
        "Items that a destination has taken.",
        exporter.exported(),
        EXPORTER,
        exporter.name());
    numbers.counter(
        "otelcol_exporter_send_failed_" + items,
        "Items that were lost on the way to a destination.",
        exporter.lost() - exporter.droppedQueueFull() - exporter.notKept(),
        EXPORTER,
        exporter.name());
    numbers.counter(
        "otelcol_exporter_enqueue_failed_" + items,
        "Items for which a queue had no room.",
        exporter.droppedQueueFull() + exporter.notKept(),
        EXPORTER,
        exporter.name());
    exporter
        .gauges()
        .forEach(
            (name, value) ->
                numbers.gauge(
                    "otelcol_exporter_" + name,
                    name.equals("queue_capacity")
                        ? "How much a queue may hold, in what it is counted in."
                        : "What a queue holds, in what it is counted in.",
                    value,
                    EXPORTER,
                    exporter.name(),
                    "data_type",
                    exporter.signal().toString()));
  }

  private static void probes(ProbeCost cost, Numbers numbers) {
    String[] labels = {"binary", cost.binary(), "row", cost.row()};
    numbers.counter(
        "goshawk_probe_hits",
        "How often the probes of a row were hit, estimated.",
        cost.hits(),
        labels);
    numbers.add(
        Type.COUNTER,
        "goshawk_probe_cpu_seconds",
        Optional.of("seconds"),
        "CPU time of traced processes that the probes of a row took, estimated: hits, times what"
            + " each was measured to take and what a trap takes besides.",
        cost.nanos() / 1e9,
        labels);
  }

  private static void trap(TrapPrice trap, Numbers numbers) {
    numbers.add(
        Type.GAUGE,
        "goshawk_probe_trap_seconds",
        Optional.of("seconds"),
        "What the trap of a probe takes of a traced thread besides its program, by what the kernel"
            + " does with the instruction.",
        trap.nanos() / 1e9,
        "kind",
        trap.kind(),
        "basis",
        trap.basis());
  }

  /** The ledger's, whatever is in it. */
  private void own(Measure measure, Numbers numbers) {
    switch (measure.of()) {
      case "libraries" ->
          numbers.counter(
              "goshawk_kernel_calls",
              "Calls of a library, by what became of them in the kernel.",
              measure.count(),
              "library",
              measure.name(),
              "outcome",
              measure.key());
      case "agent" ->
          numbers.counter(
              "goshawk_agent_records",
              "Records from the kernel, by what became of them.",
              measure.count(),
              "outcome",
              measure.key());
      case "breaker" ->
          numbers.counter(
              "goshawk_breaker_rows",
              "Rows of binaries that the breaker has turned off and on again.",
              measure.count(),
              "outcome",
              measure.key());
      case "connectors" -> items(CONNECTOR, "spans", measure, numbers);
      case "exporters" -> items(EXPORTER, "spans", measure, numbers);
      case "metrics_exporters" -> items(EXPORTER, "metric_points", measure, numbers);
      case "processors" -> processorItems("spans", measure, numbers);
      case "metrics_processors" -> processorItems("metric_points", measure, numbers);
      case "services" -> {
        if (level == Level.DETAILED) {
          numbers.counter(
              "goshawk_service_spans",
              "Spans of a traced service, by what became of them.",
              measure.count(),
              "service",
              measure.name(),
              "outcome",
              measure.key());
        }
      }
      default -> {
        // Receivers' have their own above, as has what connectors give.
      }
    }
  }

  /** How the Collector's names have what is counted. */
  private static String items(Signal signal) {
    return switch (signal) {
      case TRACES -> "spans";
      case METRICS -> "metric_points";
    };
  }

  private void processorItems(String items, Measure measure, Numbers numbers) {
    if (level != Level.BASIC) {
      items(PROCESSOR, items, measure, numbers);
    }
  }

  private static void items(String kind, String items, Measure measure, Numbers numbers) {
    numbers.counter(
        "goshawk_" + kind + "_" + items,
        items.equals("spans")
            ? "Spans, by what became of them."
            : "Metric points, by what became of them.",
        measure.count(),
        kind,
        measure.name(),
        "outcome",
        measure.key());
  }
}
