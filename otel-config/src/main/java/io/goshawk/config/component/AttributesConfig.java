// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.util.List;
import java.util.Set;

/** The processor {@code attributes}. */
public final class AttributesConfig {
  public static final Key<Settings> INCLUDE =
      Key.of(
          "include",
          Types.optionalSection(SpanMatchConfig.SECTION),
          "Only spans for which all of this holds are changed.");
  public static final Key<Settings> EXCLUDE =
      Key.of(
          "exclude",
          Types.optionalSection(SpanMatchConfig.SECTION),
          "Spans for which all of this holds are not changed.");
  public static final Key<List<Settings>> ACTIONS =
      Key.of(
              "actions",
              Types.listOf(Types.section(AttributeActionConfig.SECTION)),
              "What is done, in this order.")
          .mandatory();

  static final Declaration DECLARATION =
      Declaration.processor(
          "attributes",
          Set.of(Signal.TRACES),
          Section.of(INCLUDE, EXCLUDE, ACTIONS)
              .check(
                  (settings, at) -> {
                    if (settings.get(ACTIONS).isEmpty()) {
                      at.member(ACTIONS.name()).error(settings.origin(ACTIONS), "is empty");
                    }
                  }),
          "Changes attributes of spans.",
          """
          actions:
            - key: deployment.environment.name
              value: production
              action: insert
            - key: user.email
              action: hash
          """);

  private AttributesConfig() {}
}
