// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import io.goshawk.abi.EndReason;
import io.goshawk.abi.InnermostError;
import io.goshawk.spans.failure.GoError;
import io.goshawk.spans.record.SpanRecord;
import io.goshawk.spans.record.TypeNames;
import io.goshawk.spans.text.TextCache;

/** What the records of all libraries that call databases have in common. */
abstract class RecordedCall implements SqlCall {
  private final int text;
  private final int server;
  private final int database;

  /** The record that this lies over. */
  protected SpanRecord record = new SpanRecord();

  /** Takes the places of a record's strings. */
  RecordedCall(int text, int server, int database) {
    this.text = text;
    this.server = server;
    this.database = database;
  }

  @Override
  public final <V> V server(TextCache<V> meanings) {
    return record.string(server, meanings);
  }

  @Override
  public final <V> V database(TextCache<V> meanings) {
    return record.string(database, meanings);
  }

  @Override
  public final boolean hasQuery() {
    return record.stringLength(text) > 0 || record.isCut(text);
  }

  @Override
  public final <V> V query(TextCache<V> meanings) {
    return record.string(text, meanings);
  }

  @Override
  public final boolean isQueryCut() {
    return record.isCut(text);
  }

  @Override
  public final long queryBytes() {
    return record.originalLength(text);
  }

  @Override
  public final boolean panicked() {
    return record.endReason() == EndReason.END_PANICKED;
  }

  /** The error that a {@code struct innermost_error} tells of. */
  protected final GoError error(TypeNames types, int innermost, String itsText) {
    return new GoError(
        types.typeName(record.binary(), InnermostError.type(record.bytes(), innermost)),
        InnermostError.number(record.bytes(), innermost),
        false,
        itsText);
  }
}
