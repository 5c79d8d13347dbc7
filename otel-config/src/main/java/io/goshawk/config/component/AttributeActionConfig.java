// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.GoPattern;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Reading;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.util.ArrayList;
import java.util.List;

/** What is done with one attribute, in the processors {@code attributes} and {@code resource}. */
public final class AttributeActionConfig {
  public static final Key<String> ACTION =
      Key.of(
              "action",
              Types.wordInAnyCase(
                  "insert", "update", "upsert", "delete", "hash", "extract", "convert"),
              "What is done: insert only where it is not yet, update only where it is, upsert in"
                  + " either case, delete, hash (SHA-256 in hex), extract by pattern, convert.")
          .mandatory();
  public static final Key<String> KEY = Key.of("key", Types.text(), "Name of the attribute.");
  public static final Key<Object> VALUE =
      Key.of("value", Types.any(), "The value to give it, of the type it has here.");
  public static final Key<String> FROM_ATTRIBUTE =
      Key.of("from_attribute", Types.text(), "The attribute whose value to give it.");
  public static final Key<Object> DEFAULT_VALUE =
      Key.of("default_value", Types.any(), "The value if there is no from_attribute.");
  public static final Key<GoPattern> PATTERN =
      Key.of(
          "pattern",
          Types.pattern(),
          "For extract: named groups become attributes. For delete and hash: the attributes whose"
              + " names fit.");
  public static final Key<String> CONVERTED_TYPE =
      Key.of("converted_type", Types.word("int", "double", "string"), "For convert: the new type.");

  static final Section SECTION =
      Section.of(
              KEY,
              ACTION,
              VALUE,
              FROM_ATTRIBUTE,
              DEFAULT_VALUE,
              PATTERN,
              CONVERTED_TYPE,
              NotYet.key("from_context"))
          .check(AttributeActionConfig::check);

  private AttributeActionConfig() {}

  private static void check(Settings settings, Reading at) {
    String action = settings.get(ACTION);
    boolean gives = List.of("insert", "update", "upsert").contains(action);
    boolean byPattern = List.of("delete", "hash").contains(action);
    if (!settings.says(KEY) && !(byPattern && settings.says(PATTERN))) {
      at.error(settings.origin(), "lacks key" + (byPattern ? " or pattern" : ""));
    }
    if (gives
        && !settings.says(VALUE)
        && !settings.says(FROM_ATTRIBUTE)
        && !settings.says(DEFAULT_VALUE)) {
      at.error(settings.origin(), "lacks value or from_attribute, which " + action + " needs");
    }
    if (settings.says(VALUE) && settings.says(FROM_ATTRIBUTE)) {
      at.member(FROM_ATTRIBUTE.name())
          .error(settings.origin(FROM_ATTRIBUTE), "stands beside value; say one");
    }
    List<Key<?>> useless = new ArrayList<>();
    if (!gives) {
      useless.addAll(List.of(VALUE, FROM_ATTRIBUTE, DEFAULT_VALUE));
    }
    if (!byPattern && !action.equals("extract")) {
      useless.add(PATTERN);
    }
    if (!action.equals("convert")) {
      useless.add(CONVERTED_TYPE);
    }
    for (Key<?> key : useless) {
      if (settings.says(key)) {
        at.member(key.name()).error(settings.origin(key), "means nothing to " + action);
      }
    }
    if (action.equals("extract") && !settings.says(PATTERN)) {
      at.error(settings.origin(), "lacks pattern, which extract needs");
    } else if (action.equals("extract") && settings.get(PATTERN).groups().isEmpty()) {
      at.member(PATTERN.name())
          .error(settings.origin(PATTERN), "has no named group, such as (?P<name>.*)");
    }
    if (action.equals("convert") && !settings.says(CONVERTED_TYPE)) {
      at.error(settings.origin(), "lacks converted_type, which convert needs");
    }
  }
}
