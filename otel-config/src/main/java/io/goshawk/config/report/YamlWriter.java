// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.report;

import java.util.Collection;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Writes maps, lists, numbers, booleans and texts as YAML that reads as the same: dollar signs are
 * doubled, so that nothing is put in for them.
 */
final class YamlWriter {
  /** What needs no quotes, but for the words below. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z_/][A-Za-z0-9_./-]*");

  private static final Pattern WORD = Pattern.compile("(?i)null|true|false|yes|no|on|off|y|n|~");

  private final StringBuilder out = new StringBuilder();

  private YamlWriter() {}

  static String write(Map<String, ?> map) {
    YamlWriter writer = new YamlWriter();
    writer.map(map, 0);
    return writer.out.toString();
  }

  private void map(Map<?, ?> map, int indent) {
    map.forEach(
        (key, value) -> {
          out.append(" ".repeat(indent)).append(scalar(key.toString(), false)).append(':');
          value(value, indent);
        });
  }

  private void value(Object value, int indent) {
    if (value instanceof Map<?, ?> map && !map.isEmpty()) {
      out.append('\n');
      map(map, indent + 2);
    } else if (value instanceof Collection<?> list && !list.isEmpty()) {
      out.append('\n');
      list(list, indent + 2);
    } else {
      out.append(' ').append(single(value)).append('\n');
    }
  }

  private void list(Collection<?> list, int indent) {
    for (Object element : list) {
      out.append(" ".repeat(indent)).append('-');
      if (element instanceof Map<?, ?> map && !map.isEmpty()) {
        // Its first key stands behind the hyphen.
        int start = out.length();
        map(map, indent + 2);
        out.replace(start, start + indent + 1, "");
      } else if (element instanceof Collection<?> inner && !inner.isEmpty()) {
        out.append('\n');
        list(inner, indent + 2);
      } else {
        out.append(' ').append(single(element)).append('\n');
      }
    }
  }

  private static String single(Object value) {
    if (value instanceof Map<?, ?>) {
      return "{}";
    }
    if (value instanceof Collection<?>) {
      return "[]";
    }
    return value instanceof String text ? scalar(text, true) : value.toString();
  }

  private static String scalar(String text, boolean value) {
    if (PLAIN.matcher(text).matches() && !WORD.matcher(text).matches()) {
      return text;
    }
    // A JSON text is a YAML text in double quotes. In keys nothing is put in.
    return JsonWriter.quoted(value ? text.replace("$", "$$") : text);
  }
}
