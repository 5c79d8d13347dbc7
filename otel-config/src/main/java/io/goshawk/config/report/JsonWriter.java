// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.report;

import java.util.Collection;
import java.util.Iterator;
import java.util.Map;

/** Writes maps, lists, numbers, booleans and texts as JSON, indented. */
final class JsonWriter {
  private final StringBuilder out = new StringBuilder();

  private JsonWriter() {}

  static String write(Object value) {
    JsonWriter writer = new JsonWriter();
    writer.value(value, 0);
    return writer.out.append('\n').toString();
  }

  private void value(Object value, int indent) {
    if (value instanceof Map<?, ?> map) {
      if (map.isEmpty()) {
        out.append("{}");
        return;
      }
      out.append("{\n");
      for (Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
          entries.hasNext(); ) {
        Map.Entry<?, ?> entry = entries.next();
        out.append(" ".repeat(indent + 2)).append(quoted(entry.getKey().toString())).append(": ");
        value(entry.getValue(), indent + 2);
        out.append(entries.hasNext() ? ",\n" : "\n");
      }
      out.append(" ".repeat(indent)).append('}');
    } else if (value instanceof Collection<?> list) {
      out.append('[');
      for (Iterator<?> elements = list.iterator(); elements.hasNext(); ) {
        value(elements.next(), indent);
        out.append(elements.hasNext() ? ", " : "");
      }
      out.append(']');
    } else {
      out.append(value instanceof String text ? quoted(text) : value.toString());
    }
  }

  /** A text in quotes, with everything escaped that has to be: also what YAML does not print. */
  static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean printable =
          c >= ' ' && c < 0x7f || c >= 0xa0 && c <= 0xd7ff && c != 0x2028 && c != 0x2029;
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (pair) {
        quoted.append(c).append(text.charAt(++i));
      } else if (printable) {
        quoted.append(c);
      } else {
        quoted.append(String.format("\\u%04x", (int) c));
      }
    }
    return quoted.append('"').toString();
  }
}
