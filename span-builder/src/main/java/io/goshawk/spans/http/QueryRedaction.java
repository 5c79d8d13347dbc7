package io.goshawk.spans.http;

import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * Takes the values of sensitive parameters out of a query: {@code q=a&sig=secret} becomes {@code
 * q=a&sig=REDACTED}. Everything else stays as it came.
 */
final class QueryRedaction {
  static final String REDACTED = "REDACTED";

  private final Set<String> keys;

  QueryRedaction(Set<String> keys) {
    this.keys = keys;
  }

  String apply(String query) {
    StringBuilder redacted = null;
    int kept = 0;
    int from = 0;
    while (from < query.length()) {
      int ampersand = query.indexOf('&', from);
      int to = ampersand < 0 ? query.length() : ampersand;
      int equals = query.indexOf('=', from);
      if (equals >= 0 && equals < to - 1 && isSensitive(query.substring(from, equals))) {
        redacted = redacted == null ? new StringBuilder(query.length()) : redacted;
        redacted.append(query, kept, equals + 1).append(REDACTED);
        kept = to;
      }
      from = to + 1;
    }
    return redacted == null ? query : redacted.append(query, kept, query.length()).toString();
  }

  /** Servers unescape keys, so {@code si%67} is {@code sig}. */
  private boolean isSensitive(String key) {
    return keys.contains(key.indexOf('%') < 0 ? key : unescaped(key));
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
