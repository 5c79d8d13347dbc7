// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import io.goshawk.abi.PgxOperation;
import io.goshawk.abi.PgxRecord;
import io.goshawk.abi.PgxString;
import io.goshawk.abi.RecordType;
import io.goshawk.spans.failure.GoError;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.otlp.SpanDraft;
import io.goshawk.spans.record.RecordShape;
import io.goshawk.spans.record.Refusal;
import io.goshawk.spans.record.Refusal.Reason;
import io.goshawk.spans.record.SpanDescriber;
import io.goshawk.spans.record.SpanRecord;
import io.goshawk.spans.record.TypeNames;
import io.goshawk.spans.text.TextCache;
import org.jspecify.annotations.Nullable;

/** Reads the records of calls to pgx, and has {@link SqlSpans} describe them. */
public final class PgxRecords extends SpanDescriber {
  private static final RecordShape SHAPE =
      new RecordShape(
          RecordType.RECORD_PGX,
          PgxRecord.SIZE,
          PgxRecord.OFFSET_STRINGS,
          PgxRecord.LENGTH_STRINGS);

  private static final int TEXT = SHAPE.string(PgxString.PGX_TEXT.value());
  private static final int TABLE = SHAPE.string(PgxString.PGX_TABLE.value());
  private static final int SERVER = SHAPE.string(PgxString.PGX_SERVER.value());
  private static final int DATABASE = SHAPE.string(PgxString.PGX_DATABASE.value());
  private static final int ERROR_STATE = SHAPE.string(PgxString.PGX_ERROR_STATE.value());
  private static final int ERROR_TEXT = SHAPE.string(PgxString.PGX_ERROR_TEXT.value());

  private final SqlSpans spans;
  private final TypeNames types;
  private final Call call = new Call();

  public PgxRecords(
      SqlSettings settings, FieldEncoder encoder, TypeNames types, String agentVersion) {
    super(SHAPE, "github.com/jackc/pgx/v5", agentVersion);
    this.spans = new SqlSpans(settings, encoder);
    this.types = types;
  }

  @Override
  public void learnFrom(SpanDescriber before) {
    spans.learnFrom(((PgxRecords) before).spans);
  }

  @Override
  public @Nullable Refusal describe(SpanRecord record, SpanDraft draft) {
    int operation = PgxRecord.operation(record.bytes(), record.base());
    if (operation >= PgxOperation.values().length) {
      return new Refusal(Reason.VALUE, "operation is " + operation);
    }
    call.lay(record);
    spans.describe(call, draft);
    return null;
  }

  /** The record that is being described, as a call. */
  private final class Call extends RecordedCall {
    Call() {
      super(TEXT, SERVER, DATABASE);
    }

    void lay(SpanRecord its) {
      record = its;
    }

    @Override
    public Operation operation() {
      return switch (PgxOperation.of(PgxRecord.operation(record.bytes(), record.base()))) {
        case PGX_QUERY, PGX_EXEC -> Operation.QUERY;
        case PGX_PREPARE -> Operation.PREPARE;
        case PGX_PING -> Operation.PING;
        // One query alone is no batch, however it was sent.
        case PGX_BATCH -> queries() == 1 ? Operation.QUERY : Operation.BATCH;
        case PGX_COPY -> Operation.COPY;
        case PGX_CONNECT -> Operation.CONNECT;
      };
    }

    @Override
    public Detail detail() {
      return Detail.WHOLE;
    }

    @Override
    public long statement() {
      return 0;
    }

    @Override
    public SqlDriver driver() {
      return SqlDriver.POSTGRESQL;
    }

    @Override
    public <V> @Nullable V dataSource(TextCache<V> meanings) {
      return null;
    }

    @Override
    public int serverPort() {
      return PgxRecord.port(record.bytes(), record.base());
    }

    @Override
    public long batchSize() {
      return operation() == Operation.BATCH ? queries() : 0;
    }

    private long queries() {
      return Integer.toUnsignedLong(PgxRecord.batch(record.bytes(), record.base()));
    }

    @Override
    public boolean isUniform() {
      return PgxRecord.differ(record.bytes(), record.base()) == 0;
    }

    @Override
    public <V> @Nullable V table(TextCache<V> meanings) {
      return record.stringLength(TABLE) == 0 ? null : record.string(TABLE, meanings);
    }

    @Override
    public @Nullable GoError error() {
      return PgxRecord.failed(record.bytes(), record.base()) == 0
          ? null
          : error(types, record.base() + PgxRecord.OFFSET_ERROR, record.string(ERROR_TEXT));
    }

    @Override
    public String statusCode() {
      return record.string(ERROR_STATE);
    }

    @Override
    public long rowsHeldNanos() {
      return -1; // they are part of the span
    }

    @Override
    public long connectionWaitNanos() {
      return PgxRecord.waitNs(record.bytes(), record.base());
    }
  }
}
