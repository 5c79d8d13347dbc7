// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.goshawk.tests.database.DatabaseServer;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Repository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/**
 * Calls to real databases through the drivers that Go programs use: each has its one span, which
 * says what the program knows of the call.
 */
class DatabasesTest {

  private static final int CALLS_PER_DATABASE = 60;

  /** Its literals are of no use, and it takes ten times as long to optimize. */
  private static final String UNOPTIMIZED = "-gcflags=modernc.org/...=-N -l";

  private final Path folder = Repository.scratch("databases");

  @Test
  void everyCallToADatabaseServerIsOneSpan() {
    GoToolchain go = GoToolchain.newest();
    Path program = go.build("tests/go/databases", "./servers");
    try (DatabaseServer postgresql = DatabaseServer.postgresql();
        DatabaseServer mariadb = DatabaseServer.mariadb()) {
      String postgres =
          "postgres://postgres:hidden@127.0.0.1:%d/shop?sslmode=disable"
              .formatted(postgresql.port());
      Map<String, Expected> drivers =
          Map.of(
              "postgres", new Expected("postgresql", "shop", postgresql.port()),
              "pgx", new Expected("postgresql", "shop", postgresql.port()),
              "mysql", new Expected("mysql", "shop", mariadb.port()));
      assertTruth(
          drivers,
          program,
          "postgres=" + postgres,
          "pgx=" + postgres,
          "mysql=root:@tcp(127.0.0.1:%d)/shop".formatted(mariadb.port()));
    }
  }

  @Test
  void soIsEveryCallToSqliteInGo() {
    assertSqlite("sqlite", GoToolchain.newest().build("tests/go/sqlite", "./modernc", UNOPTIMIZED));
  }

  @Test
  void soIsEveryCallToSqliteInC() {
    assertSqlite("sqlite3", GoToolchain.newest().buildWithC("tests/go/sqlite", "./mattn"));
  }

  private void assertSqlite(String driver, Path program) {
    Path file = folder.resolve("shop.db");
    assertTruth(
        Map.of(driver, new Expected("sqlite", file.toString(), 0)), program, driver + "=" + file);
  }

  /**
   * What spans say of a database.
   *
   * @param port 0: it is no server
   */
  private record Expected(String system, String namespace, int port) {}

  private void assertTruth(Map<String, Expected> drivers, Path program, String... databases) {
    Path truth = folder.resolve("truth.jsonl");
    Path traced = folder.resolve("traced.jsonl");
    List<String> arguments = new ArrayList<>(List.of("--log", truth.toString()));
    arguments.addAll(List.of(databases));
    CapturedRun.of(folder, traced, program, arguments.toArray(String[]::new));
    List<JsonObject> calls = new ArrayList<>();
    UtcOffset.Samples clock = new UtcOffset.Samples();
    JsonLines.read(
        truth,
        line -> {
          if (line.has("clock")) {
            clock.add(line.getAsJsonObject("clock"));
          } else {
            calls.add(line);
          }
        });
    List<TracedSpan> spans = new ArrayList<>();
    TracedSpan.read(traced, spans::add);
    assertThat(calls).hasSize(CALLS_PER_DATABASE * databases.length);
    assertThat(spans).hasSameSizeAs(calls);
    // They were made one after the other.
    spans.sort(Comparator.comparing(TracedSpan::startNanos));
    SoftAssertions all = new SoftAssertions();
    for (int i = 0; i < calls.size(); i++) {
      Expected driver = drivers.get(text(calls.get(i), "driver"));
      compare(calls.get(i), driver, spans.get(i), clock.offset(), all);
    }
    all.assertAll();
    assertThat(traced).content().doesNotContain("hidden", "secret");
  }

  private static void compare(
      JsonObject call, Expected driver, TracedSpan span, UtcOffset offset, SoftAssertions all) {
    String what = "%s of %s".formatted(span, call);
    Map<String, Object> expected = new HashMap<>();
    expected.put("db.system.name", driver.system);
    expected.put("db.namespace", driver.namespace);
    if (driver.port != 0) {
      expected.put("server.address", "127.0.0.1");
      expected.put("server.port", (long) driver.port);
    }
    String masked = text(call, "masked");
    String query = masked.isEmpty() ? text(call, "text") : masked;
    if (!query.isEmpty()) {
      expected.put("db.query.text", query);
    } else {
      expected.put("db.operation.name", text(call, "operation"));
    }
    String code = text(call, "code");
    if (!code.isEmpty()) {
      expected.put("db.response.status_code", code);
      expected.put("error.type", code);
    }
    all.assertThat(span.attributes()).as(what).containsAllEntriesOf(expected);
    if (!call.has("unknown")) {
      all.assertThat(span.failed()).as(what).isEqualTo(call.has("failed"));
    }
    all.assertThat(span.attributes().containsKey("error.type")).as(what).isEqualTo(span.failed());
    all.assertThat(span.name()).as(what).startsWith(text(call, "operation"));
    Object waited = span.attributes().get("goshawk.db.connection.wait_nanos");
    if (call.has("waited")) {
      all.assertThat((Long) waited)
          .as(what)
          .isBetween(call.get("waited").getAsLong(), duration(span));
    } else {
      all.assertThat(waited).as(what).isNull();
    }
    compareRows(call, span, what, all);
    all.assertThat(span.startNanos() - offset.nanos())
        .as(what)
        .isGreaterThanOrEqualTo(call.get("enter").getAsLong() - offset.toleranceNanos());
    all.assertThat(span.endNanos() - offset.nanos())
        .as(what)
        .isLessThanOrEqualTo(call.get("leave").getAsLong() + offset.toleranceNanos());
  }

  private static void compareRows(
      JsonObject call, TracedSpan span, String what, SoftAssertions all) {
    Object held = span.attributes().get("goshawk.db.rows.held_nanos");
    if (!text(call, "rows").equals("closed")) {
      all.assertThat(held).as(what).isNull();
      return;
    }
    long enter = call.get("enter").getAsLong();
    long leave = call.get("leave").getAsLong();
    long stillOpen = call.has("closing") ? call.get("closing").getAsLong() - leave : 0;
    long closed = call.has("closed") ? call.get("closed").getAsLong() : leave;
    all.assertThat(held).as(what).isNotNull();
    if (held != null) {
      all.assertThat((Long) held).as(what).isBetween(stillOpen, closed - enter);
    }
  }

  private static long duration(TracedSpan span) {
    return span.endNanos() - span.startNanos();
  }

  private static String text(JsonObject line, String member) {
    return line.has(member) ? line.get(member).getAsString() : "";
  }
}
