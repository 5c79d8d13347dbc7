// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.service;

import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.ComponentId;
import io.goshawk.config.component.QueueConfig;
import io.goshawk.config.component.TelemetryConfig;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.tree.Findings;
import io.goshawk.config.tree.Origin;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What of a configuration that runs cannot be gone over to, but by a restart. */
final class Reload {
  private static final String ONLY_BY_RESTART = " only by a restart";

  private Reload() {}

  /** Finds what would have to be changed that cannot be while it runs. */
  static void check(CollectorConfig running, CollectorConfig next, Findings findings) {
    kernel(running, next, findings);
    if (!areSame(running.extensions(), next.extensions())) {
      findings.error(
          next.extensions().stream().findFirst().map(Component::origin).orElse(Origin.DEFAULT),
          "service::extensions",
          "extensions, and their settings, are changed" + ONLY_BY_RESTART);
    }
    Settings metrics = next.telemetry().get(TelemetryConfig.METRICS);
    if (!metrics.saysTheSameAs(running.telemetry().get(TelemetryConfig.METRICS))) {
      findings.error(
          metrics.origin(), "service::telemetry::metrics", "is changed" + ONLY_BY_RESTART);
    }
    storedQueues(running, next, findings);
  }

  /** The programs are in the kernel once, and count from their beginning to their end. */
  private static void kernel(CollectorConfig running, CollectorConfig next, Findings findings) {
    Set<ComponentId> before = ids(KernelReceivers.of(running));
    Set<ComponentId> after = ids(KernelReceivers.of(next));
    if (!before.equals(after)) {
      findings.error(
          KernelReceivers.of(next).stream()
              .findFirst()
              .map(Component::origin)
              .orElse(Origin.DEFAULT),
          "receivers::goshawk",
          "comes, goes, or has another name" + ONLY_BY_RESTART);
    }
  }

  private static Set<ComponentId> ids(List<Component> components) {
    return components.stream().map(Component::id).collect(Collectors.toSet());
  }

  /** Two exporters of one name, for a while, would use the same file. */
  private static void storedQueues(
      CollectorConfig running, CollectorConfig next, Findings findings) {
    Map<Object, Component> before = new LinkedHashMap<>();
    exporters(running).forEach(exporter -> before.put(exporter.id(), exporter));
    for (Component exporter : exporters(next)) {
      Component old = before.get(exporter.id());
      if (old != null && !old.isSameAs(exporter) && (isStored(old) || isStored(exporter))) {
        findings.error(
            exporter.origin(),
            "exporters::" + exporter.id(),
            "an exporter whose queue is on disk is changed" + ONLY_BY_RESTART);
      }
    }
  }

  private static Collection<Component> exporters(CollectorConfig config) {
    Set<Component> exporters = new LinkedHashSet<>();
    config.pipelines().values().forEach(pipeline -> exporters.addAll(pipeline.exporters()));
    return exporters;
  }

  private static boolean isStored(Component exporter) {
    return exporter.declaration().section().keys().contains(QueueConfig.SENDING_QUEUE)
        && exporter.settings().get(QueueConfig.SENDING_QUEUE).says(QueueConfig.STORAGE);
  }

  private static boolean areSame(List<Component> before, List<Component> after) {
    if (before.size() != after.size()) {
      return false;
    }
    for (int i = 0; i < before.size(); i++) {
      if (!before.get(i).isSameAs(after.get(i))) {
        return false;
      }
    }
    return true;
  }
}
