// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import io.goshawk.abi.InnermostError;
import io.goshawk.abi.RecordType;
import io.goshawk.abi.SqlOperation;
import io.goshawk.abi.SqlRecord;
import io.goshawk.abi.SqlString;
import io.goshawk.abi.StringRef;
import io.goshawk.spans.failure.GoError;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.otlp.SpanDraft;
import io.goshawk.spans.record.Refusal;
import io.goshawk.spans.record.Refusal.Reason;
import io.goshawk.spans.record.SpanDescriber;
import io.goshawk.spans.record.SpanRecord;
import io.goshawk.spans.record.TypeNames;
import io.goshawk.spans.semconv.Scopes;
import io.goshawk.spans.text.TextCache;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the records of calls to database/sql, and has {@link SqlSpans} describe them. */
public final class SqlRecords implements SpanDescriber {
  private static final int TEXT = ref(SqlString.SQL_TEXT);
  private static final int SOURCE = ref(SqlString.SQL_SOURCE);
  private static final int SERVER = ref(SqlString.SQL_SERVER);
  private static final int DATABASE = ref(SqlString.SQL_DATABASE);
  private static final int ERROR_STATE = ref(SqlString.SQL_ERROR_STATE);
  private static final int ERROR_TEXT = ref(SqlString.SQL_ERROR_TEXT);

  /** Drivers remembered by the addresses of their types; then the memory starts anew. */
  private static final int MAX_DRIVERS = 1024;

  private final InstrumentationScopeInfo scope;
  private final SqlSpans spans;
  private final TypeNames types;
  private final Call call = new Call();
  private final Map<DriverType, SqlDriver> drivers = new HashMap<>();

  private record DriverType(int binary, long address) {}

  public SqlRecords(
      SqlSettings settings, FieldEncoder encoder, TypeNames types, String agentVersion) {
    this.scope = Scopes.of("database/sql", agentVersion);
    this.spans = new SqlSpans(settings, encoder);
    this.types = types;
  }

  private static int ref(SqlString string) {
    return SqlRecord.OFFSET_STRINGS + string.value() * StringRef.SIZE;
  }

  @Override
  public RecordType type() {
    return RecordType.RECORD_SQL;
  }

  @Override
  public int fixedSize() {
    return SqlRecord.SIZE;
  }

  @Override
  public int stringRefs() {
    return SqlRecord.OFFSET_STRINGS;
  }

  @Override
  public int stringCount() {
    return SqlRecord.LENGTH_STRINGS;
  }

  @Override
  public InstrumentationScopeInfo scope() {
    return scope;
  }

  @Override
  public @Nullable Refusal describe(SpanRecord record, SpanDraft draft) {
    int operation = SqlRecord.operation(record.bytes(), record.base());
    if (operation >= SqlOperation.values().length) {
      return new Refusal(Reason.VALUE, "operation is " + operation);
    }
    call.record = record;
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
  private final class Call implements SqlCall {
    private SpanRecord record = new SpanRecord();

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
    public SqlDriver driver() {
      return SqlRecords.this.driver(record);
    }

    @Override
    public boolean hasDataSource() {
      return record.stringLength(SOURCE) > 0;
    }

    @Override
    public <V> V dataSource(TextCache<V> meanings) {
      return record.string(SOURCE, meanings);
    }

    @Override
    public <V> V server(TextCache<V> meanings) {
      return record.string(SERVER, meanings);
    }

    @Override
    public int serverPort() {
      return SqlRecord.port(record.bytes(), record.base());
    }

    @Override
    public <V> V database(TextCache<V> meanings) {
      return record.string(DATABASE, meanings);
    }

    @Override
    public boolean hasQuery() {
      return record.stringLength(TEXT) > 0 || record.isCut(TEXT);
    }

    @Override
    public <V> V query(TextCache<V> meanings) {
      return record.string(TEXT, meanings);
    }

    @Override
    public boolean isQueryCut() {
      return record.isCut(TEXT);
    }

    @Override
    public long queryBytes() {
      return record.originalLength(TEXT);
    }

    @Override
    public @Nullable GoError error() {
      if (SqlRecord.failed(record.bytes(), record.base()) == 0) {
        return null;
      }
      int error = record.base() + SqlRecord.OFFSET_ERROR;
      return new GoError(
          types.typeName(record.binary(), InnermostError.type(record.bytes(), error)),
          InnermostError.number(record.bytes(), error),
          false,
          record.string(ERROR_TEXT));
    }

    @Override
    public String statusCode() {
      if (record.stringLength(ERROR_STATE) > 0) {
        return record.string(ERROR_STATE);
      }
      int code = SqlRecord.errorCode(record.bytes(), record.base());
      return code == 0 ? "" : Integer.toString(code);
    }

    @Override
    public long connectionWaitNanos() {
      return SqlRecord.waitNs(record.bytes(), record.base());
    }
  }
}
