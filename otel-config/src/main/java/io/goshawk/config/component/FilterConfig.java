// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.ottl.ConditionException;
import io.goshawk.config.ottl.ConditionParser;
import io.goshawk.config.ottl.Field;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Located;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The processor {@code filter}. */
public final class FilterConfig {

  /** {@code traces}. */
  public static final class Traces {
    public static final Key<List<Located<String>>> RESOURCE =
        Key.of(
            "resource",
            Types.listOf(Types.located(Types.text())),
            "Spans whose resource fits one of these conditions are dropped.");
    public static final Key<List<Located<String>>> SPAN =
        Key.of(
            "span",
            Types.listOf(Types.located(Types.text())),
            "Spans that fit one of these conditions are dropped.");

    private Traces() {}
  }

  public static final Key<String> ERROR_MODE =
      Key.of(
              "error_mode",
              Types.word("ignore", "silent", "propagate"),
              "What happens to a span for which a condition cannot be answered: ignore and silent"
                  + " keep it, propagate drops it; silent does not log.")
          .or("ignore");
  public static final Key<Settings> TRACES =
      Key.of(
          "traces",
          Types.section(Section.of(Traces.RESOURCE, Traces.SPAN, NotYet.key("spanevent"))),
          "Conditions in OTTL, see \"Conditions\" below.");
  public static final Key<List<Located<String>>> TRACE_CONDITIONS =
      Key.of(
          "trace_conditions",
          Types.listOf(Types.located(Types.text())),
          "The same, each condition with its context before its names: span.name,"
              + " resource.attributes.");

  static final Declaration DECLARATION =
      Declaration.processor(
          "filter",
          Set.of(Signal.TRACES),
          Section.of(
                  ERROR_MODE,
                  TRACES,
                  TRACE_CONDITIONS,
                  NotYet.key("spans"),
                  NotYet.key("metrics"),
                  NotYet.key("metric_conditions"),
                  Key.ignored("logs", "there are no logs to filter"),
                  Key.ignored("log_conditions", "there are no logs to filter"),
                  Key.ignored("profiles", "there are no profiles to filter"),
                  Key.ignored("profile_conditions", "there are no profiles to filter"))
              .check(
                  (settings, at) -> {
                    Settings traces = settings.get(TRACES);
                    checkConditions(traces.get(Traces.SPAN), Optional.of(Field.Context.SPAN));
                    checkConditions(
                        traces.get(Traces.RESOURCE), Optional.of(Field.Context.RESOURCE));
                    checkConditions(settings.get(TRACE_CONDITIONS), Optional.empty());
                    if (traces.get(Traces.SPAN).isEmpty()
                        && traces.get(Traces.RESOURCE).isEmpty()
                        && settings.get(TRACE_CONDITIONS).isEmpty()) {
                      at.error(settings.origin(), "has no condition, and would drop nothing");
                    }
                  }),
          "Drops spans by conditions, and counts them.",
          """
          error_mode: ignore
          traces:
            span:
              - attributes["url.path"] == "/healthz"
              - IsMatch(name, "^GET /metrics")
          """);

  private FilterConfig() {}

  /** Reports the texts that are no conditions. */
  private static void checkConditions(
      List<Located<String>> texts, Optional<Field.Context> context) {
    for (Located<String> text : texts) {
      try {
        ConditionParser.parse(text.value(), context);
      } catch (ConditionException e) {
        text.error(String.valueOf(e.getMessage()));
      }
    }
  }
}
