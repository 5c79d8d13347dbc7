// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import static io.opentelemetry.semconv.DbAttributes.DB_COLLECTION_NAME;
import static io.opentelemetry.semconv.DbAttributes.DB_OPERATION_BATCH_SIZE;
import static io.opentelemetry.semconv.DbAttributes.DB_OPERATION_NAME;
import static io.opentelemetry.semconv.DbAttributes.DB_QUERY_TEXT;
import static io.opentelemetry.semconv.DbAttributes.DB_RESPONSE_STATUS_CODE;
import static io.opentelemetry.semconv.DbAttributes.DB_SYSTEM_NAME;
import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;

import io.goshawk.spans.failure.GoError;
import io.goshawk.spans.otlp.EncodedAttribute;
import io.goshawk.spans.otlp.EncodedKey;
import io.goshawk.spans.otlp.EncodedName;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.otlp.SpanDraft;
import io.goshawk.spans.semconv.GoshawkAttributes;
import io.goshawk.spans.sql.SqlSettings.QueryText;
import io.goshawk.spans.text.TextCache;
import io.goshawk.spans.text.Utf8;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Describes calls to databases. Confined to the thread of the span builder.
 *
 * <p>Of the choices that the conventions leave: {@code db.namespace} and {@code server.*} are what
 * the data-source name says, so a later {@code USE} or {@code SET search_path} does not show;
 * {@code server.port} is left out where it is the system's own; {@code error.type} is the code of
 * the response, else what {@link GoError} says. {@code sql.ErrNoRows} and a context that the
 * application itself cancelled are no errors.
 */
public final class SqlSpans {
  private static final int MAX_CACHED_BYTES = 4096;

  /** Configurations remembered for each driver; then the memory starts anew. */
  private static final int MAX_CONFIGURATIONS = 64;

  private static final EncodedKey CONNECTION_WAIT =
      new EncodedKey(GoshawkAttributes.DB_CONNECTION_WAIT);
  private static final EncodedKey BATCH_SIZE = new EncodedKey(DB_OPERATION_BATCH_SIZE);
  private static final EncodedKey ROWS_HELD = new EncodedKey(GoshawkAttributes.DB_ROWS_HELD);
  private static final EncodedKey QUERY_LENGTH = new EncodedKey(GoshawkAttributes.DB_QUERY_LENGTH);

  /**
   * Statements remembered, for calls that are told by their key: more than the programs know, so
   * that what they know is here.
   */
  private static final int MAX_STATEMENTS = 4096;

  /** {@code sql.ErrNoRows}, which has nothing else to know it by. */
  private static final String NO_ROWS = "sql: no rows in result set";

  private final SqlSettings settings;
  private final FieldEncoder encoder;
  private final Map<SqlDriver, DriverFields> drivers = new EnumMap<>(SqlDriver.class);
  private final Map<SqlCall.Operation, EncodedAttribute> operationNames =
      new EnumMap<>(SqlCall.Operation.class);
  private final TextCache<String> serversAndDatabases = new TextCache<>(128, text -> text);
  private final TextCache<TableFields> tables;
  private final EncodedAttribute queryTruncated;

  /** By their keys; which was asked for longest ago makes room. */
  private final Map<Long, Statement> statements =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Statement> eldest) {
          return size() > MAX_STATEMENTS;
        }
      };

  /** What texts mean to the database of one driver. */
  private record DriverFields(
      EncodedAttribute system,
      TextCache<SourceFields> sources,
      Map<Configuration, SourceFields> configurations,
      Queries queries,
      Queries masked) {}

  /** What the texts of queries mean, by what is done with them. */
  private record Queries(
      TextCache<QueryFields> executed,
      TextCache<QueryFields> prepared,
      TextCache<QueryFields> repeated,
      TextCache<QueryFields> sentTogether) {}

  /** What the name of a table means that rows are copied to. */
  private record TableFields(EncodedName spanName, EncodedAttribute table) {}

  /** What an earlier call has told of a statement. */
  private record Statement(
      @Nullable EncodedName name, @Nullable EncodedAttribute summary, SourceFields source) {}

  /** What a driver made of its data-source name. */
  private record Configuration(String server, int port, String database) {}

  public SqlSpans(SqlSettings settings, FieldEncoder encoder) {
    this.settings = settings;
    this.encoder = encoder;
    this.tables =
        new TextCache<>(
            64,
            table ->
                new TableFields(
                    encoder.name(SqlCall.Operation.COPY.word() + " " + table),
                    encoder.attribute(DB_COLLECTION_NAME, table)));
    this.queryTruncated =
        encoder.attribute(GoshawkAttributes.TRUNCATED, List.of(DB_QUERY_TEXT.getKey()));
    for (SqlCall.Operation operation : SqlCall.Operation.values()) {
      String word = operation.word();
      if (word != null) {
        operationNames.put(operation, encoder.attribute(DB_OPERATION_NAME, word));
      }
    }
  }

  /** Takes over the statements that another one knows, as it has told them. */
  void learnFrom(SqlSpans before) {
    statements.putAll(before.statements);
  }

  private DriverFields newDriver(SqlDriver driver) {
    Queries queries = newQueries(driver, settings);
    boolean raw = settings.queryText() == QueryText.RAW;
    SqlSettings masking = new SqlSettings(QueryText.MASKED, settings.maxTextLength());
    return new DriverFields(
        encoder.attribute(DB_SYSTEM_NAME, driver.systemName()),
        new TextCache<>(
            64,
            MAX_CACHED_BYTES,
            (bytes, offset, length, cut) ->
                new SourceFields(
                    driver,
                    DataSource.parse(driver, Utf8.decode(bytes, offset, length, cut), cut),
                    encoder)),
        new HashMap<>(),
        queries,
        raw ? newQueries(driver, masking) : queries);
  }

  private Queries newQueries(SqlDriver driver, SqlSettings its) {
    return new Queries(
        newQueries(driver, its, 512, "", true),
        newQueries(driver, its, 128, "PREPARE", true),
        newQueries(driver, its, 64, "BATCH", true),
        newQueries(driver, its, 64, "BATCH", false));
  }

  private TextCache<QueryFields> newQueries(
      SqlDriver driver, SqlSettings its, int slots, String prefix, boolean summarizes) {
    QueryFields.Reader reader =
        new QueryFields.Reader(driver.dialect(), prefix, summarizes, its, encoder);
    return new TextCache<>(slots, MAX_CACHED_BYTES, reader::read);
  }

  /** Fills in name, kind, status and attributes. */
  public void describe(SqlCall call, SpanDraft draft) {
    DriverFields driver = drivers.computeIfAbsent(call.driver(), this::newDriver);
    if (call.detail() == SqlCall.Detail.KEY) {
      describeByKey(call, driver, draft);
      return;
    }
    SourceFields source = source(call, driver);
    QueryFields query = call.hasQuery() ? query(call, driver) : null;
    EncodedName summary = query == null ? null : query.name();
    if (query != null && call.statement() != 0) {
      statements.computeIfAbsent(
          call.statement(), key -> new Statement(query.name(), query.summary(), source));
    }
    TableFields table = call.table(tables);
    draft.name(
        table != null
            ? table.spanName
            : summary != null ? summary : source.spanName(call.operation()),
        SpanKind.CLIENT);
    draft.put(driver.system);
    draft.putIfAny(source.namespace());
    if (query == null) {
      draft.putIfAny(operationNames.get(call.operation()));
    } else {
      describeQuery(call, query, draft);
    }
    draft.putIfAny(table == null ? null : table.table);
    if (call.batchSize() > 0) {
      draft.put(BATCH_SIZE, call.batchSize());
    }
    draft.putIfAny(source.address());
    draft.putIfAny(source.port());
    if (call.connectionWaitNanos() > 0) {
      draft.put(CONNECTION_WAIT, call.connectionWaitNanos());
    }
    if (call.rowsHeldNanos() >= 0) {
      draft.put(ROWS_HELD, call.rowsHeldNanos());
    }
    describeError(call, draft);
  }

  private static QueryFields query(SqlCall call, DriverFields driver) {
    Queries queries = call.detail() == SqlCall.Detail.WHOLE ? driver.queries : driver.masked;
    return call.query(
        switch (call.operation()) {
          case PREPARE -> queries.prepared;
          case BATCH -> call.isUniform() ? queries.repeated : queries.sentTogether;
          default -> queries.executed;
        });
  }

  /** A call that is no slower than others of its statement, and has not failed. */
  private void describeByKey(SqlCall call, DriverFields driver, SpanDraft draft) {
    Statement known = statements.get(call.statement());
    SourceFields source = known == null ? source(call, driver) : known.source;
    EncodedName summary = known == null ? null : known.name;
    draft.name(summary != null ? summary : source.spanName(call.operation()), SpanKind.CLIENT);
    draft.put(driver.system);
    draft.putIfAny(source.namespace());
    draft.putIfAny(known == null ? null : known.summary);
    draft.putIfAny(source.address());
    draft.putIfAny(source.port());
  }

  private SourceFields source(SqlCall call, DriverFields driver) {
    SourceFields named = call.dataSource(driver.sources);
    if (named != null) {
      return named;
    }
    Configuration configuration =
        new Configuration(
            call.server(serversAndDatabases),
            call.serverPort(),
            call.database(serversAndDatabases));
    SourceFields known = driver.configurations.get(configuration);
    if (known == null) {
      if (driver.configurations.size() >= MAX_CONFIGURATIONS) {
        driver.configurations.clear();
      }
      known =
          new SourceFields(
              call.driver(),
              DataSource.ofConfiguration(
                  configuration.server, configuration.port, configuration.database),
              encoder);
      driver.configurations.put(configuration, known);
    }
    return known;
  }

  private void describeQuery(SqlCall call, QueryFields query, SpanDraft draft) {
    draft.putIfAny(query.summary());
    draft.putIfAny(query.text());
    if (settings.queryText() != QueryText.NONE && (call.isQueryCut() || query.shortened())) {
      draft.put(QUERY_LENGTH, call.queryBytes());
      draft.put(queryTruncated);
    }
  }

  private static void describeError(SqlCall call, SpanDraft draft) {
    if (call.panicked()) {
      draft.status(StatusData.error());
      draft.put(ERROR_TYPE, GoError.PANIC);
      return;
    }
    GoError error = call.error();
    if (error == null || error.text().equals(NO_ROWS)) {
      return;
    }
    String statusCode = call.driver().statusCode(call.statusCode());
    String errorType = statusCode.isEmpty() ? error.errorType() : statusCode;
    if (errorType == null) {
      return;
    }
    draft.status(StatusData.error());
    if (!statusCode.isEmpty()) {
      draft.put(DB_RESPONSE_STATUS_CODE, statusCode);
    }
    draft.put(ERROR_TYPE, errorType);
  }
}
