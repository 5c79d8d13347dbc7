// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import io.goshawk.spans.text.HostPort;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The parts of a connection URL that are no credentials. */
record ConnectionUrl(@Nullable HostPort server, String path, String query) {

  /** Null if it is none, or if its credentials may reach into what follows them. */
  static @Nullable ConnectionUrl parse(String text) {
    int start = text.indexOf("://");
    if (start < 0) {
      return null;
    }
    start += "://".length();
    int at = text.lastIndexOf('@');
    int end = endOfAuthority(text, start);
    if (at >= end) {
      // A slash or question mark in the password, or a parameter with an @ in it.
      return null;
    }
    String authority = text.substring(Math.max(start, at + 1), end);
    int question = text.indexOf('?', end);
    String path = text.substring(end, question < 0 ? text.length() : question);
    return new ConnectionUrl(
        HostPort.parse(unescaped(authority)),
        path,
        question < 0 ? "" : text.substring(question + 1));
  }

  private static int endOfAuthority(String text, int start) {
    int end = start;
    while (end < text.length() && "/?#".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    return end;
  }

  @Nullable String firstSegment() {
    if (!path.startsWith("/")) {
      return null;
    }
    int slash = path.indexOf('/', 1);
    return unescaped(slash < 0 ? path.substring(1) : path.substring(1, slash));
  }

  @Nullable String parameter(String key) {
    int from = 0;
    while (from < query.length()) {
      int ampersand = query.indexOf('&', from);
      int to = ampersand < 0 ? query.length() : ampersand;
      int equals = query.indexOf('=', from);
      boolean same =
          equals == from + key.length()
              && equals < to
              && query.regionMatches(true, from, key, 0, key.length());
      if (same) {
        return unescaped(query.substring(equals + 1, to).replace('+', ' '));
      }
      from = to + 1;
    }
    return null;
  }

  /** Takes percent escapes out; what is no escape stays. */
  static String unescaped(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int length = 0;
    for (int i = 0; i < bytes.length; i++) {
      boolean escape = bytes[i] == '%' && i + 2 < bytes.length;
      int high = escape ? Character.digit(bytes[i + 1], 16) : -1;
      int low = escape ? Character.digit(bytes[i + 2], 16) : -1;
      if (high >= 0 && low >= 0) {
        bytes[length++] = (byte) (16 * high + low);
        i += 2;
      } else {
        bytes[length++] = bytes[i];
      }
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }
}
