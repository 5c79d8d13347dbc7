// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import static io.goshawk.spans.testing.SpanAssert.assertThatSpan;
import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.spans.data.AttributeLimits;
import io.goshawk.spans.failure.GoError;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.otlp.SpanBuffer;
import io.goshawk.spans.otlp.SpanDraft;
import io.goshawk.spans.semconv.Scopes;
import io.goshawk.spans.sql.SqlSettings.QueryText;
import io.goshawk.spans.testing.DecodedSpans;
import io.goshawk.spans.testing.SpanAssert;
import io.goshawk.spans.text.TextCache;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SqlSpansTest {
  private static final String SHOP = "postgres://me:secret@db.example:5433/shop";

  private final FieldEncoder encoder = new FieldEncoder(AttributeLimits.DEFAULT);

  private SpanAssert assertThatSpanOf(Call call) {
    return assertThatSpanOf(call, SqlSettings.DEFAULT);
  }

  private SpanAssert assertThatSpanOf(Call call, SqlSettings settings) {
    SqlSpans spans = new SqlSpans(settings, encoder);
    SpanData first = span(spans, call);
    SpanData again = span(spans, call);
    assertThat(again.getAttributes()).isEqualTo(first.getAttributes());
    assertThat(again.getName()).isEqualTo(first.getName());
    return assertThatSpan(first);
  }

  private SpanData span(SqlSpans spans, Call call) {
    SpanDraft draft = new SpanDraft(encoder);
    SpanBuffer buffer = new SpanBuffer();
    draft.clear();
    spans.describe(call, draft);
    draft.ids(1, 2, 3, 0, false, TraceFlags.getSampled());
    draft.finish(1, 2, Resource.empty(), Scopes.of("database/sql", "1"), buffer);
    return DecodedSpans.of(buffer.take()).get(0);
  }

  @Test
  void aQuerySaysWhatTheConventionsAskAndNoMore() {
    Call call = new Call("SELECT name FROM users WHERE id = 17 AND mail = 'secret'");
    assertThatSpanOf(call)
        .hasName("SELECT users")
        .hasKind(SpanKind.CLIENT)
        .isNoError()
        .hasOnly(
            Map.of(
                "db.system.name", "postgresql",
                "db.namespace", "shop",
                "db.query.summary", "SELECT users",
                "db.query.text", "SELECT name FROM users WHERE id = ? AND mail = ?",
                "server.address", "db.example",
                "server.port", 5433L));
  }

  @Test
  void thePortOfTheSystemIsNotSaid() {
    Call call = new Call("SELECT 1");
    call.dataSource = "postgres://db.example:5432/shop";
    assertThatSpanOf(call).has("server.address", "db.example").hasNone("server.port");
  }

  @ParameterizedTest
  @CsvSource({
    "BEGIN, postgres://h/shop, BEGIN shop",
    "COMMIT, postgres://h:1/, COMMIT h:1",
    "ROLLBACK, postgres://h/, ROLLBACK h",
    "PING, '', PING",
    "QUERY, postgres://h/shop, shop",
    "QUERY, '', postgresql",
  })
  void withoutASummaryTheOperationAndItsTargetAreTheName(
      SqlCall.Operation operation, String dataSource, String name) {
    Call call = new Call(null);
    call.operation = operation;
    call.dataSource = dataSource;
    assertThatSpanOf(call).hasName(name).hasNone("db.query.text", "db.query.summary");
    call.query = operation == SqlCall.Operation.QUERY ? "'secret'" : null;
    assertThatSpanOf(call).hasName(name).hasNone("db.query.summary");
  }

  @Test
  void preparingAQueryIsNotExecutingIt() {
    Call call = new Call("SELECT name FROM users");
    call.operation = SqlCall.Operation.PREPARE;
    assertThatSpanOf(call)
        .hasName("PREPARE SELECT users")
        .has("db.query.summary", "PREPARE SELECT users")
        .has("db.query.text", "SELECT name FROM users");
    call.query = "SELECT a FROM " + "b".repeat(245);
    assertThatSpanOf(call).hasName("PREPARE");
  }

  @Test
  void theTextIsKeptAsItIsOnlyOnRequestAndLeftOutOnRequest() {
    Call call = new Call("SELECT 'literal' FROM a");
    assertThatSpanOf(call, new SqlSettings(QueryText.RAW, 100))
        .has("db.query.text", "SELECT 'literal' FROM a")
        .has("db.query.summary", "SELECT a");
    assertThatSpanOf(call, new SqlSettings(QueryText.NONE, 100))
        .hasNone("db.query.text")
        .has("db.query.summary", "SELECT a")
        .hasName("SELECT a");
  }

  @ParameterizedTest
  @CsvSource({"8, 'SELECT a'", "9, 'SELECT a'", "10, 'SELECT a\ud83e\udd85'"})
  void aLongTextIsCutAtACharacterAndSaysHowLongItWas(int limit, String text) {
    Call call = new Call("SELECT a\ud83e\udd85\ud83e\udd85");
    assertThatSpanOf(call, new SqlSettings(QueryText.MASKED, limit))
        .has("db.query.text", text)
        .has("goshawk.db.query.length", 16)
        .has("goshawk.truncated", List.of("db.query.text"));
    assertThatSpanOf(call, new SqlSettings(QueryText.MASKED, 12))
        .hasNone("goshawk.db.query.length", "goshawk.truncated");
    assertThatSpanOf(call, new SqlSettings(QueryText.NONE, limit))
        .hasNone("goshawk.db.query.length", "goshawk.truncated");
  }

  @Test
  void aTextThatTheRecordCutSaysHowLongItWas() {
    Call call = new Call("SELECT a FROM b WHERE c = 'secr");
    call.originalLength = 9000;
    assertThatSpanOf(call)
        .has("db.query.text", "SELECT a FROM b WHERE c = ?")
        .has("goshawk.db.query.length", 9000)
        .has("goshawk.truncated", List.of("db.query.text"));
  }

  @Test
  void anErrorIsNamedByItsCodeElseByItsKind() {
    Call call = new Call("SELECT 1");
    call.error = new GoError("*github.com/lib/pq.Error", 0, false, "");
    assertThatSpanOf(call).isError("*github.com/lib/pq.Error").hasNone("db.response.status_code");
    call.statusCode = "23505";
    assertThatSpanOf(call).isError("23505").has("db.response.status_code", "23505");
    call.driver = SqlDriver.ORACLE;
    call.statusCode = "942";
    assertThatSpanOf(call).isError("ORA-00942").has("db.response.status_code", "ORA-00942");
    call.statusCode = "";
    call.error = new GoError("context.deadlineExceededError", 0, true, "");
    assertThatSpanOf(call).isError("timeout");
  }

  @ParameterizedTest
  @CsvSource({"sql: no rows in result set", "context canceled"})
  void whatTheApplicationExpectsIsNoError(String text) {
    Call call = new Call("SELECT 1");
    call.error = new GoError("*errors.errorString", 0, false, text);
    assertThatSpanOf(call).isNoError().hasNone("error.type", "db.response.status_code");
  }

  @ParameterizedTest
  @CsvSource({
    "db.example, 5433, shop, db.example, 5433",
    "db.example:5433, 0, shop, db.example, 5433",
    "db.example:5432, 0, shop, db.example,",
    "::1, 5432, shop, ::1,",
    "[2001:db8::1]:5433, 0, shop, 2001:db8::1, 5433",
    "/run/postgresql, 5433, shop, /run/postgresql,",
    "db.example, 0, '', db.example,",
    "'', 0, shop, ,",
  })
  void aConfigurationSaysWhatADataSourceNameSays(
      String server, int port, String database, String address, Long addressPort) {
    Call call = new Call("SELECT 1");
    call.dataSource = "";
    call.server = server;
    call.serverPort = port;
    call.database = database;
    Map<String, Object> expected = new HashMap<>();
    expected.put("db.system.name", "postgresql");
    expected.put("db.query.text", "SELECT ?");
    expected.put("db.query.summary", "SELECT");
    expected.put("db.namespace", database);
    expected.put("server.address", address);
    expected.put("server.port", addressPort);
    expected.values().removeIf(value -> value == null || value.equals(""));
    assertThatSpanOf(call).hasOnly(expected);
  }

  @Test
  void onlyACallThatWaitedForAConnectionSaysSo() {
    Call call = new Call("SELECT 1");
    assertThatSpanOf(call).hasNone("goshawk.db.connection.wait_nanos");
    call.connectionWaitNanos = 1_500;
    assertThatSpanOf(call).has("goshawk.db.connection.wait_nanos", 1_500);
  }

  @Test
  void aCallThatIsToldByItsKeySaysWhatAnEarlierOneHasTold() {
    SqlSpans spans = new SqlSpans(SqlSettings.DEFAULT, encoder);
    Call first = new Call("SELECT name FROM users WHERE id = 17");
    first.statement = 5;
    span(spans, first);
    Call call = new Call(null);
    call.dataSource = "";
    call.statement = 5;
    call.detail = SqlCall.Detail.KEY;

    assertThatSpan(span(spans, call))
        .hasName("SELECT users")
        .hasKind(SpanKind.CLIENT)
        .isNoError()
        .hasOnly(
            Map.of(
                "db.system.name", "postgresql",
                "db.namespace", "shop",
                "db.query.summary", "SELECT users",
                "server.address", "db.example",
                "server.port", 5433L));
    call.statement = 6;
    assertThatSpan(span(spans, call))
        .hasName("postgresql")
        .hasOnly(Map.of("db.system.name", "postgresql"));
  }

  @Test
  void statementsAreForgottenInTheOrderInWhichTheyWereLastAskedFor() {
    SqlSpans spans = new SqlSpans(SqlSettings.DEFAULT, encoder);
    Call known = new Call("SELECT 1 FROM first");
    known.statement = -1;
    span(spans, known);
    known.detail = SqlCall.Detail.KEY;
    for (int i = 1; i <= 5000; i++) {
      Call other = new Call("SELECT 1 FROM other");
      other.statement = i;
      span(spans, other);
      assertThat(span(spans, known).getName()).isEqualTo("SELECT first");
    }
    Call forgotten = new Call(null);
    forgotten.statement = 1;
    forgotten.detail = SqlCall.Detail.KEY;
    assertThat(span(spans, forgotten).getName()).isEqualTo("shop");
  }

  @Test
  void aCallThatIsToldByItsTextShowsNoLiteralsWhateverWasAskedFor() {
    Call call = new Call("SELECT 'literal' FROM a");
    call.detail = SqlCall.Detail.TEXT;
    assertThatSpanOf(call, new SqlSettings(QueryText.RAW, 100))
        .has("db.query.text", "SELECT ? FROM a");
    assertThatSpanOf(call, new SqlSettings(QueryText.NONE, 100)).hasNone("db.query.text");
  }

  @Test
  void onlyRowsThatWereClosedSayHowLongTheyWereHeldOpen() {
    Call call = new Call("SELECT 1");
    assertThatSpanOf(call).hasNone("goshawk.db.rows.held_nanos");
    call.rowsHeldNanos = 0;
    assertThatSpanOf(call).has("goshawk.db.rows.held_nanos", 0);
  }

  @ParameterizedTest
  @EnumSource
  void eachDriverIsItsSystemAndReadsItsDialect(SqlDriver driver) {
    Call call = new Call("SELECT \"a\"");
    call.driver = driver;
    boolean name = driver == SqlDriver.POSTGRESQL || driver == SqlDriver.SQL_SERVER;
    assertThatSpanOf(call)
        .has("db.system.name", driver.systemName())
        .has("db.query.text", name ? "SELECT \"a\"" : "SELECT ?");
  }

  /** A call as a record would say it. */
  private static final class Call implements SqlCall {
    String query;
    Operation operation = Operation.QUERY;
    SqlDriver driver = SqlDriver.POSTGRESQL;
    String dataSource = SHOP;
    int originalLength;
    GoError error;
    String statusCode = "";
    String server = "";
    int serverPort;
    String database = "";
    long connectionWaitNanos;
    long rowsHeldNanos = -1;
    Detail detail = Detail.WHOLE;
    long statement;

    Call(String query) {
      this.query = query;
    }

    @Override
    public Operation operation() {
      return operation;
    }

    @Override
    public Detail detail() {
      return detail;
    }

    @Override
    public long statement() {
      return statement;
    }

    @Override
    public SqlDriver driver() {
      return driver;
    }

    @Override
    public <V> @Nullable V dataSource(TextCache<V> meanings) {
      return dataSource.isEmpty() ? null : of(meanings, dataSource, false);
    }

    @Override
    public <V> V server(TextCache<V> meanings) {
      return of(meanings, server, false);
    }

    @Override
    public int serverPort() {
      return serverPort;
    }

    @Override
    public <V> V database(TextCache<V> meanings) {
      return of(meanings, database, false);
    }

    @Override
    public boolean hasQuery() {
      return query != null;
    }

    @Override
    public <V> V query(TextCache<V> meanings) {
      return of(meanings, query, isQueryCut());
    }

    @Override
    public boolean isQueryCut() {
      return originalLength > 0;
    }

    @Override
    public long queryBytes() {
      return isQueryCut() ? originalLength : query.getBytes(StandardCharsets.UTF_8).length;
    }

    @Override
    public GoError error() {
      return error;
    }

    @Override
    public String statusCode() {
      return statusCode;
    }

    @Override
    public long connectionWaitNanos() {
      return connectionWaitNanos;
    }

    @Override
    public long rowsHeldNanos() {
      return rowsHeldNanos;
    }

    private static <V> V of(TextCache<V> meanings, String text, boolean cut) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return meanings.of(bytes, 0, bytes.length, cut);
    }
  }
}
