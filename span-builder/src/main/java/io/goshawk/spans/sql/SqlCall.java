// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import io.goshawk.spans.failure.GoError;
import io.goshawk.spans.text.TextCache;
import org.jspecify.annotations.Nullable;

/** What is known of a call to a database. A flyweight, read while the span is described. */
public interface SqlCall {

  /** What is called for. */
  enum Operation {
    /** Query, QueryRow or Exec: what it does is in its text. */
    QUERY(null),
    PREPARE("PREPARE"),
    BEGIN("BEGIN"),
    COMMIT("COMMIT"),
    ROLLBACK("ROLLBACK"),
    PING("PING"),
    CONNECT("CONNECT"),
    /** Several queries that are sent together. */
    BATCH("BATCH"),
    /** Rows that are sent to a table. */
    COPY("COPY");

    private final @Nullable String word;

    Operation(@Nullable String word) {
      this.word = word;
    }

    /** What it is called in SQL, or would be; null if its text says that. */
    @Nullable String word() {
      return word;
    }
  }

  /** How much is told of a call, by how slow it was. */
  enum Detail {
    WHOLE,
    /** Its text without literals, and nothing of how it came to be slow. */
    TEXT,
    /** Nothing but what an earlier call of the same {@link #statement()} has told. */
    KEY
  }

  /** What is called for. */
  Operation operation();

  /** How much is told of it. */
  Detail detail();

  /** Key of its text and database; 0 where calls are not told by how slow they are. */
  long statement();

  /** Whose driver does it. */
  SqlDriver driver();

  /** What the data-source name means; null if there is none. */
  <V> @Nullable V dataSource(TextCache<V> meanings);

  /**
   * What the server of a configuration means, which is there instead of a data-source name: a host,
   * host and port, or the path of a socket; empty if it is not known.
   */
  <V> V server(TextCache<V> meanings);

  /** The port of that server; 0 if it is not known, or stands beside the host. */
  int serverPort();

  /** What the name of the database in a configuration means; empty if it is not known. */
  <V> V database(TextCache<V> meanings);

  /** Whether there is a text of the query. */
  boolean hasQuery();

  /** What the text of the query means. */
  <V> V query(TextCache<V> meanings);

  /** Whether the text went on in the target. */
  boolean isQueryCut();

  /** Bytes of the text in the target. */
  long queryBytes();

  /** How many queries there are in a {@link Operation#BATCH}; else 0. */
  default long batchSize() {
    return 0;
  }

  /** Whether the queries of a batch are all the same. */
  default boolean isUniform() {
    return true;
  }

  /** What the name of the table that a call is about means; empty if the call does not name one. */
  default <V> @Nullable V table(TextCache<V> meanings) {
    return null;
  }

  /** Whether the call has not returned, but panicked. */
  default boolean panicked() {
    return false;
  }

  /** The error that the call returned, or that its rows had; null if none. */
  @Nullable GoError error();

  /** SQLSTATE, or the system's own code, of that error; empty if it has none. */
  String statusCode();

  /**
   * Nanoseconds for which the rows that the call returned were held open: from its return until
   * they were closed; negative if it returned none, or that is not known.
   */
  long rowsHeldNanos();

  /** Nanoseconds for which the call waited for others to give a connection back. */
  long connectionWaitNanos();
}
