// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import io.goshawk.collector.component.NodeAccount;
import io.goshawk.config.component.Signal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * The open books of all that data flows through: receivers, pipelines, connectors, exporters, and
 * the edges between them. A receiver, a connector or an exporter that comes back under its name
 * goes on in its books; a pipeline that is built anew gets new ones, and the old ones stay.
 * Thread-safe.
 */
public final class FlowAccount {
  private final Map<Node, NodeAccount> receivers = new LinkedHashMap<>();
  private final List<PipelineAccount> pipelines = new ArrayList<>();
  private final Map<String, Connection> connectors = new LinkedHashMap<>();
  private final Map<Node, NodeAccount> exporters = new LinkedHashMap<>();
  private final LongAdder leftReceivers = new LongAdder();
  private final LongAdder handedToPipelines = new LongAdder();
  private final LongAdder handedToExporters = new LongAdder();

  FlowAccount() {}

  /** A receiver or an exporter has books of its own for each signal. */
  private record Node(String name, Signal signal) {
    NodeAccount account() {
      return new NodeAccount(name, signal);
    }
  }

  /** The two sides of a connector. */
  public record Connection(NodeAccount taken, NodeAccount given) {}

  /** The books of a receiver, of one of the signals that it gives. */
  public synchronized NodeAccount receiver(String name, Signal signal) {
    return receivers.computeIfAbsent(new Node(name, signal), Node::account);
  }

  /** Opens the books of a pipeline. */
  public synchronized PipelineAccount pipeline(String name, List<NodeAccount> processors) {
    PipelineAccount account = new PipelineAccount(name, processors);
    pipelines.add(account);
    return account;
  }

  /** The books of a connector. */
  public synchronized Connection connector(String name, Signal takes, Signal gives) {
    return connectors.computeIfAbsent(
        name, key -> new Connection(new NodeAccount(key, takes), new NodeAccount(key, gives)));
  }

  /** The books of an exporter, of one of the signals that it takes. */
  public synchronized NodeAccount exporter(String name, Signal signal) {
    return exporters.computeIfAbsent(new Node(name, signal), Node::account);
  }

  /**
   * A receiver or a connector has handed items on.
   *
   * @param pipelines how many get them
   */
  public void leftReceiver(long spans, int pipelines) {
    leftReceivers.add(spans);
    handedToPipelines.add(spans * pipelines);
  }

  /**
   * A pipeline has handed items on.
   *
   * @param exporters how many exporters and connectors get them
   */
  public void leftPipeline(long spans, int exporters) {
    handedToExporters.add(spans * exporters);
  }

  /** The books of every receiver, processor, connector and exporter, as they are now. */
  public synchronized List<NodeAccount.Snapshot> nodes() {
    List<NodeAccount.Snapshot> nodes = new ArrayList<>();
    receivers.values().forEach(account -> nodes.add(account.snapshot()));
    pipelines.forEach(pipeline -> nodes.addAll(pipeline.counts().processors()));
    for (Connection connector : connectors.values()) {
      nodes.add(connector.taken().snapshot());
      nodes.add(connector.given().snapshot());
    }
    exporters.values().forEach(account -> nodes.add(account.snapshot()));
    return nodes;
  }

  /** As they are now, read from the end of the way to its beginning. */
  synchronized FlowCounts counts() {
    List<ExporterCounts> delivered = new ArrayList<>();
    exporters.values().forEach(account -> delivered.add(ExporterCounts.of(account.snapshot())));
    List<NodeAccount.Snapshot> taken = new ArrayList<>();
    connectors.values().forEach(connector -> taken.add(connector.taken().snapshot()));
    long toExporters = handedToExporters.sum();
    List<PipelineCounts> passed = new ArrayList<>();
    pipelines.forEach(pipeline -> passed.add(pipeline.counts()));
    long toPipelines = handedToPipelines.sum();
    long received = leftReceivers.sum();
    List<ConnectorCounts> connected = new ArrayList<>();
    for (Connection connector : connectors.values()) {
      connected.add(new ConnectorCounts(taken.get(connected.size()), connector.given().snapshot()));
    }
    List<NodeAccount.Snapshot> came = new ArrayList<>();
    receivers.values().forEach(account -> came.add(account.snapshot()));
    return new FlowCounts(came, received, toPipelines, connected, passed, toExporters, delivered);
  }
}
