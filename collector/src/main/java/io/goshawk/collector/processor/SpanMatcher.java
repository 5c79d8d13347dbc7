// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import io.goshawk.collector.telemetry.SpanView;
import io.goshawk.config.component.SpanMatchConfig;
import io.goshawk.config.schema.GoPattern;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Located;
import io.goshawk.config.schema.Settings;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.common.ValueType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Whether all of what {@link SpanMatchConfig} says holds for a span. */
final class SpanMatcher implements Predicate<SpanView> {
  private static final List<String> KINDS =
      List.of(
          "SPAN_KIND_UNSPECIFIED",
          "SPAN_KIND_INTERNAL",
          "SPAN_KIND_SERVER",
          "SPAN_KIND_CLIENT",
          "SPAN_KIND_PRODUCER",
          "SPAN_KIND_CONSUMER");

  private static final Set<ValueType> SCALARS =
      EnumSet.of(ValueType.STRING, ValueType.BOOLEAN, ValueType.LONG, ValueType.DOUBLE);

  private final List<Predicate<SpanView>> criteria = new ArrayList<>();
  private final boolean patterns;

  SpanMatcher(Settings settings) {
    patterns = settings.get(SpanMatchConfig.MATCH_TYPE).equals("regexp");
    texts(settings, SpanMatchConfig.SERVICES, SpanMatcher::service);
    texts(settings, SpanMatchConfig.SPAN_NAMES, SpanView::name);
    if (settings.says(SpanMatchConfig.SPAN_KINDS)) {
      List<Integer> kinds =
          settings.get(SpanMatchConfig.SPAN_KINDS).stream().map(KINDS::indexOf).toList();
      criteria.add(span -> kinds.contains(span.kind()));
    }
    for (Settings attribute : settings.get(SpanMatchConfig.ATTRIBUTES)) {
      String key = attribute.get(SpanMatchConfig.Attribute.KEY);
      Predicate<@Nullable Value<?>> fits = value(attribute);
      criteria.add(span -> fits.test(span.attribute(key)));
    }
    for (Settings attribute : settings.get(SpanMatchConfig.RESOURCES)) {
      String key = attribute.get(SpanMatchConfig.Attribute.KEY);
      Predicate<@Nullable Value<?>> fits = value(attribute);
      criteria.add(span -> fits.test(span.resource().attribute(key)));
    }
    anyOf(
        settings.get(SpanMatchConfig.LIBRARIES),
        library -> {
          Predicate<String> name = text(library.get(SpanMatchConfig.Library.NAME));
          Predicate<String> version =
              library
                  .find(SpanMatchConfig.Library.VERSION)
                  .map(this::text)
                  .orElse(anything -> true);
          return span -> name.test(span.scope().name()) && version.test(span.scope().version());
        });
  }

  @Override
  public boolean test(SpanView span) {
    for (Predicate<SpanView> criterion : criteria) {
      if (!criterion.test(span)) {
        return false;
      }
    }
    return true;
  }

  private static String service(SpanView span) {
    Value<?> name = span.resource().attribute("service.name");
    return name == null ? "" : ValueText.text(name);
  }

  private void texts(
      Settings settings, Key<List<Located<String>>> key, Function<SpanView, String> text) {
    List<Predicate<String>> wanted =
        settings.get(key).stream().map(located -> text(located.value())).toList();
    if (!wanted.isEmpty()) {
      criteria.add(
          span -> {
            String actual = text.apply(span);
            return wanted.stream().anyMatch(predicate -> predicate.test(actual));
          });
    }
  }

  private void anyOf(List<Settings> alternatives, Function<Settings, Predicate<SpanView>> make) {
    List<Predicate<SpanView>> made = alternatives.stream().map(make).toList();
    if (!made.isEmpty()) {
      criteria.add(span -> made.stream().anyMatch(predicate -> predicate.test(span)));
    }
  }

  private Predicate<String> text(String wanted) {
    if (!patterns) {
      return wanted::equals;
    }
    GoPattern pattern = GoPattern.compile(wanted);
    return pattern::fits;
  }

  /** Without a value, that the attribute is there is enough. A pattern fits no list and no map. */
  private Predicate<@Nullable Value<?>> value(Settings attribute) {
    Object wanted = attribute.find(SpanMatchConfig.Attribute.VALUE).orElse(null);
    if (wanted == null) {
      return actual -> actual != null;
    }
    if (patterns) {
      GoPattern pattern = GoPattern.compile(wanted.toString());
      return actual ->
          actual != null
              && SCALARS.contains(actual.getType())
              && pattern.fits(ValueText.text(actual));
    }
    Value<?> value = ValueText.of(wanted);
    return value::equals;
  }
}
