// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The summary of a query as it is read: its operations and their targets in their order, as they
 * are written (semantic conventions, database-spans.md, "Generating a summary of the query").
 *
 * <p>No parser: it knows after which words a target comes. Names that a WITH defines are no
 * targets, since no table has them.
 */
final class QuerySummary {
  /** Characters of a summary, after the convention. */
  static final int MAX_LENGTH = 255;

  private static final int MAX_DEPTH = 64;
  private static final int MAX_DEFINED = 32;
  private static final byte[] DOT = {'.'};
  private static final byte[] EXECUTE = "EXECUTE".getBytes(StandardCharsets.US_ASCII);

  /** Where in a name with dots the reader is. */
  private enum Naming {
    NO,
    AFTER_PART,
    AFTER_DOT
  }

  /** What is between two parentheses, or outside of all. */
  private static final class Level {
    @Nullable Keyword operation;

    /** Whether a comma brings another target. */
    boolean listsTargets;

    /** Whether a comma brings another name that a WITH defines. */
    boolean definesNames;

    /** Whether a target comes when this level is over. */
    boolean isBeforeTarget;

    void start(@Nullable Keyword itsOperation) {
      operation = itsOperation;
      listsTargets = false;
      definesNames = false;
      isBeforeTarget = false;
    }
  }

  private SqlDialect dialect = SqlDialect.OTHER;
  private byte[] bytes = new byte[0];

  private final byte[] out = new byte[4 * MAX_LENGTH];
  private int length;
  private int characters;
  private boolean stopped;

  private final Level[] levels = new Level[MAX_DEPTH];
  private int depth;

  private @Nullable Keyword previous;
  private boolean atStart;
  private boolean skipsStatement;
  private boolean expectsTarget;
  private boolean expectsObject;
  private boolean expectsOn;
  private boolean expectsDefinition;
  private boolean hasBody;

  /** Whether a variable was read that may be what a procedure's result is assigned to. */
  private boolean mayBeResult;

  private Naming naming = Naming.NO;
  private byte[] name = new byte[256];
  private int nameLength;
  private int nameParts;

  /** Whether the name may be all there is of the text: a procedure to be executed. */
  private boolean isOnlyName;

  /** Names that WITH defines, as pairs of where they begin and end. */
  private final int[] defined = new int[2 * MAX_DEFINED];

  private int definedLength;

  QuerySummary() {
    for (int i = 0; i < MAX_DEPTH; i++) {
      levels[i] = new Level();
    }
  }

  void start(SqlDialect itsDialect, byte[] itsBytes) {
    dialect = itsDialect;
    bytes = itsBytes;
    length = 0;
    characters = 0;
    stopped = false;
    hasBody = false;
    isOnlyName = false;
    naming = Naming.NO;
    startStatement();
  }

  private void startStatement() {
    depth = 0;
    levels[0].start(null);
    previous = null;
    atStart = true;
    skipsStatement = false;
    expectsTarget = false;
    expectsObject = false;
    expectsOn = false;
    expectsDefinition = false;
    mayBeResult = false;
    definedLength = 0;
  }

  /** Nothing more is to be understood of the text. */
  void stop() {
    stopped = true;
    isOnlyName = false;
  }

  /** Whether a name comes next, so that what is in quotes is one. */
  boolean expectsName() {
    return naming == Naming.AFTER_DOT || expectsTarget || expectsDefinition;
  }

  /** A literal, a parameter or a variable. */
  void value() {
    endName();
    isOnlyName = false;
    // A procedure's name in a variable, or what its result is assigned to.
    mayBeResult = expectsTarget && executes();
    expectsTarget = false;
    expectsDefinition = false;
    atStart = false;
    previous = null;
  }

  /** Whether a procedure of Transact-SQL is executed, whose arguments have no parentheses. */
  private boolean executes() {
    if (dialect != SqlDialect.TRANSACT_SQL || depth >= MAX_DEPTH) {
      return false;
    }
    Keyword operation = levels[depth].operation;
    return operation == Keyword.EXEC || operation == Keyword.EXECUTE;
  }

  /** A character that is no other token. */
  void symbol(byte symbol) {
    if (naming == Naming.AFTER_PART && symbol == '.') {
      appendToName(DOT, 0, 1);
      naming = Naming.AFTER_DOT;
      return;
    }
    if (naming == Naming.AFTER_DOT && symbol == '.') {
      // SQL Server's default schema: database..table.
      appendToName(DOT, 0, 1);
      return;
    }
    endName();
    isOnlyName = false;
    boolean target = expectsTarget;
    boolean assigns = symbol == '=' && mayBeResult;
    expectsTarget = assigns;
    expectsDefinition = false;
    mayBeResult = false;
    switch (symbol) {
      case ';' -> endStatement();
      case '(' -> open(target);
      case ')' -> close();
      case ',' -> {
        if (depth < MAX_DEPTH) {
          expectsTarget = levels[depth].listsTargets;
          expectsDefinition = levels[depth].definesNames;
        }
      }
      default -> {
        // An operator.
      }
    }
    previous = null;
  }

  private void endStatement() {
    if (hasBody) {
      // Its statements are not executed now.
      stopped = true;
    }
    startStatement();
  }

  private void open(boolean target) {
    depth++;
    if (depth >= MAX_DEPTH) {
      return;
    }
    Keyword operation = levels[depth - 1].operation;
    boolean isBeforeTarget = target && previous == Keyword.TOP;
    // FROM (a JOIN b), but not JOIN b USING (column).
    boolean groupsTargets =
        target
            && !isBeforeTarget
            && previous != Keyword.USING
            && operation != null
            && Keyword.READS_FROM.contains(operation);
    Level inner = levels[depth];
    inner.start(groupsTargets ? operation : null);
    inner.isBeforeTarget = isBeforeTarget;
    inner.listsTargets = groupsTargets;
    expectsTarget = groupsTargets;
  }

  private void close() {
    expectsTarget = depth > 0 && depth < MAX_DEPTH && levels[depth].isBeforeTarget;
    depth = Math.max(0, depth - 1);
  }

  /** A name in quotes. */
  void name(int from, int to) {
    named(null, from, to);
  }

  /** A word. */
  void word(@Nullable Keyword keyword, int from, int to) {
    named(keyword, from, to);
    previous = keyword;
  }

  private void named(@Nullable Keyword keyword, int from, int to) {
    if (naming == Naming.AFTER_DOT) {
      continueName(from, to);
      return;
    }
    endName();
    isOnlyName = false;
    mayBeResult = false;
    if (skipsStatement || depth >= MAX_DEPTH) {
      return;
    }
    boolean first = atStart;
    atStart = false;
    if (expectsDefinition) {
      define(keyword, from, to);
    } else if (expectsObject && keyword != null && Keyword.OBJECTS.contains(keyword)) {
      object(keyword, from, to);
    } else if (expectsObject && keyword == Keyword.TRANSACTION) {
      append(bytes, from, to);
      skipsStatement = true;
    } else if (expectsTarget && keyword != null && Keyword.BEFORE_TARGET.contains(keyword)) {
      listSources(keyword);
    } else if (isOperation(keyword, first)) {
      operation(keyword, from, to);
    } else if (expectsTarget && (keyword == null || !Keyword.RESERVED.contains(keyword))) {
      expectsTarget = false;
      startName(from, to);
    } else if (keyword != null) {
      expectsTarget = false;
      clause(keyword);
    } else if (first && dialect == SqlDialect.TRANSACT_SQL && length == 0) {
      startName(from, to);
      isOnlyName = true;
    } else if (expectsObject && mayOmitObject()) {
      expectsObject = false;
      startName(from, to);
    }
    previous = null;
  }

  private boolean mayOmitObject() {
    Keyword operation = levels[depth].operation;
    return operation == Keyword.TRUNCATE || operation == Keyword.LOCK;
  }

  private boolean isOperation(@Nullable Keyword keyword, boolean first) {
    if (keyword == null) {
      return false;
    }
    if (first && Keyword.OPERATIONS.contains(keyword)) {
      return true;
    }
    boolean executes = keyword == Keyword.EXEC || keyword == Keyword.EXECUTE;
    if (executes && dialect == SqlDialect.TRANSACT_SQL) {
      return true;
    }
    boolean inClause = previous != null && Keyword.BEFORE_CLAUSE.contains(previous);
    return keyword == Keyword.SELECT || (Keyword.CHANGES.contains(keyword) && !inClause);
  }

  private void operation(Keyword keyword, int from, int to) {
    append(bytes, from, to);
    Level level = levels[depth];
    level.start(keyword);
    level.listsTargets = keyword == Keyword.UPDATE;
    // An EXPLAIN is about the statement that follows.
    atStart = keyword == Keyword.EXPLAIN || keyword == Keyword.DESCRIBE;
    boolean action = previous == Keyword.THEN;
    expectsTarget = Keyword.TAKES_TARGET.contains(keyword) && !action;
    expectsObject = Keyword.ON_OBJECTS.contains(keyword) || keyword == Keyword.START;
    skipsStatement = Keyword.WITHOUT_TARGETS.contains(keyword);
  }

  private void object(Keyword keyword, int from, int to) {
    append(bytes, from, to);
    expectsObject = false;
    Level level = levels[depth];
    boolean creates = level.operation == Keyword.CREATE || level.operation == Keyword.ALTER;
    hasBody = creates && Keyword.WITH_BODY.contains(keyword);
    expectsTarget = true;
    expectsOn = keyword == Keyword.INDEX;
    level.listsTargets = !creates;
  }

  /** DELETE FROM and the like: what follows is where a list of targets may stand. */
  private void listSources(Keyword keyword) {
    if (keyword == Keyword.FROM && levels[depth].operation == Keyword.DELETE) {
      levels[depth].listsTargets = true;
    }
  }

  private void clause(Keyword keyword) {
    Level level = levels[depth];
    if (Keyword.ENDS_TARGETS.contains(keyword)) {
      level.listsTargets = false;
      level.definesNames = false;
      return;
    }
    switch (keyword) {
      case FROM -> {
        boolean reads = level.operation != null && Keyword.READS_FROM.contains(level.operation);
        if (reads && previous != Keyword.DISTINCT) {
          expectsTarget = true;
          level.listsTargets = true;
        }
      }
      case JOIN, STRAIGHT_JOIN, APPLY -> expectsTarget = level.operation != null;
      case USING -> {
        boolean reads = level.operation == Keyword.MERGE || level.operation == Keyword.DELETE;
        expectsTarget = reads;
        level.listsTargets = reads;
      }
      case INTO -> {
        expectsTarget = level.operation == Keyword.SELECT || level.operation == Keyword.LOAD;
        level.listsTargets = false;
      }
      case ON -> {
        expectsTarget = expectsOn;
        expectsOn = false;
      }
      case WITH -> {
        // Behind an operation that has begun it is a hint or an option.
        expectsDefinition =
            level.operation == null || level.operation == Keyword.INSERT || previous == Keyword.AS;
        level.definesNames = expectsDefinition;
      }
      default -> {
        // Says nothing about targets.
      }
    }
  }

  private void define(@Nullable Keyword keyword, int from, int to) {
    if (keyword == Keyword.RECURSIVE) {
      return;
    }
    expectsDefinition = false;
    if (definedLength < defined.length) {
      defined[definedLength++] = from;
      defined[definedLength++] = to;
    }
  }

  // Names.

  private void startName(int from, int to) {
    nameLength = 0;
    nameParts = 0;
    continueName(from, to);
  }

  private void continueName(int from, int to) {
    appendToName(bytes, from, to);
    nameParts++;
    naming = Naming.AFTER_PART;
  }

  private void appendToName(byte[] source, int from, int to) {
    int count = to - from;
    if (nameLength + count > name.length) {
      name = Arrays.copyOf(name, Math.max(2 * name.length, nameLength + count));
    }
    System.arraycopy(source, from, name, nameLength, count);
    nameLength += count;
  }

  private void endName() {
    if (naming == Naming.NO) {
      return;
    }
    naming = Naming.NO;
    if (isOnlyName) {
      return;
    }
    if (nameParts > 1 || !isDefined()) {
      append(name, 0, nameLength);
    }
    if (hasBody) {
      skipsStatement = true;
    }
  }

  private boolean isDefined() {
    for (int i = 0; i < definedLength; i += 2) {
      if (isName(defined[i], defined[i + 1])) {
        return true;
      }
    }
    return false;
  }

  private boolean isName(int from, int to) {
    if (to - from != nameLength) {
      return false;
    }
    for (int i = 0; i < nameLength; i++) {
      if (lower(bytes[from + i]) != lower(name[i])) {
        return false;
      }
    }
    return true;
  }

  private static int lower(byte b) {
    return b >= 'A' && b <= 'Z' ? b | 0x20 : b;
  }

  // The summary itself.

  private void append(byte[] source, int from, int to) {
    if (stopped) {
      return;
    }
    int gap = length == 0 ? 0 : 1;
    // No character has more than three bytes for each of its chars.
    boolean fits = to - from <= 3 * MAX_LENGTH;
    int added =
        fits ? gap + new String(source, from, to - from, StandardCharsets.UTF_8).length() : 0;
    if (!fits || characters + added > MAX_LENGTH) {
      stopped = true;
      return;
    }
    if (gap == 1) {
      out[length++] = ' ';
    }
    System.arraycopy(source, from, out, length, to - from);
    length += to - from;
    characters += added;
  }

  /**
   * Ends the summary.
   *
   * @param cutName whether the text ended with a name that went on
   */
  String finish(boolean cutName) {
    boolean onlyName = isOnlyName && naming == Naming.AFTER_PART;
    if (cutName || naming == Naming.AFTER_DOT) {
      naming = Naming.NO;
    } else if (onlyName) {
      append(EXECUTE, 0, EXECUTE.length);
      append(name, 0, nameLength);
    } else {
      endName();
    }
    return new String(out, 0, length, StandardCharsets.UTF_8);
  }
}
