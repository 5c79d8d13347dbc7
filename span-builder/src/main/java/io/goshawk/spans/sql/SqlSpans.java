// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

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
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Describes calls to database/sql. Confined to the thread of the span builder.
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
  private static final EncodedKey QUERY_LENGTH = new EncodedKey(GoshawkAttributes.DB_QUERY_LENGTH);

  /** {@code sql.ErrNoRows}, which has nothing else to know it by. */
  private static final String NO_ROWS = "sql: no rows in result set";

  private final SqlSettings settings;
  private final FieldEncoder encoder;
  private final Map<SqlDriver, DriverFields> drivers = new EnumMap<>(SqlDriver.class);
  private final Map<SqlCall.Operation, EncodedAttribute> operationNames =
      new EnumMap<>(SqlCall.Operation.class);
  private final TextCache<String> serversAndDatabases = new TextCache<>(128, text -> text);
  private final EncodedAttribute queryTruncated;

  /** What texts mean to the database of one driver. */
  private record DriverFields(
      EncodedAttribute system,
      TextCache<SourceFields> sources,
      Map<Configuration, SourceFields> configurations,
      TextCache<QueryFields> queries,
      TextCache<QueryFields> prepared) {}

  /** What a driver made of its data-source name. */
  private record Configuration(String server, int port, String database) {}

  public SqlSpans(SqlSettings settings, FieldEncoder encoder) {
    this.settings = settings;
    this.encoder = encoder;
    this.queryTruncated =
        encoder.attribute(GoshawkAttributes.TRUNCATED, List.of(DB_QUERY_TEXT.getKey()));
    for (SqlCall.Operation operation : SqlCall.Operation.values()) {
      String word = operation.word();
      if (word != null) {
        operationNames.put(operation, encoder.attribute(DB_OPERATION_NAME, word));
      }
    }
  }

  private DriverFields newDriver(SqlDriver driver) {
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
        newQueries(driver, 512, ""),
        newQueries(driver, 128, "PREPARE"));
  }

  private TextCache<QueryFields> newQueries(SqlDriver driver, int slots, String prefix) {
    QueryFields.Reader reader = new QueryFields.Reader(driver.dialect(), prefix, settings, encoder);
    return new TextCache<>(slots, MAX_CACHED_BYTES, reader::read);
  }

  /** Fills in name, kind, status and attributes. */
  public void describe(SqlCall call, SpanDraft draft) {
    DriverFields driver = drivers.computeIfAbsent(call.driver(), this::newDriver);
    SourceFields source = source(call, driver);
    QueryFields query = null;
    if (call.hasQuery()) {
      boolean prepares = call.operation() == SqlCall.Operation.PREPARE;
      query = call.query(prepares ? driver.prepared : driver.queries);
    }

    EncodedName summary = query == null ? null : query.name();
    draft.name(summary != null ? summary : source.spanName(call.operation()), SpanKind.CLIENT);
    draft.put(driver.system);
    putIfAny(draft, source.namespace());
    if (query == null) {
      putIfAny(draft, operationNames.get(call.operation()));
    } else {
      describeQuery(call, query, draft);
    }
    putIfAny(draft, source.address());
    putIfAny(draft, source.port());
    if (call.connectionWaitNanos() > 0) {
      draft.put(CONNECTION_WAIT, call.connectionWaitNanos());
    }
    describeError(call, draft);
  }

  private SourceFields source(SqlCall call, DriverFields driver) {
    if (call.hasDataSource()) {
      return call.dataSource(driver.sources);
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
    putIfAny(draft, query.summary());
    putIfAny(draft, query.text());
    if (settings.queryText() != QueryText.NONE && (call.isQueryCut() || query.shortened())) {
      draft.put(QUERY_LENGTH, call.queryBytes());
      draft.put(queryTruncated);
    }
  }

  private static void describeError(SqlCall call, SpanDraft draft) {
    GoError error = call.error();
    if (error == null || error.text().equals(NO_ROWS)) {
      return;
    }
    String statusCode = call.statusCode();
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

  private static void putIfAny(SpanDraft draft, @Nullable EncodedAttribute attribute) {
    if (attribute != null) {
      draft.put(attribute);
    }
  }
}
