// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The words of SQL that mean something to the lexer, the mask or the summary. */
enum Keyword {
  // Operations.
  SELECT,
  INSERT,
  UPDATE,
  DELETE,
  MERGE,
  UPSERT,
  REPLACE,
  CREATE,
  ALTER,
  DROP,
  TRUNCATE,
  CALL,
  EXEC,
  EXECUTE,
  BEGIN,
  START,
  COMMIT,
  ROLLBACK,
  ABORT,
  SAVEPOINT,
  RELEASE,
  SET,
  RESET,
  SHOW,
  USE,
  EXPLAIN,
  DESCRIBE,
  ANALYZE,
  VACUUM,
  GRANT,
  REVOKE,
  DENY,
  PRAGMA,
  LOCK,
  UNLOCK,
  COPY,
  DO,
  LISTEN,
  UNLISTEN,
  NOTIFY,
  DECLARE,
  FETCH,
  MOVE,
  CLOSE,
  REINDEX,
  ATTACH,
  DETACH,
  KILL,
  LOAD,
  OPTIMIZE,
  PREPARE,
  DEALLOCATE,
  DISCARD,
  REFRESH,
  COMMENT,
  FLUSH,
  VALUES,

  // What CREATE, ALTER, DROP and the like are about.
  TABLE,
  TABLES,
  INDEX,
  VIEW,
  DATABASE,
  SCHEMA,
  SEQUENCE,
  TYPE,
  DOMAIN,
  USER,
  ROLE,
  LOGIN,
  EXTENSION,
  POLICY,
  PUBLICATION,
  SUBSCRIPTION,
  TABLESPACE,
  SERVER,
  SYNONYM,
  FUNCTION,
  PROCEDURE,
  PROC,
  TRIGGER,
  EVENT,
  PACKAGE,
  TRANSACTION,

  // Clauses.
  WITH,
  RECURSIVE,
  FROM,
  JOIN,
  STRAIGHT_JOIN,
  APPLY,
  INTO,
  USING,
  ON,
  WHERE,
  GROUP,
  ORDER,
  HAVING,
  LIMIT,
  OFFSET,
  WINDOW,
  RETURNING,
  OUTPUT,
  OUT,
  UNION,
  EXCEPT,
  INTERSECT,
  MINUS,
  FOR,
  OF,
  KEY,
  AFTER,
  BEFORE,
  THEN,
  OUTFILE,
  DUMPFILE,
  IDENTIFIED,
  PASSWORD,
  BY,
  STDIN,
  FORMAT,
  ZONE,
  VIRTUAL,

  // What may stand before the name of a target.
  ONLY,
  LATERAL,
  IF,
  NOT,
  EXISTS,
  CONCURRENTLY,
  LOW_PRIORITY,
  HIGH_PRIORITY,
  DELAYED,
  QUICK,
  IGNORE,
  OVERWRITE,
  FAIL,
  TOP,
  IMMEDIATE,
  VERBOSE,
  FULL,

  // Values that are kept, and what else comes before a sign that belongs to a number.
  NULL,
  TRUE,
  FALSE,
  DEFAULT,
  VALUE,
  IN,
  AND,
  OR,
  XOR,
  IS,
  LIKE,
  ILIKE,
  BETWEEN,
  CASE,
  WHEN,
  ELSE,
  DISTINCT,
  ALL,
  ANY,
  SOME,
  ARRAY,
  INTERVAL,
  RETURN,
  DIV,
  MOD,
  TO,
  AS;

  /** Operations that, like SELECT, may stand elsewhere than at the beginning of a statement. */
  static final Set<Keyword> CHANGES = EnumSet.of(INSERT, UPDATE, DELETE, MERGE);

  /** Operations at the beginning of a statement. */
  static final Set<Keyword> OPERATIONS = EnumSet.range(SELECT, VALUES);

  /** Kinds of objects, which belong to the operation on one. */
  static final Set<Keyword> OBJECTS = EnumSet.range(TABLE, PACKAGE);

  /** Objects whose definition has statements in it that are not executed now. */
  static final Set<Keyword> WITH_BODY =
      EnumSet.of(FUNCTION, PROCEDURE, PROC, TRIGGER, EVENT, PACKAGE);

  /** Operations on an object of which the kind is named. */
  static final Set<Keyword> ON_OBJECTS =
      EnumSet.of(CREATE, ALTER, DROP, TRUNCATE, LOCK, OPTIMIZE, REFRESH);

  /** Operations whose target follows them directly. */
  static final Set<Keyword> TAKES_TARGET =
      EnumSet.of(
          INSERT, UPDATE, DELETE, MERGE, UPSERT, REPLACE, CALL, EXEC, EXECUTE, USE, DESCRIBE,
          ANALYZE, VACUUM, PRAGMA, COPY, REINDEX);

  /** Operations of which the rest of the statement adds nothing, or words that vary. */
  static final Set<Keyword> WITHOUT_TARGETS =
      EnumSet.of(
          GRANT,
          REVOKE,
          DENY,
          COMMENT,
          DO,
          LISTEN,
          UNLISTEN,
          NOTIFY,
          SHOW,
          KILL,
          SAVEPOINT,
          RELEASE,
          ROLLBACK,
          DISCARD,
          DEALLOCATE,
          RESET,
          FLUSH,
          ATTACH,
          DETACH,
          UNLOCK);

  /** Operations within which FROM names targets. */
  static final Set<Keyword> READS_FROM = EnumSet.of(SELECT, UPDATE, DELETE);

  /** Words after which the names in a list are no targets any more. */
  static final Set<Keyword> ENDS_TARGETS =
      EnumSet.of(
          WHERE, GROUP, ORDER, HAVING, LIMIT, OFFSET, WINDOW, RETURNING, OUTPUT, SET, VALUES, UNION,
          EXCEPT, INTERSECT, MINUS, FOR, FETCH, OUTFILE, DUMPFILE);

  /** Words that are no names, so that no target comes where one was expected. */
  static final Set<Keyword> RESERVED = EnumSet.copyOf(ENDS_TARGETS);

  static {
    RESERVED.addAll(
        EnumSet.of(
            ON,
            USING,
            JOIN,
            STRAIGHT_JOIN,
            APPLY,
            WITH,
            AS,
            AND,
            WHEN,
            CASE,
            THEN,
            ELSE,
            BY,
            IN,
            IS,
            LIKE,
            BETWEEN,
            NULL,
            TRUE,
            FALSE,
            DISTINCT,
            ALL,
            TO));
  }

  /** Words that may stand between an operation and its target. */
  static final Set<Keyword> BEFORE_TARGET =
      EnumSet.of(
          INTO,
          FROM,
          TABLE,
          OR,
          REPLACE,
          ABORT,
          ROLLBACK,
          ONLY,
          LATERAL,
          IF,
          NOT,
          EXISTS,
          CONCURRENTLY,
          LOW_PRIORITY,
          HIGH_PRIORITY,
          DELAYED,
          QUICK,
          IGNORE,
          OVERWRITE,
          FAIL,
          TOP,
          IMMEDIATE,
          VERBOSE,
          FULL);

  /** Words after which a change is part of a clause. */
  static final Set<Keyword> BEFORE_CLAUSE = EnumSet.of(ON, KEY, DO, FOR, AFTER, BEFORE, OF);

  /** Words after which a sign belongs to the number behind it. */
  private static final Set<Keyword> BEFORE_VALUE =
      EnumSet.of(
          SELECT, WHERE, AND, OR, XOR, NOT, IN, LIKE, ILIKE, BETWEEN, THEN, ELSE, WHEN, CASE, BY,
          LIMIT, OFFSET, VALUES, VALUE, SET, RETURNING, ON, HAVING, IS, DISTINCT, ALL, ANY, SOME,
          TOP, FROM, INTERVAL, DEFAULT, USING, IF, RETURN, DIV, MOD, TO, FETCH, ARRAY);

  private static final int LONGEST = 13;
  private static final @Nullable Keyword[] TABLE_BY_HASH = new Keyword[1024];

  private final byte[] spelling = name().getBytes(StandardCharsets.US_ASCII);
  private boolean beforeValue;

  static {
    for (Keyword keyword : values()) {
      keyword.beforeValue = BEFORE_VALUE.contains(keyword);
      int slot = slot(keyword.spelling, 0, keyword.spelling.length);
      while (TABLE_BY_HASH[slot] != null) {
        slot = (slot + 1) & (TABLE_BY_HASH.length - 1);
      }
      TABLE_BY_HASH[slot] = keyword;
    }
  }

  /** Whether a sign behind this word belongs to the number behind that. */
  boolean isBeforeValue() {
    return beforeValue;
  }

  /** The keyword that a word is, in whatever case; null if it is none. */
  static @Nullable Keyword of(byte[] bytes, int from, int to) {
    int length = to - from;
    if (length < 2 || length > LONGEST) {
      return null;
    }
    int slot = slot(bytes, from, to);
    for (Keyword keyword = TABLE_BY_HASH[slot]; keyword != null; keyword = TABLE_BY_HASH[slot]) {
      if (keyword.isSpelled(bytes, from, length)) {
        return keyword;
      }
      slot = (slot + 1) & (TABLE_BY_HASH.length - 1);
    }
    return null;
  }

  private boolean isSpelled(byte[] bytes, int from, int length) {
    if (spelling.length != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (upper(bytes[from + i]) != spelling[i]) {
        return false;
      }
    }
    return true;
  }

  private static int slot(byte[] bytes, int from, int to) {
    int hash = to - from;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + upper(bytes[i]);
    }
    return (hash ^ (hash >>> 10)) & (TABLE_BY_HASH.length - 1);
  }

  private static int upper(byte b) {
    return b >= 'a' && b <= 'z' ? b - ('a' - 'A') : b;
  }
}
