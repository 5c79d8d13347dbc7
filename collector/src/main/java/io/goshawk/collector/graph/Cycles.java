// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.graph;

import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.CollectorConfig.Pipeline;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.PipelineId;
import io.goshawk.config.tree.Findings;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Finds pipelines that connectors join into a circle, in which data would go round for ever. */
final class Cycles {
  private final CollectorConfig config;
  private final Findings findings;
  private final Set<PipelineId> done = new LinkedHashSet<>();
  private final List<PipelineId> path = new ArrayList<>();

  private Cycles(CollectorConfig config, Findings findings) {
    this.config = config;
    this.findings = findings;
  }

  /**
   * Refuses them.
   *
   * @return the pipelines, each after all that it hands data to
   */
  static List<PipelineId> check(CollectorConfig config, Findings findings) {
    Cycles cycles = new Cycles(config, findings);
    config.pipelines().keySet().forEach(cycles::visit);
    return List.copyOf(cycles.done);
  }

  private void visit(PipelineId id) {
    if (done.contains(id)) {
      return;
    }
    path.add(id);
    for (Component exporter : config.pipelines().get(id).exporters()) {
      if (exporter.kind() == ComponentKind.CONNECTOR) {
        for (Pipeline behind : config.pipelines().values()) {
          if (behind.receivers().contains(exporter)) {
            follow(exporter, behind.id());
          }
        }
      }
    }
    path.remove(path.size() - 1);
    done.add(id);
  }

  private void follow(Component connector, PipelineId next) {
    int begin = path.indexOf(next);
    if (begin < 0) {
      visit(next);
      return;
    }
    String circle =
        path.subList(begin, path.size()).stream()
            .map(PipelineId::toString)
            .collect(Collectors.joining(" -> "));
    findings.error(
        connector.origin(),
        "connectors::" + connector.id(),
        "closes a circle of pipelines: " + circle + " -> " + next);
  }
}
