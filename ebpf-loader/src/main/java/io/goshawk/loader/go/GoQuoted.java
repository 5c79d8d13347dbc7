// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

/** Go string literals, as {@code strconv.Quote} writes them. */
final class GoQuoted {

  private GoQuoted() {}

  /** The index behind the quoted string at the start of a text; its length if it has no end. */
  static int end(String text) {
    for (int i = 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '"') {
        return i + 1;
      }
    }
    return text.length();
  }

  /** The value of a literal; a text that is not quoted is its own value. */
  static String unquote(String text) {
    if (text.length() < 2 || !text.startsWith("\"") || end(text) != text.length()) {
      return text;
    }
    StringBuilder value = new StringBuilder(text.length());
    int last = text.length() - 1;
    for (int i = 1; i < last; i++) {
      char c = text.charAt(i);
      if (c != '\\' || i + 1 >= last) {
        value.append(c);
        continue;
      }
      char escape = text.charAt(++i);
      int digits =
          switch (escape) {
            case 'x' -> 2;
            case 'u' -> 4;
            case 'U' -> 8;
            default -> 0;
          };
      if (digits > 0 && i + digits < last + 1) {
        value.appendCodePoint(hex(text, i + 1, i + 1 + digits));
        i += digits;
      } else {
        value.append(
            switch (escape) {
              case 'a' -> '\u0007';
              case 'b' -> '\b';
              case 'f' -> '\f';
              case 'n' -> '\n';
              case 'r' -> '\r';
              case 't' -> '\t';
              case 'v' -> '\u000b';
              default -> escape;
            });
      }
    }
    return value.toString();
  }

  private static int hex(String text, int from, int to) {
    int value = 0;
    for (int i = from; i < to; i++) {
      int digit = Character.digit(text.charAt(i), 16);
      if (digit < 0) {
        return '\ufffd';
      }
      value = value << 4 | digit;
    }
    return Character.isValidCodePoint(value) ? value : '\ufffd';
  }
}
