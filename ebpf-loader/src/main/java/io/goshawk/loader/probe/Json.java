package io.goshawk.loader.probe;

import java.util.List;
import java.util.Map;

/** Writes maps, lists, strings, numbers and booleans as indented JSON (RFC 8259). */
final class Json {

  private final StringBuilder text = new StringBuilder();

  private Json() {}

  static String write(Object value) {
    Json json = new Json();
    json.value(value, 0);
    return json.text.append('\n').toString();
  }

  private void value(Object value, int depth) {
    if (value instanceof Map<?, ?> object) {
      block(
          '{',
          '}',
          object.entrySet(),
          depth,
          entry -> {
            string(String.valueOf(entry.getKey()));
            text.append(": ");
            value(entry.getValue(), depth + 1);
          });
    } else if (value instanceof List<?> list) {
      block('[', ']', list, depth, element -> value(element, depth + 1));
    } else if (value instanceof Number || value instanceof Boolean) {
      text.append(value);
    } else {
      string(String.valueOf(value));
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
      text.append(any ? "," : "").append('\n').append("  ".repeat(depth + 1));
      writer.write(element);
      any = true;
    }
    text.append(any ? "\n" + "  ".repeat(depth) : "").append(close);
  }

  private void string(String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c < 0x20 || Character.isSurrogate(c)) {
        // Surrogates as escapes, so that an unpaired one cannot make the output invalid UTF-8.
        text.append(String.format("\\u%04x", (int) c));
      } else {
        text.append(c);
      }
    }
    text.append('"');
  }
}
