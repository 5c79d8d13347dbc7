// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.database.DatabaseServer;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Repository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which database a driver is for, and where it is: with the modules that people use. */
class DriversTest {

  private static final String PROGRAM = "tests/go/drivers";
  private static final String UNKNOWN = "unknown";
  private static final int WAYS = 10;

  private final Path folder = Repository.scratch("drivers");

  @Test
  void aWrappedDriverIsWhatItWraps() {
    assertWaysAreKnown(GoToolchain.newest().build(PROGRAM, "./wrapped"));
  }

  @Test
  void soItIsInAProgramWithoutSymbolsThatLiesAnywhere() {
    assertWaysAreKnown(
        GoToolchain.newest().build(PROGRAM, "./wrapped", "-ldflags=-s -w", "-buildmode=pie"));
  }

  @Test
  void aDriverSaysWhereItWouldHaveConnectedTo() {
    Path traced = folder.resolve("refused.jsonl");
    Path program = GoToolchain.newest().build(PROGRAM, "./refused");
    CapturedRun.of(folder, traced, program);
    Map<Object, TracedSpan> bySystem = new HashMap<>();
    TracedSpan.read(traced, span -> bySystem.put(span.attributes().get("db.system.name"), span));
    assertThat(bySystem).containsOnlyKeys("microsoft.sql_server", "oracle.db", "clickhouse");
    bySystem.forEach(
        (system, span) -> {
          assertThat(span.failed()).as(span.toString()).isTrue();
          assertThat(span.attributes())
              .containsEntry("server.address", "127.0.0.1")
              .containsEntry("server.port", 1L)
              .containsEntry("db.namespace", "shop");
        });
    assertThat(traced).content().doesNotContain("secret");
  }

  @Test
  void anErrorHasTheCodeThatItsDriverKnows() {
    Path traced = folder.resolve("codes.jsonl");
    Path program = GoToolchain.newest().build(PROGRAM, "./codes");
    CapturedRun.of(folder, traced, program);
    List<TracedSpan> spans = new ArrayList<>();
    TracedSpan.read(traced, spans::add);
    assertThat(spans).hasSize(6);
    for (TracedSpan span : spans) {
      String code = span.name().substring("DELETE code_".length());
      assertThat(span.attributes())
          .as(span.toString())
          .containsEntry("db.response.status_code", code)
          .containsEntry("error.type", code);
    }
  }

  private void assertWaysAreKnown(Path program) {
    Path traced = folder.resolve("traced.jsonl");
    long port;
    try (DatabaseServer postgresql = DatabaseServer.postgresql()) {
      port = postgresql.port();
      String source = "postgres://postgres:secret@127.0.0.1:%d/shop?sslmode=disable";
      CapturedRun.of(folder, traced, program, source.formatted(port));
    }
    Map<String, TracedSpan> byWay = new HashMap<>();
    TracedSpan.read(
        traced,
        span -> {
          String text = (String) span.attributes().get("db.query.text");
          byWay.put(text.substring(text.lastIndexOf(' ') + 1), span);
        });
    assertThat(byWay).hasSize(WAYS).containsKey(UNKNOWN);
    byWay.forEach(
        (way, span) -> {
          if (way.equals(UNKNOWN)) {
            assertThat(span.attributes()).as(way).containsEntry("db.system.name", "other_sql");
            return;
          }
          assertThat(span.attributes())
              .as(way)
              .containsEntry("db.system.name", "postgresql")
              .containsEntry("db.namespace", "shop")
              .containsEntry("server.address", "127.0.0.1")
              .containsEntry("server.port", port)
              .containsKey("goshawk.db.rows.held_nanos");
        });
    assertThat(traced).content().doesNotContain("secret");
  }
}
