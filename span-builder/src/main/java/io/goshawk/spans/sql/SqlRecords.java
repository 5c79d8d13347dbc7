// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import io.goshawk.abi.BlockHeader;
import io.goshawk.abi.RecordType;
import io.goshawk.abi.SqlBlockType;
import io.goshawk.abi.SqlDetail;
import io.goshawk.abi.SqlOperation;
import io.goshawk.abi.SqlRecord;
import io.goshawk.abi.SqlRowsBlock;
import io.goshawk.abi.SqlString;
import io.goshawk.abi.StringRef;
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
import io.goshawk.spans.text.Utf8;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the records of calls to database/sql, and has {@link SqlSpans} describe them. */
public final class SqlRecords extends SpanDescriber {
  private static final RecordShape SHAPE =
      new RecordShape(
          RecordType.RECORD_SQL,
          SqlRecord.SIZE,
          SqlRecord.OFFSET_STRINGS,
          SqlRecord.LENGTH_STRINGS);

  private static final int TEXT = SHAPE.string(SqlString.SQL_TEXT.value());
  private static final int SOURCE = SHAPE.string(SqlString.SQL_SOURCE.value());
  private static final int SERVER = SHAPE.string(SqlString.SQL_SERVER.value());
  private static final int DATABASE = SHAPE.string(SqlString.SQL_DATABASE.value());
  private static final int ERROR_STATE = SHAPE.string(SqlString.SQL_ERROR_STATE.value());
  private static final int ERROR_TEXT = SHAPE.string(SqlString.SQL_ERROR_TEXT.value());

  private static final int ROWS = SqlBlockType.BLOCK_SQL_ROWS.value();

  /** Drivers remembered by the addresses of their types; then the memory starts anew. */
  private static final int MAX_DRIVERS = 1024;

  private final SqlSpans spans;
  private final TypeNames types;
  private final Call call = new Call();
  private final Map<DriverType, SqlDriver> drivers = new HashMap<>();

  private record DriverType(int binary, long address) {}

  public SqlRecords(
      SqlSettings settings, FieldEncoder encoder, TypeNames types, String agentVersion) {
    super(SHAPE, "database/sql", agentVersion);
    this.spans = new SqlSpans(settings, encoder);
    this.types = types;
  }

  @Override
  public void learnFrom(SpanDescriber before) {
    spans.learnFrom(((SqlRecords) before).spans);
  }

  @Override
  public @Nullable Refusal describe(SpanRecord record, SpanDraft draft) {
    int operation = SqlRecord.operation(record.bytes(), record.base());
    if (operation >= SqlOperation.values().length) {
      return new Refusal(Reason.VALUE, "operation is " + operation);
    }
    int detail = SqlRecord.detail(record.bytes(), record.base());
    if (detail >= SqlDetail.values().length) {
      return new Refusal(Reason.VALUE, "detail is " + detail);
    }
    String wrong = call.lay(record);
    if (!wrong.isEmpty()) {
      return new Refusal(Reason.BLOCK, wrong);
    }
    spans.describe(call, draft);
    return null;
  }

  private SqlDriver driver(SpanRecord record) {
    DriverType type =
        new DriverType(record.binary(), SqlRecord.driver(record.bytes(), record.base()));
    SqlDriver known = drivers.get(type);
    if (known != null) {
      return known;
    }
    String name = types.typeName(type.binary, type.address);
    SqlDriver driver = SqlDriver.ofType(name);
    if (!name.isEmpty()) {
      if (drivers.size() >= MAX_DRIVERS) {
        drivers.clear();
      }
      drivers.put(type, driver);
    }
    return driver;
  }

  /** The record that is being described, as a call. */
  private final class Call extends RecordedCall {
    Call() {
      super(TEXT, SERVER, DATABASE);
    }

    /**
     * Blocks of its rows: the first that failed, and that which they were closed by; or negative.
     */
    private int failedRows;

    private int closedRows;

    /** Lays this over a record; what is wrong with its blocks, or nothing. */
    String lay(SpanRecord its) {
      record = its;
      failedRows = -1;
      closedRows = -1;
      byte[] bytes = record.bytes();
      for (int rows = record.block(ROWS); rows >= 0; rows = record.blockAfter(rows, ROWS)) {
        if (BlockHeader.size(bytes, rows) < SqlRowsBlock.SIZE
            || isOutside(rows, SqlRowsBlock.OFFSET_ERROR_STATE)
            || isOutside(rows, SqlRowsBlock.OFFSET_ERROR_TEXT)) {
          return "rows of %d bytes".formatted(BlockHeader.size(bytes, rows));
        }
        if (failedRows < 0 && SqlRowsBlock.failed(bytes, rows) != 0) {
          failedRows = rows;
        }
        if (SqlRowsBlock.closedNs(bytes, rows) != 0) {
          closedRows = rows;
        }
      }
      return "";
    }

    /** Whether a string that is packed behind a block's fields is not all in it. */
    private boolean isOutside(int block, int ref) {
      int length = StringRef.length(record.bytes(), block + ref);
      int at = StringRef.offset(record.bytes(), block + ref);
      return length > 0
          && (at < SqlRowsBlock.SIZE || at + length > BlockHeader.size(record.bytes(), block));
    }

    private String string(int block, int ref) {
      byte[] bytes = record.bytes();
      int length = StringRef.length(bytes, block + ref);
      if (length == 0) {
        return "";
      }
      boolean cut = StringRef.originalLength(bytes, block + ref) != length;
      return Utf8.decode(bytes, block + StringRef.offset(bytes, block + ref), length, cut);
    }

    @Override
    public Operation operation() {
      return switch (SqlOperation.of(SqlRecord.operation(record.bytes(), record.base()))) {
        case SQL_QUERY, SQL_EXEC -> Operation.QUERY;
        case SQL_PREPARE -> Operation.PREPARE;
        case SQL_BEGIN -> Operation.BEGIN;
        case SQL_COMMIT -> Operation.COMMIT;
        case SQL_ROLLBACK -> Operation.ROLLBACK;
        case SQL_PING -> Operation.PING;
        case SQL_CONNECT -> Operation.CONNECT;
      };
    }

    @Override
    public Detail detail() {
      return switch (SqlDetail.of(SqlRecord.detail(record.bytes(), record.base()))) {
        case SQL_WHOLE -> Detail.WHOLE;
        case SQL_TEXT_ONLY -> Detail.TEXT;
        case SQL_KEY_ONLY -> Detail.KEY;
      };
    }

    @Override
    public long statement() {
      return SqlRecord.statement(record.bytes(), record.base());
    }

    @Override
    public SqlDriver driver() {
      return SqlRecords.this.driver(record);
    }

    @Override
    public <V> @Nullable V dataSource(TextCache<V> meanings) {
      return record.stringLength(SOURCE) == 0 ? null : record.string(SOURCE, meanings);
    }

    @Override
    public int serverPort() {
      return SqlRecord.port(record.bytes(), record.base());
    }

    @Override
    public @Nullable GoError error() {
      if (SqlRecord.failed(record.bytes(), record.base()) != 0) {
        return error(types, record.base() + SqlRecord.OFFSET_ERROR, record.string(ERROR_TEXT));
      }
      return failedRows < 0
          ? null
          : error(
              types,
              failedRows + SqlRowsBlock.OFFSET_ERROR,
              string(failedRows, SqlRowsBlock.OFFSET_ERROR_TEXT));
    }

    @Override
    public String statusCode() {
      boolean ofRows = failedRows >= 0 && SqlRecord.failed(record.bytes(), record.base()) == 0;
      String state =
          ofRows ? string(failedRows, SqlRowsBlock.OFFSET_ERROR_STATE) : record.string(ERROR_STATE);
      if (!state.isEmpty()) {
        return state;
      }
      int code =
          ofRows
              ? SqlRowsBlock.errorCode(record.bytes(), failedRows)
              : SqlRecord.errorCode(record.bytes(), record.base());
      return code == 0 ? "" : Integer.toString(code);
    }

    @Override
    public long rowsHeldNanos() {
      return closedRows < 0
          ? -1
          : SqlRowsBlock.closedNs(record.bytes(), closedRows) - record.endNanos();
    }

    @Override
    public long connectionWaitNanos() {
      return SqlRecord.waitNs(record.bytes(), record.base());
    }
  }
}
