// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.GoPattern;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Located;
import io.goshawk.config.schema.Reading;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.util.List;

/** {@code include} and {@code exclude} of the processor {@code attributes}. */
public final class SpanMatchConfig {

  /** An attribute that a span or its resource has to have. */
  public static final class Attribute {
    public static final Key<String> KEY =
        Key.of("key", Types.text(), "Name of the attribute.").mandatory();
    public static final Key<Object> VALUE =
        Key.of("value", Types.any(), "Its value; without it, that it is there is enough.");

    static final Section SECTION = Section.of(KEY, VALUE);

    private Attribute() {}
  }

  /** An instrumentation scope that a span has to be of. */
  public static final class Library {
    public static final Key<String> NAME =
        Key.of("name", Types.text(), "Name of the scope.").mandatory();
    public static final Key<String> VERSION =
        Key.of("version", Types.text(), "Its version; without it any.");

    static final Section SECTION = Section.of(NAME, VERSION);

    private Library() {}
  }

  public static final Key<String> MATCH_TYPE =
      Key.of(
              "match_type",
              Types.word("strict", "regexp"),
              "Whether the texts below are compared as they are, or are patterns.")
          .mandatory();
  public static final Key<List<Located<String>>> SERVICES =
      Key.of(
          "services",
          Types.listOf(Types.located(Types.text())),
          "One of these is the service's name.");
  public static final Key<List<Located<String>>> SPAN_NAMES =
      Key.of(
          "span_names",
          Types.listOf(Types.located(Types.text())),
          "One of these is the span's name.");
  public static final Key<List<String>> SPAN_KINDS =
      Key.of(
          "span_kinds",
          Types.listOf(
              Types.word(
                  "SPAN_KIND_INTERNAL",
                  "SPAN_KIND_SERVER",
                  "SPAN_KIND_CLIENT",
                  "SPAN_KIND_PRODUCER",
                  "SPAN_KIND_CONSUMER",
                  "SPAN_KIND_UNSPECIFIED")),
          "One of these is the span's kind.");
  public static final Key<List<Settings>> ATTRIBUTES =
      Key.of(
          "attributes",
          Types.listOf(Types.section(Attribute.SECTION)),
          "The span has all of these attributes.");
  public static final Key<List<Settings>> RESOURCES =
      Key.of(
          "resources",
          Types.listOf(Types.section(Attribute.SECTION)),
          "The resource has all of these attributes.");
  public static final Key<List<Settings>> LIBRARIES =
      Key.of(
          "libraries",
          Types.listOf(Types.section(Library.SECTION)),
          "The span is of one of these instrumentation scopes.");

  static final Section SECTION =
      Section.of(
              MATCH_TYPE,
              SERVICES,
              SPAN_NAMES,
              SPAN_KINDS,
              ATTRIBUTES,
              RESOURCES,
              LIBRARIES,
              NotYet.tuning("regexp"))
          .check(
              (settings, at) -> {
                List<Key<?>> criteria =
                    List.of(SERVICES, SPAN_NAMES, SPAN_KINDS, ATTRIBUTES, RESOURCES, LIBRARIES);
                if (criteria.stream().noneMatch(settings::says)) {
                  at.error(settings.origin(), "names nothing that a span is compared with");
                }
                if (settings.get(MATCH_TYPE).equals("regexp")) {
                  Types.checkPatterns(settings.get(SERVICES));
                  Types.checkPatterns(settings.get(SPAN_NAMES));
                  for (Key<List<Settings>> list : List.of(ATTRIBUTES, RESOURCES)) {
                    checkPatterns(settings, list, at, Attribute.VALUE);
                  }
                  checkPatterns(settings, LIBRARIES, at, Library.NAME, Library.VERSION);
                }
              });

  /** Reports the values of a list's sections that are no regular expressions. */
  @SafeVarargs
  private static void checkPatterns(
      Settings settings, Key<List<Settings>> list, Reading at, Key<? extends Object>... patterns) {
    List<Settings> elements = settings.get(list);
    for (int i = 0; i < elements.size(); i++) {
      Settings element = elements.get(i);
      Reading inside = at.member(list.name()).element(i);
      for (Key<? extends Object> key : patterns) {
        element
            .find(key)
            .flatMap(pattern -> GoPattern.problem(pattern.toString()))
            .ifPresent(problem -> inside.member(key.name()).error(element.origin(key), problem));
      }
    }
  }

  private SpanMatchConfig() {}
}
