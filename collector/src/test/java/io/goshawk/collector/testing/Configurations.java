// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.testing;

import io.goshawk.config.ConfigLoader;
import io.goshawk.config.component.Catalogue;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Origin;
import java.util.List;
import java.util.Map;

/** Configurations of who has a file, and no variables. */
public final class Configurations {
  private Configurations() {}

  /** A whole file. */
  public static CollectorConfig of(String yaml) {
    return ConfigLoader.load(
            List.of("yaml:" + yaml), Map.of(), MapNode.empty(Origin.DEFAULT), Catalogue.standard())
        .config();
  }

  /** The first component of a kind that a file has. */
  public static Component first(ComponentKind kind, String yaml) {
    return of(yaml).components().stream()
        .filter(component -> component.kind() == kind)
        .findFirst()
        .orElseThrow();
  }
}
