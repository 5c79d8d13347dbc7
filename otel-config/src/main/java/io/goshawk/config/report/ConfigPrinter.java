// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.report;

import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.CollectorConfig.Pipeline;
import io.goshawk.config.component.ComponentKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A configuration as it counts: sources merged, variables put in, defaults said, secrets not shown.
 * What it prints is a configuration that, but for the secrets, is the same.
 */
public final class ConfigPrinter {
  private ConfigPrinter() {}

  /** As YAML. */
  public static String yaml(CollectorConfig config) {
    return YamlWriter.write(shown(config));
  }

  /** As JSON. */
  public static String json(CollectorConfig config) {
    return JsonWriter.write(shown(config));
  }

  private static Map<String, Object> shown(CollectorConfig config) {
    Map<String, Object> shown = new LinkedHashMap<>();
    for (ComponentKind kind : ComponentKind.values()) {
      Map<String, Object> ofKind = new LinkedHashMap<>();
      for (Component component : config.components()) {
        if (component.kind() == kind) {
          ofKind.put(component.id().toString(), component.settings().shown());
        }
      }
      if (!ofKind.isEmpty()) {
        shown.put(kind.key(), ofKind);
      }
    }
    Map<String, Object> pipelines = new LinkedHashMap<>();
    config.pipelines().forEach((id, pipeline) -> pipelines.put(id.toString(), pipeline(pipeline)));
    Map<String, Object> service = new LinkedHashMap<>();
    if (!config.extensions().isEmpty()) {
      service.put("extensions", names(config.extensions()));
    }
    service.put("pipelines", pipelines);
    service.put("telemetry", config.telemetry().shown());
    shown.put("service", service);
    return shown;
  }

  private static Map<String, Object> pipeline(Pipeline pipeline) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("receivers", names(pipeline.receivers()));
    if (!pipeline.processors().isEmpty()) {
      shown.put("processors", names(pipeline.processors()));
    }
    shown.put("exporters", names(pipeline.exporters()));
    return shown;
  }

  private static List<String> names(List<Component> components) {
    return components.stream().map(component -> component.id().toString()).toList();
  }
}
