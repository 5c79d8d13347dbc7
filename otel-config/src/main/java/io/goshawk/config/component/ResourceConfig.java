// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.util.List;
import java.util.Set;

/** The processor {@code resource}. */
public final class ResourceConfig {
  public static final Key<List<Settings>> ATTRIBUTES =
      Key.of(
              "attributes",
              Types.listOf(Types.section(AttributeActionConfig.SECTION)),
              "What is done, in this order.")
          .mandatory();

  static final Declaration DECLARATION =
      Declaration.processor(
          "resource",
          Set.of(Signal.TRACES, Signal.METRICS),
          Section.of(ATTRIBUTES)
              .check(
                  (settings, at) -> {
                    if (settings.get(ATTRIBUTES).isEmpty()) {
                      at.member(ATTRIBUTES.name()).error(settings.origin(ATTRIBUTES), "is empty");
                    }
                  }),
          "Changes attributes of resources: of what is said of the services themselves.",
          """
          attributes:
            - key: k8s.cluster.name
              value: shop-eu
              action: upsert
          """);

  private ResourceConfig() {}
}
