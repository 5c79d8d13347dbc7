// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import org.jspecify.annotations.Nullable;

/**
 * Which words and quoted names of a statement are values: passwords, settings, paths and data that
 * a server takes without the quotes of a string.
 *
 * <p>No parser: it knows the statements that have such values, and where in them names end. From
 * there on it takes for a value whatever may be one. A flyweight, used for one text after the
 * other.
 */
final class UnquotedValues {

  /** What kind of statement is being read. */
  private enum Kind {
    /** None has begun. */
    NONE,
    /** One that has no such values, as far as is known. */
    ANY,
    /** Begun with a word that is no statement's: a procedure's name, or nobody knows what. */
    UNKNOWN,
    /** The same, and arguments follow. */
    CALL,
    /** EXEC, and a procedure's name follows. */
    EXEC,
    /** A variable follows EXEC: what the result is assigned to, or the procedure's name. */
    EXEC_VARIABLE,
    PRAGMA,
    ATTACH,
    VACUUM,
    /** SET, or the part of an ALTER or CREATE from that word on. */
    SET,
    CREATE,
    CREATE_VIRTUAL,
    ALTER,
    GRANT,
    /** CREATE or ALTER of a user, a role or a login. */
    ACCOUNT,
    INSERT,
    COPY,
    COPY_STDIN
  }

  private SqlDialect dialect = SqlDialect.OTHER;
  private Kind kind = Kind.NONE;

  /** Whether the statement is the first of its text. */
  private boolean isFirst;

  /** Whether words are values from here on. */
  private boolean hides;

  /** Whether what comes is the name of a format, behind which there is data. */
  private boolean expectsFormat;

  /** Whether all that is left of the text is data. */
  private boolean restIsData;

  private boolean afterDot;
  private boolean afterParenthesis;
  private @Nullable Keyword previous;
  private int depth;

  /** Where a query in parentheses is left that has no such values; 0: the reader is in none. */
  private int queryDepth;

  /** Where the last token ends, if it was a value without quotes; else -1. */
  private int endOfValue = -1;

  void start(SqlDialect itsDialect) {
    dialect = itsDialect;
    isFirst = true;
    restIsData = false;
    startStatement();
  }

  private void startStatement() {
    kind = Kind.NONE;
    hides = false;
    expectsFormat = false;
    afterDot = false;
    afterParenthesis = false;
    previous = null;
    depth = 0;
    queryDepth = 0;
    endOfValue = -1;
  }

  /** Whether all that follows, but spaces, is no SQL. */
  boolean restIsData() {
    return restIsData;
  }

  /**
   * Reads a word.
   *
   * @param keyword which one it is; null for none
   * @return whether it is a value
   */
  boolean word(@Nullable Keyword keyword, int from, int to) {
    // What is glued to a value is part of it, and means nothing by itself.
    boolean isValue = restIsData || endOfValue == from || read(keyword);
    if (isValue) {
      literal();
      endOfValue = to;
      return true;
    }
    afterDot = false;
    afterParenthesis = false;
    previous = keyword;
    endOfValue = -1;
    return false;
  }

  /**
   * Reads a name in quotes.
   *
   * @return whether it is a value
   */
  boolean name(int from, int to) {
    return word(null, from, to);
  }

  /**
   * Reads a parameter.
   *
   * @return whether it is part of a value
   */
  boolean parameter(int from, int to) {
    boolean continuesValue = endOfValue == from;
    literal();
    endOfValue = continuesValue ? to : -1;
    return continuesValue;
  }

  /** Reads a literal. */
  void literal() {
    kind =
        switch (kind) {
          case NONE -> Kind.ANY;
          case EXEC -> Kind.EXEC_VARIABLE;
          case UNKNOWN, EXEC_VARIABLE -> Kind.CALL;
          default -> kind;
        };
    isFirst = false;
    hides |= kind == Kind.CALL;
    expectsFormat = false;
    afterDot = false;
    afterParenthesis = false;
    previous = null;
    endOfValue = -1;
  }

  /** Reads any other character. */
  void symbol(byte symbol) {
    if (symbol < 0) {
      // It keeps words apart, no more.
      endOfValue = -1;
      return;
    }
    afterDot = symbol == '.';
    afterParenthesis = symbol == '(';
    previous = null;
    endOfValue = -1;
    expectsFormat = false;
    switch (symbol) {
      case ';' -> {
        restIsData |= kind == Kind.COPY_STDIN;
        isFirst = false;
        startStatement();
        return;
      }
      case '(' -> depth++;
      case ')' -> {
        depth--;
        queryDepth = depth < queryDepth ? 0 : queryDepth;
      }
      default -> {
        // Of no matter to where a query ends.
      }
    }
    switch (kind) {
      case NONE -> kind = Kind.ANY;
      case UNKNOWN -> {
        kind = symbol == '.' ? kind : beginsArgument(symbol) ? Kind.CALL : Kind.ANY;
        hides = kind == Kind.CALL;
      }
      case EXEC_VARIABLE -> kind = symbol == '=' ? Kind.EXEC : kind;
      case PRAGMA -> hides |= symbol != '.';
      case SET, ACCOUNT -> {
        hides |= symbol == '=';
        if (symbol == ',' && depth == 0 && kind == Kind.SET && dialect == SqlDialect.MYSQL) {
          hides = false;
        }
      }
      case CREATE_VIRTUAL -> hides = symbol == '=' || (hides && symbol != ',');
      default -> {
        // It says nothing about values.
      }
    }
    isFirst = false;
  }

  /** A sign is a number's; a bracket is a name's quote in some dialect. */
  private static boolean beginsArgument(byte symbol) {
    return symbol == '-' || symbol == '+' || symbol == '[';
  }

  private boolean read(@Nullable Keyword keyword) {
    if (expectsFormat) {
      expectsFormat = false;
      boolean names = keyword == null || keyword == Keyword.VALUES || keyword == Keyword.NULL;
      restIsData = names;
      return false;
    }
    boolean isValue = hides && queryDepth == 0 && isValue(keyword);
    if (dialect == SqlDialect.TRANSACT_SQL && executes(keyword)) {
      // It may stand behind any other statement.
      kind = Kind.EXEC;
      hides = false;
      return false;
    }
    switch (kind) {
      case NONE -> begin(keyword);
      case UNKNOWN -> isValue = continueUnknown(keyword);
      case EXEC ->
          // EXECUTE AS and the right to EXECUTE ON something are none.
          kind = keyword == Keyword.AS || keyword == Keyword.ON ? Kind.ANY : Kind.UNKNOWN;
      case EXEC_VARIABLE -> {
        kind = Kind.CALL;
        hides = true;
        isValue = isValue(keyword);
      }
      case CALL -> {
        if (keyword != null
            && Keyword.OPERATIONS.contains(keyword)
            && dialect == SqlDialect.TRANSACT_SQL) {
          begin(keyword);
        }
      }
      case PRAGMA -> isValue = hides || !(afterDot || previous == Keyword.PRAGMA);
      case VACUUM -> hides |= keyword == Keyword.INTO;
      case SET -> {
        hides |= keyword == Keyword.TO || keyword == Keyword.ZONE || identifies(keyword);
        if (afterParenthesis && keyword == Keyword.SELECT && queryDepth == 0) {
          queryDepth = depth;
          isValue = false;
        }
      }
      case CREATE, ALTER -> define(keyword);
      case GRANT -> hides |= identifies(keyword);
      case ACCOUNT -> hides |= identifies(keyword) || introducesPassword(keyword);
      case INSERT -> expectsFormat = keyword == Keyword.FORMAT && dialect == SqlDialect.OTHER;
      case COPY -> {
        if (keyword == Keyword.STDIN) {
          kind = Kind.COPY_STDIN;
          hides = true;
        }
      }
      case ANY -> hides |= previous == Keyword.IDENTIFIED && keyword == Keyword.BY;
      case ATTACH, CREATE_VIRTUAL, COPY_STDIN -> {
        // What hides values there has been read.
      }
    }
    return isValue;
  }

  private boolean isValue(@Nullable Keyword keyword) {
    if (keyword == null) {
      return true;
    }
    return switch (kind) {
      case SET ->
          keyword != Keyword.NULL
              && keyword != Keyword.TRUE
              && keyword != Keyword.FALSE
              && keyword != Keyword.DEFAULT;
      case CREATE_VIRTUAL -> true;
      case CALL -> dialect == SqlDialect.TRANSACT_SQL && !isNoArgument(keyword);
      // A password may be any word, but it comes behind one of these.
      case ACCOUNT, GRANT, ANY ->
          introducesPassword(previous)
              || previous == Keyword.BY
              || previous == Keyword.REPLACE
              || previous == Keyword.AS;
      default -> false;
    };
  }

  /** Whether it is no argument of a procedure, for what follows a call in Transact-SQL. */
  private static boolean isNoArgument(Keyword keyword) {
    return switch (keyword) {
      case NULL, DEFAULT, WITH, IF, ELSE, RETURN, OUTPUT, OUT -> true;
      default -> Keyword.OPERATIONS.contains(keyword);
    };
  }

  private static boolean executes(@Nullable Keyword keyword) {
    return keyword == Keyword.EXEC || keyword == Keyword.EXECUTE;
  }

  private static boolean identifies(@Nullable Keyword keyword) {
    return keyword == Keyword.IDENTIFIED;
  }

  private static boolean introducesPassword(@Nullable Keyword keyword) {
    return keyword == Keyword.PASSWORD
        || keyword == Keyword.BY
        || keyword == Keyword.USING
        || keyword == Keyword.TO;
  }

  private void begin(@Nullable Keyword keyword) {
    if (keyword == Keyword.EXPLAIN || keyword == Keyword.BEGIN) {
      isFirst = false;
      return;
    }
    boolean callsWithoutWord = dialect == SqlDialect.TRANSACT_SQL || dialect == SqlDialect.OTHER;
    if (keyword == null) {
      kind = isFirst && callsWithoutWord ? Kind.UNKNOWN : Kind.ANY;
    } else {
      kind =
          switch (keyword) {
            case PRAGMA -> Kind.PRAGMA;
            case ATTACH -> Kind.ATTACH;
            case VACUUM -> Kind.VACUUM;
            // What SET takes in Transact-SQL without quotes is one of a few words.
            case SET -> dialect == SqlDialect.TRANSACT_SQL ? Kind.ANY : Kind.SET;
            case CREATE -> Kind.CREATE;
            case ALTER -> Kind.ALTER;
            case EXEC, EXECUTE -> callsWithoutWord ? Kind.EXEC : Kind.ANY;
            case GRANT -> Kind.GRANT;
            case INSERT -> Kind.INSERT;
            case COPY -> Kind.COPY;
            default -> Kind.ANY;
          };
    }
    hides = kind == Kind.ATTACH;
    isFirst = false;
  }

  /** The procedure's name goes on, or an argument follows it. */
  private boolean continueUnknown(@Nullable Keyword keyword) {
    if (afterDot) {
      return false;
    }
    boolean isArgument = keyword == null || keyword == Keyword.TO || keyword == Keyword.USER;
    if (!isArgument) {
      // Of SELECT and the like the statement before is over.
      begin(keyword);
      return false;
    }
    kind = Kind.CALL;
    hides = true;
    return keyword == null;
  }

  /** What is created or altered decides. */
  private void define(@Nullable Keyword keyword) {
    if (keyword == null) {
      return;
    }
    switch (keyword) {
      case USER, ROLE, LOGIN -> kind = Kind.ACCOUNT;
      case TABLE -> kind = previous == Keyword.VIRTUAL ? Kind.CREATE_VIRTUAL : Kind.ANY;
      case INDEX,
          VIEW,
          SCHEMA,
          SEQUENCE,
          TYPE,
          DOMAIN,
          EXTENSION,
          POLICY,
          PUBLICATION,
          SUBSCRIPTION,
          TRIGGER,
          EVENT ->
          kind = Kind.ANY;
      case SET -> kind = dialect == SqlDialect.TRANSACT_SQL ? kind : Kind.SET;
      case IDENTIFIED -> hides = true;
      default -> {
        // A word before that, or of something else.
      }
    }
  }
}
