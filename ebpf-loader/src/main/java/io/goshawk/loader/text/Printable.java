// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.text;

import java.util.Map;

/**
 * Text that does nothing to a terminal but stand there.
 *
 * <p>Escaped is what moves the cursor, colours, hides or turns text around: control characters (C0,
 * DEL and C1), format characters such as the bidirectional controls (CVE-2021-42574), separators of
 * lines, and half a surrogate pair: {@code ESC} becomes {@code \x1b}, U+202E {@code \u202e}.
 */
public final class Printable {

  /** What looks much the same in ASCII; all else is escaped. */
  private static final Map<Integer, String> IN_ASCII =
      Map.ofEntries(
          Map.entry((int) 'µ', "u"),
          Map.entry((int) '·', "-"),
          Map.entry((int) '…', "..."),
          Map.entry((int) '–', "-"),
          Map.entry((int) '—', "-"),
          Map.entry((int) '‘', "'"),
          Map.entry((int) '’', "'"),
          Map.entry((int) '“', "\""),
          Map.entry((int) '”', "\""),
          Map.entry((int) '→', "->"),
          Map.entry((int) '≤', "<="),
          Map.entry((int) '≥', ">="),
          Map.entry((int) '\u00a0', " "),
          Map.entry((int) '\ufffd', "?"));

  private static final int NAME_LENGTH = 38;

  private Printable() {}

  /** The text on one line, with everything escaped that is more than a character to see. */
  public static String of(String text) {
    return escaped(text, false, false);
  }

  /** A name of somebody else's choice: as {@link #of}, and cut where it is too long for a table. */
  public static String name(String text) {
    return cut(of(cut(text, NAME_LENGTH)), NAME_LENGTH);
  }

  /** The beginning of what is longer than so many characters, with an ellipsis for the rest. */
  public static String cut(String text, int length) {
    if (text.length() <= length) {
      return text;
    }
    int end = length - 1;
    return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "…";
  }

  /** The same in ASCII alone, for who cannot be shown more. */
  public static String ascii(String text) {
    return escaped(text, false, true);
  }

  /** Text of lines of our own, whose parts went through {@link #of}, in ASCII alone. */
  public static String linesInAscii(String lines) {
    return escaped(lines, true, true);
  }

  /** Text of several lines: those line ends and tabs stay, all else is as in {@link #of}. */
  public static String lines(String lines) {
    return escaped(lines, true, false);
  }

  private static String escaped(String text, boolean lines, boolean ascii) {
    int clean = 0;
    while (clean < text.length() && isPlain(text.charAt(clean))) {
      clean++;
    }
    if (clean == text.length()) {
      return text;
    }
    StringBuilder escaped = new StringBuilder(text.length() + 16).append(text, 0, clean);
    text.codePoints()
        .skip(clean)
        .forEach(
            point -> {
              if (lines && (point == '\n' || point == '\t')) {
                escaped.append((char) point);
              } else if (point < 0x7f && isPlain((char) point)) {
                escaped.append((char) point);
              } else if (doesMoreThanShow(point)) {
                escape(point, escaped);
              } else if (!ascii) {
                escaped.appendCodePoint(point);
              } else if (IN_ASCII.containsKey(point)) {
                escaped.append(IN_ASCII.get(point));
              } else {
                escape(point, escaped);
              }
            });
    return escaped.toString();
  }

  private static boolean isPlain(char c) {
    return c >= 0x20 && c < 0x7f;
  }

  private static boolean doesMoreThanShow(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }

  private static void escape(int point, StringBuilder to) {
    switch (point) {
      case '\n' -> to.append("\\n");
      case '\r' -> to.append("\\r");
      case '\t' -> to.append("\\t");
      default ->
          to.append(
              String.format(
                  point < 0x100 ? "\\x%02x" : point < 0x10000 ? "\\u%04x" : "\\U%08x", point));
    }
  }
}
