// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The pairs of a connection string: {@code key=value}, one way or the other. */
final class ConnectionString {
  private final Map<String, String> values = new HashMap<>();

  @Nullable String get(String... keys) {
    for (String key : keys) {
      String value = values.get(key);
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  /** {@code host=a password='b c'}: quotes, and a backslash before any character. */
  static @Nullable ConnectionString ofLibpq(String text) {
    ConnectionString result = new ConnectionString();
    int i = 0;
    while (true) {
      i = skipSpaces(text, i);
      if (i == text.length()) {
        return result;
      }
      int equals = text.indexOf('=', i);
      if (equals < 0) {
        return null;
      }
      String key = text.substring(i, equals).strip();
      i = skipSpaces(text, equals + 1);
      boolean quoted = i < text.length() && text.charAt(i) == '\'';
      i += quoted ? 1 : 0;
      StringBuilder value = new StringBuilder();
      while (i < text.length() && !endsValue(text.charAt(i), quoted)) {
        if (text.charAt(i) == '\\' && i + 1 < text.length()) {
          i++;
        }
        value.append(text.charAt(i++));
      }
      if (quoted && i == text.length()) {
        return null;
      }
      i += quoted ? 1 : 0;
      result.values.put(key, value.toString());
    }
  }

  private static boolean endsValue(char c, boolean quoted) {
    return quoted ? c == '\'' : Character.isWhitespace(c);
  }

  private static int skipSpaces(String text, int from) {
    int i = from;
    while (i < text.length() && Character.isWhitespace(text.charAt(i))) {
      i++;
    }
    return i;
  }

  /** {@code server=a;password={b;c}}: braces or quotes around what has semicolons in it. */
  static @Nullable ConnectionString ofAdo(String text) {
    String rest = text.startsWith("odbc:") ? text.substring("odbc:".length()) : text;
    ConnectionString result = new ConnectionString();
    int i = 0;
    while (i < rest.length()) {
      int equals = rest.indexOf('=', i);
      if (equals < 0) {
        return rest.substring(i).isBlank() ? result : null;
      }
      int semicolon = rest.indexOf(';', i);
      if (semicolon >= 0 && semicolon < equals) {
        // A semicolon of some value without quotes, or an empty pair.
        if (!rest.substring(i, semicolon).isBlank()) {
          return null;
        }
        i = semicolon + 1;
        continue;
      }
      String key = rest.substring(i, equals).strip().toLowerCase(Locale.ROOT);
      i = skipSpaces(rest, equals + 1);
      char close = i < rest.length() ? closing(rest.charAt(i)) : 0;
      int end = close == 0 ? rest.indexOf(';', i) : endOfQuoted(rest, i + 1, close);
      if (close != 0 && end < 0) {
        return null;
      }
      end = end < 0 ? rest.length() : end;
      result.values.put(key, rest.substring(close == 0 ? i : i + 1, end).strip());
      i = end + 1;
    }
    return result;
  }

  private static char closing(char open) {
    return open == '{' ? '}' : open == '"' || open == '\'' ? open : 0;
  }

  private static int endOfQuoted(String text, int from, char close) {
    int i = text.indexOf(close, from);
    while (i >= 0 && i + 1 < text.length() && text.charAt(i + 1) == close) {
      i = text.indexOf(close, i + 2);
    }
    return i;
  }
}
