// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import io.goshawk.collector.component.NodeAccount;
import java.util.List;

/**
 * The books of all that spans flow through, at one moment.
 *
 * @param receivers each receiver's, in the order they were opened
 * @param leftReceivers items that came out of receivers and connectors
 * @param handedToPipelines the same, each once for every pipeline that it went into
 * @param connectors each one's, in the order they were opened
 * @param pipelines each pipeline's, in the order they were built
 * @param handedToExporters items that came out of pipelines, each once for every exporter or
 *     connector
 * @param exporters each exporter's, in the order they were opened
 */
public record FlowCounts(
    List<NodeAccount.Snapshot> receivers,
    long leftReceivers,
    long handedToPipelines,
    List<ConnectorCounts> connectors,
    List<PipelineCounts> pipelines,
    long handedToExporters,
    List<ExporterCounts> exporters) {

  public FlowCounts {
    receivers = List.copyOf(receivers);
    connectors = List.copyOf(connectors);
    pipelines = List.copyOf(pipelines);
    exporters = List.copyOf(exporters);
  }
}
