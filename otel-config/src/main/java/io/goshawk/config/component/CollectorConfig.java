// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Settings;
import io.goshawk.config.tree.Origin;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A whole configuration, read and checked: every component that a pipeline names is defined, and
 * fits there.
 *
 * @param components all that are defined, whether a pipeline has them or not
 * @param extensions those that the service starts, in their order
 * @param pipelines in the order they were written
 * @param telemetry what the agent says of itself, by the keys of {@link TelemetryConfig}
 */
public record CollectorConfig(
    List<Component> components,
    List<Component> extensions,
    Map<PipelineId, Pipeline> pipelines,
    Settings telemetry) {

  /** A component that is defined. */
  public record Component(
      ComponentId id, Declaration declaration, Settings settings, Origin origin) {

    /** Of which kind it is. */
    public ComponentKind kind() {
      return declaration.kind();
    }

    /** Whether it is the same with the same settings, wherever they were written. */
    public boolean isSameAs(Component other) {
      return declaration == other.declaration
          && id.equals(other.id)
          && settings.saysTheSameAs(other.settings);
    }
  }

  /** A pipeline. Receivers and exporters may be connectors. */
  public record Pipeline(
      PipelineId id,
      List<Component> receivers,
      List<Component> processors,
      List<Component> exporters) {
    public Pipeline {
      receivers = List.copyOf(receivers);
      processors = List.copyOf(processors);
      exporters = List.copyOf(exporters);
    }
  }

  public CollectorConfig {
    components = List.copyOf(components);
    extensions = List.copyOf(extensions);
    pipelines = Collections.unmodifiableMap(new LinkedHashMap<>(pipelines));
  }

  /** Components that are defined and that nothing uses; they are not started. */
  public List<Component> unused() {
    Set<Component> used = new HashSet<>(extensions);
    for (Pipeline pipeline : pipelines.values()) {
      used.addAll(pipeline.receivers());
      used.addAll(pipeline.processors());
      used.addAll(pipeline.exporters());
    }
    List<Component> unused = new ArrayList<>(components);
    unused.removeAll(used);
    return unused;
  }
}
