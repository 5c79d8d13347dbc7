// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import io.goshawk.spans.text.Utf8;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A query with a question mark for each literal, being written.
 *
 * <p>Lists of nothing but question marks are as long as the application's data, so {@code IN (?, ?,
 * ?)} becomes {@code IN (?)}, and of rows of them only the first is kept.
 */
final class MaskedText {
  private static final byte MASK = '?';

  /** What a list in parentheses is, as long as it has only values in it. */
  private enum ListKind {
    NONE,
    /** Behind IN. */
    SET,
    /** Behind VALUES, or behind another row. */
    ROW
  }

  private byte[] out = new byte[1024];
  private int length;

  /** Whether the last token but spaces and comments was a literal, which a string continues. */
  private boolean afterLiteral;

  private int endOfLiteral;
  private @Nullable Keyword before;
  private ListKind list = ListKind.NONE;
  private int listStart;
  private int values;

  /** Where the row ends that was kept, if nothing but a comma has come since; else -1. */
  private int endOfRow = -1;

  private boolean afterComma;

  void clear() {
    length = 0;
    afterLiteral = false;
    before = null;
    list = ListKind.NONE;
    endOfRow = -1;
    afterComma = false;
  }

  /** Spaces, as they are. */
  void space(byte[] bytes, int from, int to) {
    write(bytes, from, to);
  }

  /** Instead of a comment: what keeps the tokens around it apart. */
  void comment() {
    boolean apart = length == 0 || (out[length - 1] >= 0 && out[length - 1] <= ' ');
    if (!apart) {
      write((byte) ' ');
    }
  }

  /**
   * Instead of a literal.
   *
   * @return false if it continues the one before it
   */
  boolean literal() {
    if (afterLiteral) {
      length = endOfLiteral;
      return false;
    }
    hidden();
    afterLiteral = true;
    endOfLiteral = length;
    return true;
  }

  /** Instead of a word that is a value. */
  void hidden() {
    write(MASK);
    value();
    afterLiteral = false;
  }

  /** A parameter, as it is. */
  void parameter(byte[] bytes, int from, int to) {
    write(bytes, from, to);
    if (to - from == 1) {
      value();
    } else {
      other();
    }
    afterLiteral = false;
  }

  private void value() {
    values++;
    before = null;
    afterComma = false;
    if (list == ListKind.NONE) {
      endOfRow = -1;
    }
  }

  /** A word, as it is. */
  void word(byte[] bytes, int from, int to, @Nullable Keyword keyword) {
    write(bytes, from, to);
    boolean valueOfRow =
        list == ListKind.ROW
            && (keyword == Keyword.NULL
                || keyword == Keyword.TRUE
                || keyword == Keyword.FALSE
                || keyword == Keyword.DEFAULT);
    if (valueOfRow) {
      value();
    } else {
      other();
      before = keyword;
    }
    afterLiteral = false;
  }

  /** A name in quotes, as it is. */
  void name(byte[] bytes, int from, int to) {
    write(bytes, from, to);
    other();
    afterLiteral = false;
  }

  private void other() {
    list = ListKind.NONE;
    endOfRow = -1;
    before = null;
    afterComma = false;
  }

  /** Any other character. */
  void symbol(byte[] bytes, int from, int to) {
    afterLiteral = false;
    switch (bytes[from]) {
      case '(' -> openList();
      case ')' -> closeList();
      case ',' -> {
        write((byte) ',');
        before = null;
        afterComma = list == ListKind.NONE && endOfRow >= 0;
      }
      default -> {
        write(bytes, from, to);
        other();
      }
    }
  }

  private void openList() {
    boolean rowsOfSet = list == ListKind.SET && values == 0;
    boolean row = before == Keyword.VALUES || before == Keyword.VALUE || afterComma || rowsOfSet;
    boolean set = before == Keyword.IN;
    int keptRow = afterComma ? endOfRow : -1;
    write((byte) '(');
    other();
    list = row ? ListKind.ROW : set ? ListKind.SET : ListKind.NONE;
    endOfRow = keptRow;
    listStart = length;
    values = 0;
  }

  private void closeList() {
    ListKind closed = list;
    int keptRow = endOfRow;
    shortenList();
    other();
    if (closed == ListKind.ROW && values > 0 && keptRow >= 0) {
      endOfRow = keptRow;
      return;
    }
    write((byte) ')');
    if (closed == ListKind.ROW && values > 0) {
      endOfRow = length;
    }
  }

  /** Takes back what makes a list as long as the data. */
  private void shortenList() {
    if (list == ListKind.SET && values > 1) {
      length = listStart;
      write(MASK);
    } else if (list == ListKind.ROW && endOfRow >= 0 && values > 0) {
      length = endOfRow;
    }
  }

  private void write(byte b) {
    reserve(1);
    out[length++] = b;
  }

  private void write(byte[] bytes, int from, int to) {
    reserve(to - from);
    System.arraycopy(bytes, from, out, length, to - from);
    length += to - from;
  }

  private void reserve(int count) {
    if (out.length - length < count) {
      out = Arrays.copyOf(out, Math.max(2 * out.length, length + count));
    }
  }

  /** Ends the text; a list that was not closed is shortened like any other. */
  String finish(boolean cut) {
    shortenList();
    return Utf8.decode(out, 0, length, cut);
  }
}
