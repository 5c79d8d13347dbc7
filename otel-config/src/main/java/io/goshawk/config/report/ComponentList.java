// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.report;

import io.goshawk.config.component.Catalogue;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.Declaration;
import io.goshawk.config.component.Signal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The components that this build can run. */
public final class ComponentList {
  private ComponentList() {}

  /** As YAML, in the form of the Collector's {@code components}. */
  public static String yaml(String version, Catalogue catalogue) {
    return YamlWriter.write(shown(version, catalogue));
  }

  /** As JSON. */
  public static String json(String version, Catalogue catalogue) {
    return JsonWriter.write(shown(version, catalogue));
  }

  private static Map<String, Object> shown(String version, Catalogue catalogue) {
    Map<String, Object> build = new LinkedHashMap<>();
    build.put("command", "goshawk");
    build.put("version", version);
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("buildinfo", build);
    for (ComponentKind kind : ComponentKind.values()) {
      List<Map<String, Object>> components =
          catalogue.of(kind).stream()
              .filter(catalogue::runs)
              .map(ComponentList::component)
              .toList();
      shown.put(kind.key(), components);
    }
    return shown;
  }

  private static Map<String, Object> component(Declaration declaration) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("name", declaration.type());
    if (!declaration.aliases().isEmpty()) {
      shown.put("deprecated_names", declaration.aliases());
    }
    if (!declaration.takes().isEmpty()) {
      shown.put("takes", signals(declaration.takes()));
    }
    if (!declaration.gives().isEmpty()) {
      shown.put("gives", signals(declaration.gives()));
    }
    shown.put("description", declaration.doc());
    return shown;
  }

  /** In the order of their declaration. */
  static List<String> signals(Set<Signal> signals) {
    List<String> names = new ArrayList<>();
    for (Signal signal : Signal.values()) {
      if (signals.contains(signal)) {
        names.add(signal.toString());
      }
    }
    return names;
  }
}
