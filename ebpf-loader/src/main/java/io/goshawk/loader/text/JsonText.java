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
   * Appends the text in quotes. What would do something to a terminal is escaped, as {@link
   * Printable} has it; half of a surrogate pair too, so that the output stays UTF-8.
   */
  public static void quote(StringBuilder to, String text) {
    to.append('"');
    text.codePoints().forEach(point -> character(to, point));
    to.append('"');
  }

  private static void character(StringBuilder to, int point) {
    switch (point) {
      case '"' -> to.append("\\\"");
      case '\\' -> to.append("\\\\");
      case '\n' -> to.append("\\n");
      case '\r' -> to.append("\\r");
      case '\t' -> to.append("\\t");
      default -> {
        if (Printable.doesMoreThanShow(point)) {
          for (char unit : Character.toChars(point)) {
            to.append(String.format("\\u%04x", (int) unit));
          }
        } else {
          to.appendCodePoint(point);
        }
      }
    }
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
