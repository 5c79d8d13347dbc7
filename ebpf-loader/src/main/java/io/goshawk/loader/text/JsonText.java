// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.text;

import java.util.List;
import java.util.Map;

/** Writes maps, lists, strings, numbers and booleans as JSON (RFC 8259). */
public final class JsonText {

  private final StringBuilder text;
  private final boolean indented;

  private JsonText(StringBuilder text, boolean indented) {
    this.text = text;
    this.indented = indented;
  }

  /** On one line, without one's end. */
  public static String line(Object value) {
    JsonText json = new JsonText(new StringBuilder(), false);
    json.value(value, 0);
    return json.text.toString();
  }

  /** On several lines, indented. */
  public static String lines(Object value) {
    JsonText json = new JsonText(new StringBuilder(), true);
    json.value(value, 0);
    return json.text.append('\n').toString();
  }

  /**
   * Appends the text in quotes, in ASCII: nothing in it does anything to a terminal, and no locale
   * or broken pair of surrogates does anything to it.
   */
  public static void quote(StringBuilder to, String text) {
    to.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> to.append("\\\"");
        case '\\' -> to.append("\\\\");
        case '\n' -> to.append("\\n");
        case '\r' -> to.append("\\r");
        case '\t' -> to.append("\\t");
        default -> {
          if (c >= 0x20 && c < 0x7f) {
            to.append(c);
          } else {
            to.append(String.format("\\u%04x", (int) c));
          }
        }
      }
    }
    to.append('"');
  }

  private void value(Object value, int depth) {
    if (value instanceof Map<?, ?> object) {
      block(
          '{',
          '}',
          object.entrySet(),
          depth,
          entry -> {
            quote(text, String.valueOf(entry.getKey()));
            text.append(indented ? ": " : ":");
            value(entry.getValue(), depth + 1);
          });
    } else if (value instanceof List<?> list) {
      block('[', ']', list, depth, element -> value(element, depth + 1));
    } else if (value instanceof Number || value instanceof Boolean) {
      text.append(value);
    } else {
      quote(text, String.valueOf(value));
    }
  }

  private interface ElementWriter<T> {
    void write(T element);
  }

  private <T> void block(
      char open, char close, Iterable<T> elements, int depth, ElementWriter<T> writer) {
    text.append(open);
    boolean any = false;
    for (T element : elements) {
      text.append(any ? "," : "");
      newLine(depth + 1);
      writer.write(element);
      any = true;
    }
    if (any) {
      newLine(depth);
    }
    text.append(close);
  }

  private void newLine(int depth) {
    if (indented) {
      text.append('\n').append("  ".repeat(depth));
    }
  }
}
