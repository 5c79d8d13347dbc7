// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import org.jspecify.annotations.Nullable;

/**
 * Splits the bytes of a query into tokens, of which every literal is one.
 *
 * <p>Nothing is assumed of the bytes: they may be no SQL, no UTF-8, and end anywhere. A literal
 * that does not end goes on to the end of the text; where the dialect does not say whether bytes
 * are a literal, {@link Token#DOUBTFUL_REST} is the last token. No byte is looked at more than a
 * few times, whatever the text.
 *
 * <p>A flyweight, used for one text after the other.
 */
final class SqlLexer {
  private static final int MAX_PARAMETER_DIGITS = 5;

  private static final int DELETE = 0x7f;

  /** What a backslash in a string means. */
  private enum Backslash {
    ORDINARY,
    ESCAPES,
    /** One or the other: a string with an escaped quote is not understood. */
    UNKNOWN
  }

  private SqlDialect dialect = SqlDialect.OTHER;
  private byte[] bytes = new byte[0];
  private int begin;
  private int end;
  private long bytesRead;

  private int from;
  private int to;
  private @Nullable Keyword keyword;

  /** Whether the last token but spaces and comments was an operand: a sign after it is none. */
  private boolean afterOperand;

  private boolean afterDot;

  /** Whether a dot came before this token. */
  private boolean isAfterDot;

  /** Whether it was an escape string of PostgreSQL, which a further segment may continue. */
  private boolean afterEscapeString;

  void start(SqlDialect itsDialect, byte[] text, int offset, int length) {
    dialect = itsDialect;
    bytes = text;
    begin = offset;
    from = offset;
    to = offset;
    end = offset + length;
    keyword = null;
    afterOperand = false;
    afterDot = false;
    isAfterDot = false;
    afterEscapeString = false;
    bytesRead = 0;
  }

  /** Where the token begins. */
  int from() {
    return from;
  }

  /** Where the token ends. */
  int to() {
    return to;
  }

  /** Which keyword the token is; null if none. */
  @Nullable Keyword keyword() {
    return keyword;
  }

  /** First byte of the token. */
  byte first() {
    return bytes[from];
  }

  /** How many bytes were looked at for this text so far, each time they were. */
  long bytesRead() {
    return bytesRead;
  }

  /** Whether dots make the token part of a longer name. */
  boolean isPartOfName() {
    return isAfterDot || (at(to) == '.' && !isDigit(at(to + 1)));
  }

  /** The next token. */
  Token next() {
    from = to;
    keyword = null;
    if (from >= end) {
      return Token.END;
    }
    boolean continuesEscapeString = afterEscapeString;
    afterEscapeString = false;
    Token token = scan(continuesEscapeString ? Backslash.ESCAPES : backslash());
    if (token == Token.SPACE || token == Token.COMMENT) {
      afterEscapeString = continuesEscapeString;
      return token;
    }
    isAfterDot = afterDot;
    afterDot = token == Token.SYMBOL && first() == '.';
    afterOperand =
        switch (token) {
          case WORD -> keyword == null || !keyword.isBeforeValue();
          case SYMBOL -> first() == ')' || first() == ']';
          default -> true;
        };
    return token;
  }

  /** Makes all that is left, from the token on, part of it. */
  void skipRest() {
    to = end;
  }

  private Backslash backslash() {
    return switch (dialect) {
      case MYSQL -> Backslash.ESCAPES;
      case OTHER -> Backslash.UNKNOWN;
      default -> Backslash.ORDINARY;
    };
  }

  private Token scan(Backslash backslash) {
    int b = at(from);
    if (isSpace(b)) {
      return space();
    }
    return switch (b) {
      case '\'' -> string(from, backslash);
      case '"' -> doubleQuotes();
      case '`' -> backquotes();
      case '[' -> bracket();
      case '-' -> isLineComment() ? lineComment() : signOrSymbol();
      case '+' -> signOrSymbol();
      case '/' -> at(from + 1) == '*' ? blockComment() : symbol();
      case '#' -> hash();
      case '$' -> dollar();
      case '?' -> questionMark();
      case ':', '@' -> colonOrAt(b);
      case '.' -> isDigit(at(from + 1)) ? number(from) : symbol();
      default -> isDigit(b) ? number(from) : wordOrSymbol();
    };
  }

  private Token space() {
    int i = from + 1;
    while (i < end && isSpace(at(i))) {
      i++;
    }
    return token(Token.SPACE, i);
  }

  private Token token(Token token, int itsEnd) {
    to = Math.min(itsEnd, end);
    return token;
  }

  private Token doubtfulRest() {
    return token(Token.DOUBTFUL_REST, end);
  }

  private Token symbol() {
    return token(Token.SYMBOL, from + 1);
  }

  // Strings and names in quotes.

  /**
   * A string.
   *
   * @param open where its first quote is; the token may begin before it
   */
  private Token string(int open, Backslash backslash) {
    int quote = at(open);
    if (dialect == SqlDialect.OTHER && at(open + 1) == quote && at(open + 2) == quote) {
      // Three quotes open a string of their own in some dialects.
      return doubtfulRest();
    }
    int i = open + 1;
    while (i < end) {
      int b = at(i);
      if (b == '\\' && backslash != Backslash.ORDINARY) {
        if (backslash == Backslash.UNKNOWN && at(i + 1) == quote) {
          return doubtfulRest();
        }
        boolean pair = backslash == Backslash.ESCAPES || at(i + 1) == '\\';
        i += pair ? 2 : 1;
      } else if (b != quote) {
        i++;
      } else if (at(i + 1) == quote) {
        i += 2;
      } else {
        return endOfString(i + 1, backslash);
      }
    }
    return token(Token.LITERAL, end);
  }

  private Token endOfString(int itsEnd, Backslash backslash) {
    int b = at(itsEnd);
    if (b == '\\' || isWordByte(b)) {
      // No dialect writes a word here. So the string did not end here, but for a server whose
      // settings are not its defaults.
      return doubtfulRest();
    }
    afterEscapeString = dialect == SqlDialect.POSTGRESQL && backslash == Backslash.ESCAPES;
    return token(Token.LITERAL, itsEnd);
  }

  private Token doubleQuotes() {
    return switch (dialect) {
      case POSTGRESQL, TRANSACT_SQL -> name('"', true, Token.QUOTED_NAME);
      case SQLITE -> name('"', true, Token.NAME_OR_STRING);
      case MYSQL, OTHER -> string(from, backslash());
    };
  }

  private Token backquotes() {
    return switch (dialect) {
      case MYSQL, SQLITE, OTHER -> name('`', true, Token.QUOTED_NAME);
      case POSTGRESQL, TRANSACT_SQL -> symbol();
    };
  }

  private Token bracket() {
    return switch (dialect) {
      case TRANSACT_SQL -> name(']', true, Token.QUOTED_NAME);
      case SQLITE -> name(']', false, Token.QUOTED_NAME);
      case POSTGRESQL, MYSQL -> symbol();
      case OTHER -> nameOrSubscript();
    };
  }

  /**
   * A name in quotes.
   *
   * @param doubles whether the closing quote is part of the name where it is doubled
   */
  private Token name(int close, boolean doubles, Token kind) {
    for (int i = from + 1; i < end; i++) {
      int b = at(i);
      if (b == close) {
        if (!doubles || at(i + 1) != close) {
          return token(kind, i + 1);
        }
        i++;
      } else if (dialect == SqlDialect.OTHER && (b == '\\' || b == '\'' || b == '"')) {
        return doubtfulRest();
      }
    }
    return token(Token.LITERAL, end);
  }

  /** Of a name in brackets and a subscript the tokens are the same, unless one has quotes in it. */
  private Token nameOrSubscript() {
    for (int i = from + 1; i < end; i++) {
      switch (at(i)) {
        case ']', '[' -> {
          return symbol();
        }
        case '\'', '"', '`', '$', '#' -> {
          return doubtfulRest();
        }
        default -> {
          if (opensComment(i)) {
            return doubtfulRest();
          }
        }
      }
    }
    return symbol();
  }

  // Comments.

  private boolean opensComment(int i) {
    return (at(i) == '-' && at(i + 1) == '-') || (at(i) == '/' && at(i + 1) == '*');
  }

  private boolean isLineComment() {
    if (at(from + 1) != '-') {
      return false;
    }
    // MySQL wants a space or a control character behind it, so that 5--1 is 6.
    int b = at(from + 2);
    return dialect != SqlDialect.MYSQL
        || b < 0
        || isSpace(b)
        || b == DELETE
        || opensOtherComment(b);
  }

  /** Whether another comment follows two minus signs of MySQL: without it, they would open one. */
  private boolean opensOtherComment(int b) {
    return b == '#' || (b == '/' && at(from + 3) == '*');
  }

  private Token lineComment() {
    int b = at(from + 2);
    boolean common = b < 0 || isSpace(b);
    boolean differs = dialect == SqlDialect.MYSQL || dialect == SqlDialect.OTHER;
    if (differs && !common) {
      return doubtfulRest();
    }
    return restOfLine();
  }

  private Token hash() {
    return switch (dialect) {
      case MYSQL -> restOfLine();
      case TRANSACT_SQL -> word();
      case POSTGRESQL, SQLITE -> symbol();
      case OTHER -> doubtfulRest();
    };
  }

  private Token restOfLine() {
    int i = from + 1;
    while (i < end) {
      int b = at(i);
      if (b == '\n') {
        break;
      }
      if (b == '\r' && at(i + 1) != '\n') {
        switch (dialect) {
          case POSTGRESQL -> {
            return token(Token.COMMENT, i);
          }
          case MYSQL, SQLITE -> {
            // Part of the comment.
          }
          case TRANSACT_SQL, OTHER -> {
            return doubtfulRest();
          }
        }
      }
      i++;
    }
    return token(Token.COMMENT, i);
  }

  private Token blockComment() {
    boolean nests = dialect == SqlDialect.POSTGRESQL || dialect == SqlDialect.TRANSACT_SQL;
    boolean code = isExecutable();
    int depth = 1;
    int i = from + 2;
    while (i < end) {
      int b = at(i);
      if (b == '*' && at(i + 1) == '/') {
        i += 2;
        if (--depth == 0) {
          return token(Token.COMMENT, i);
        }
        continue;
      }
      boolean opens = b == '/' && at(i + 1) == '*';
      if (opens && nests) {
        depth++;
        i += 2;
        continue;
      }
      if (opens && (code || dialect == SqlDialect.OTHER)) {
        return doubtfulRest();
      }
      if (code && (b == '\'' || b == '"' || b == '`' || b == '#' || opensComment(i))) {
        // A quoted end of the comment is none, if the server's version makes code of it.
        return doubtfulRest();
      }
      i++;
    }
    return token(Token.COMMENT, end);
  }

  /** Whether it is a comment only to other servers than MySQL or MariaDB of some version. */
  private boolean isExecutable() {
    int mark = at(from + 2) == 'M' ? from + 3 : from + 2;
    boolean may = dialect == SqlDialect.MYSQL || dialect == SqlDialect.OTHER;
    return may && at(mark) == '!';
  }

  // Numbers.

  private Token signOrSymbol() {
    int b = at(from + 1);
    boolean number = isDigit(b) || (b == '.' && isDigit(at(from + 2)));
    return number && !afterOperand ? number(from + 1) : symbol();
  }

  /**
   * A number, with whatever is glued to it: suffixes, units, further dots.
   *
   * @param start where its first digit or its point is
   */
  private Token number(int start) {
    boolean hex = at(start) == '0' && (at(start + 1) | 0x20) == 'x';
    int i = start;
    while (i < end) {
      int b = at(i);
      boolean exponentSign =
          (b == '+' || b == '-')
              && i > start
              && !hex
              && (at(i - 1) | 0x20) == 'e'
              && isDigit(at(i + 1));
      if ((!isWordByte(b) && b != '.' && !exponentSign) || opensString(i, start)) {
        break;
      }
      i++;
    }
    return token(Token.LITERAL, i);
  }

  /** PostgreSQL ends a number where a string in dollar quotes or one with escapes begins. */
  private boolean opensString(int i, int start) {
    if (i == start || (dialect != SqlDialect.POSTGRESQL && dialect != SqlDialect.OTHER)) {
      return false;
    }
    int b = at(i);
    return b == '$' ? !isDigit(at(i + 1)) : (b | 0x20) == 'e' && at(i + 1) == '\'';
  }

  // Parameters, and what else begins like one.

  private Token questionMark() {
    int i = from + 1;
    if (dialect == SqlDialect.SQLITE) {
      i = digits(i);
    }
    return token(Token.PARAMETER, i);
  }

  private Token dollar() {
    int b = at(from + 1);
    if (isDigit(b)) {
      int i = digits(from + 1);
      boolean parameter = dialect == SqlDialect.POSTGRESQL || dialect == SqlDialect.SQLITE;
      boolean numbered = i - from - 1 <= MAX_PARAMETER_DIGITS && !isWordByte(at(i)) && at(i) != '.';
      // Elsewhere an amount of money.
      return parameter && numbered ? token(Token.PARAMETER, i) : number(from + 1);
    }
    if (dialect == SqlDialect.POSTGRESQL || dialect == SqlDialect.OTHER) {
      int i = from + 1;
      while (isWordByte(at(i)) && at(i) != '$') {
        i++;
      }
      if (at(i) == '$') {
        return dialect == SqlDialect.OTHER ? doubtfulRest() : dollarQuotes(i + 1);
      }
    }
    if (dialect == SqlDialect.MYSQL) {
      return word();
    }
    return isLetter(from + 1) ? token(Token.PARAMETER, endOfWord(from + 1)) : symbol();
  }

  /**
   * A dollar-quoted string.
   *
   * @param open where its tag ends
   */
  private Token dollarQuotes(int open) {
    int tag = open - from;
    int i = open;
    while (i < end) {
      if (at(i) != '$') {
        i++;
        continue;
      }
      int same = 1;
      while (same < tag && at(i + same) == at(from + same)) {
        same++;
      }
      if (same == tag) {
        return endOfString(i + tag, Backslash.ORDINARY);
      }
      // What was compared has no dollar in it but its first.
      i += same;
    }
    return token(Token.LITERAL, end);
  }

  private Token colonOrAt(int b) {
    boolean afterColon = b == ':' && from > begin && at(from - 1) == ':';
    if (afterColon) {
      return symbol();
    }
    boolean digits =
        dialect == SqlDialect.SQLITE || (b == '@' && dialect == SqlDialect.TRANSACT_SQL);
    boolean named = isLetter(from + 1) || (digits && isDigit(at(from + 1)));
    return named ? token(Token.PARAMETER, endOfWord(from + 1)) : symbol();
  }

  private int digits(int start) {
    int i = start;
    while (isDigit(at(i))) {
      i++;
    }
    return i;
  }

  // Words.

  private Token wordOrSymbol() {
    if (isLetter(from)) {
      return word();
    }
    // All of a character, so that nothing comes between its bytes.
    return token(Token.SYMBOL, from + Math.max(1, characterLength(from)));
  }

  private Token word() {
    to = endOfWord(from);
    int length = to - from;
    if (at(to) == '\'') {
      int last = at(to - 1) | 0x20;
      if (dialect == SqlDialect.OTHER && last == 'q' && length <= 2) {
        // Oracle's own quotes.
        return doubtfulRest();
      }
      if (length == 1 && (last == 'e' || last == 'b' || last == 'x' || last == 'n')) {
        boolean escapes = last == 'e' && dialect == SqlDialect.POSTGRESQL;
        return string(to, escapes ? Backslash.ESCAPES : backslash());
      }
    }
    keyword = Keyword.of(bytes, from, to);
    return Token.WORD;
  }

  private int endOfWord(int start) {
    int i = start;
    while (i < end) {
      int b = at(i);
      if (b >= 0x80) {
        int length = characterLength(i);
        if (length == 0 || !isNameCharacter(i, length)) {
          break;
        }
        i += length;
      } else if (isWordByte(b) || (isMarkOfName(b) && dialect == SqlDialect.TRANSACT_SQL)) {
        i++;
      } else {
        break;
      }
    }
    return Math.min(i, end);
  }

  private static boolean isMarkOfName(int b) {
    return b == '#' || b == '@';
  }

  /** Whether a word begins there. A currency sign does not, nor does what is no character. */
  private boolean isLetter(int i) {
    int b = at(i);
    if (b >= 0x80) {
      int length = characterLength(i);
      return length > 0 && Character.isLetter(character(i, length));
    }
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || b == '_';
  }

  private boolean isNameCharacter(int i, int length) {
    int character = character(i, length);
    return Character.isLetterOrDigit(character)
        || Character.getType(character) == Character.NON_SPACING_MARK
        || Character.getType(character) == Character.COMBINING_SPACING_MARK;
  }

  // Bytes.

  /** Bytes of the UTF-8 sequence that begins there; 0 if none does. */
  private int characterLength(int i) {
    int b = at(i);
    int length = b < 0x80 ? 1 : b < 0xc2 ? 0 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : b < 0xf5 ? 4 : 0;
    for (int k = 1; k < length; k++) {
      if ((at(i + k) & 0xc0) != 0x80) {
        return 0;
      }
    }
    return length;
  }

  private int character(int i, int length) {
    int character = at(i) & (length == 2 ? 0x1f : length == 3 ? 0x0f : length == 4 ? 0x07 : 0x7f);
    for (int k = 1; k < length; k++) {
      character = (character << 6) | (at(i + k) & 0x3f);
    }
    return character;
  }

  private static boolean isDigit(int b) {
    return b >= '0' && b <= '9';
  }

  /** Whether it is part of words in some dialect: with what no dialect splits, too. */
  private static boolean isWordByte(int b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || isDigit(b)
        || b == '_'
        || b == '$'
        || b >= 0x80;
  }

  private static boolean isSpace(int b) {
    return b >= 0 && b <= ' ';
  }

  /** The byte there, unsigned; -1 behind the end. */
  private int at(int i) {
    bytesRead++;
    return i < end ? bytes[i] & 0xff : -1;
  }
}
