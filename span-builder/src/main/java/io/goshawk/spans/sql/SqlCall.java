// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import io.goshawk.spans.failure.GoError;
import io.goshawk.spans.text.TextCache;
import org.jspecify.annotations.Nullable;

/** What is known of a call to database/sql. A flyweight, read while the span is described. */
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
    CONNECT("CONNECT");

    private final @Nullable String word;

    Operation(@Nullable String word) {
      this.word = word;
    }

    /** What it is called in SQL, or would be; null if its text says that. */
    @Nullable String word() {
      return word;
    }
  }

  /** What is called for. */
  Operation operation();

  /** Whose driver does it. */
  SqlDriver driver();

  /** Whether there is a data-source name. */
  boolean hasDataSource();

  /** What the data-source name means; empty if it is not known. */
  <V> V dataSource(TextCache<V> meanings);

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

  /** The error that the call returned; null if none. */
  @Nullable GoError error();

  /** SQLSTATE, or the system's own code, of that error; empty if it has none. */
  String statusCode();

  /** Nanoseconds for which the call waited for others to give a connection back. */
  long connectionWaitNanos();
}
