// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Takes the values of sensitive parameters out of a query: {@code q=a&sig=secret} becomes {@code
 * q=a&sig=REDACTED}. Everything else stays as it came.
 *
 * <p>Readers of a query do not agree, so each doubt is decided against the value. A key may begin
 * after any of {@code & ; ? #}, since some readers split there; a value ends only at {@code &},
 * since others do not. Keys are compared unescaped and without their case, {@code -} and {@code _}:
 * {@code %74oken}, {@code apiKey} and {@code API-KEY} are {@code token} and {@code api_key}. (The
 * conventions would have keys compared in their case; a server that does not would give its secrets
 * away.) Of a key in parts, {@code user[password]} or {@code user.password}, each part is one.
 */
final class QueryRedaction {
  static final String REDACTED = "REDACTED";

  private final Set<String> keys = new HashSet<>();

  QueryRedaction(Set<String> keys) {
    keys.forEach(key -> this.keys.add(folded(key)));
    // Of a key that is nothing else; it would be in each a[].
    this.keys.remove("");
  }

  /** In time linear to its length. */
  String apply(String query) {
    StringBuilder redacted = null;
    int kept = 0;
    int from = 0;
    while (from < query.length()) {
      int to = from;
      while (to < query.length() && !mayEndKey(query.charAt(to))) {
        to++;
      }
      boolean isKey = to + 1 < query.length() && query.charAt(to) == '=';
      if (isKey && query.charAt(to + 1) != '&' && isSensitive(query.substring(from, to))) {
        redacted = redacted == null ? new StringBuilder(query.length()) : redacted;
        redacted.append(query, kept, to + 1).append(REDACTED);
        kept = endOfValue(query, to);
        from = kept + 1;
      } else {
        from = isKey ? endOfParameter(query, to) + 1 : to + 1;
      }
    }
    return redacted == null ? query : redacted.append(query, kept, query.length()).toString();
  }

  private static boolean mayEndKey(char c) {
    return c == '=' || mayEndParameter(c);
  }

  private static boolean mayEndParameter(char c) {
    return c == '&' || c == ';' || c == '?' || c == '#';
  }

  private static int endOfParameter(String query, int from) {
    int to = from;
    while (to < query.length() && !mayEndParameter(query.charAt(to))) {
      to++;
    }
    return to;
  }

  private static int endOfValue(String query, int from) {
    int ampersand = query.indexOf('&', from);
    return ampersand < 0 ? query.length() : ampersand;
  }

  private boolean isSensitive(String key) {
    String unescaped = key.indexOf('%') < 0 ? key : unescaped(key);
    int from = 0;
    for (int to = 0; to <= unescaped.length(); to++) {
      if (to == unescaped.length() || ".[]".indexOf(unescaped.charAt(to)) >= 0) {
        if (keys.contains(folded(unescaped.substring(from, to)))) {
          return true;
        }
        from = to + 1;
      }
    }
    return false;
  }

  /** Without what writers of the same key differ in; a plus is a space in a query. */
  private static String folded(String key) {
    StringBuilder folded = new StringBuilder(key.length());
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      if (c != '-' && c != '_' && c != '+' && c != ' ') {
        folded.append(c);
      }
    }
    return folded.toString().toLowerCase(Locale.ROOT);
  }

  private static String unescaped(String key) {
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    int length = 0;
    for (int i = 0; i < bytes.length; i++) {
      int value = bytes[i] == '%' && i + 2 < bytes.length ? hex(bytes[i + 1], bytes[i + 2]) : -1;
      if (value >= 0) {
        i += 2;
      }
      bytes[length++] = value >= 0 ? (byte) value : bytes[i];
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  private static int hex(byte high, byte low) {
    int value = Character.digit(high, 16) * 16 + Character.digit(low, 16);
    return Character.digit(high, 16) < 0 || Character.digit(low, 16) < 0 ? -1 : value;
  }
}
