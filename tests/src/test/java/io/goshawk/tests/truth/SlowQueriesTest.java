// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.database.DatabaseServer;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * What is told of calls hangs on how long they take: which of them was slow is reckoned here from
 * the times that the spans themselves say.
 */
class SlowQueriesTest {

  private static final int ROUNDS = 10;
  private static final String WAITING = "SELECT pg_database";
  private static final String READING = "SELECT pg_namespace";
  private static final String FAILING = "DELETE goshawk_nowhere";

  private final Path folder = Repository.scratch("slow-queries");

  private enum Told {
    WHOLE("told whole: slow, failed or new"),
    TEXT("told by their text: a little slow"),
    SUMMARY("told by their summary");

    private final String row;

    Told(String row) {
      this.row = row;
    }
  }

  /** Of one statement: what its calls took until now. */
  private static final class Calls {
    private long meanNanos;

    /** How a call is told, by the mean of those before it. */
    Told next(long nanos) {
      long mean = meanNanos;
      meanNanos = mean == 0 ? nanos : mean - mean / 8 + nanos / 8;
      if (mean == 0 || nanos > mean + mean / 5 * 4) {
        return Told.WHOLE;
      }
      return nanos > mean + mean / 10 * 3 ? Told.TEXT : Told.SUMMARY;
    }
  }

  @Test
  void theSlowerACallIsThanItsLikeTheMoreIsTold() {
    Map<String, Calls> statements = new HashMap<>();
    Map<Told, Long> counts = new EnumMap<>(Map.of(Told.WHOLE, 0L, Told.TEXT, 0L, Told.SUMMARY, 0L));
    Summary summary =
        trace(
            "mean",
            span -> {
              String key = span.name();
              Told reckoned = statements.computeIfAbsent(key, k -> new Calls()).next(nanos(span));
              Told told = key.equals(FAILING) ? Told.WHOLE : reckoned;
              assertTold(span, told);
              counts.merge(told, 1L, Long::sum);
            });
    counts.forEach(
        (told, count) -> assertThat(summary.count(told.row)).as(told.row).isEqualTo(count));
    assertThat(counts.get(Told.SUMMARY)).isPositive();
  }

  @Test
  void withAFixedLimitOnlyFasterCallsAreToldByTheirSummary() {
    Map<String, Boolean> seen = new HashMap<>();
    Summary summary =
        trace(
            "25ms",
            span -> {
              boolean first = seen.put(span.name(), true) == null;
              boolean slow = nanos(span) >= Duration.ofMillis(25).toNanos();
              boolean whole = first || slow || span.name().equals(FAILING);
              assertTold(span, whole ? Told.WHOLE : Told.SUMMARY);
            });
    assertThat(summary.count(Told.TEXT.row)).isZero();
    // Half of the calls that sleep do so for longer.
    assertThat(summary.count(Told.WHOLE.row)).isGreaterThan(3L * ROUNDS);
  }

  private static long nanos(TracedSpan span) {
    return span.endNanos() - span.startNanos();
  }

  private static void assertTold(TracedSpan span, Told told) {
    Map<String, Object> attributes = span.attributes();
    String raw =
        switch (span.name()) {
          case WAITING -> "SELECT pg_sleep($1), 'hidden' FROM pg_database WHERE datname = 'shop'";
          case READING -> "SELECT 'hidden' FROM pg_namespace WHERE nspname = 'public'";
          default -> "DELETE FROM goshawk_nowhere WHERE id = 1";
        };
    Object text = attributes.get("db.query.text");
    switch (told) {
      case WHOLE -> assertThat(text).as(span.toString()).isEqualTo(raw);
      case TEXT -> assertThat(text).as(span.toString()).isEqualTo(raw.replaceAll("'[a-z]+'", "?"));
      case SUMMARY -> assertThat(text).as(span.toString()).isNull();
    }
    assertThat(attributes)
        .as(span.toString())
        .containsEntry("db.query.summary", span.name())
        .containsEntry("db.system.name", "postgresql")
        .containsEntry("db.namespace", "shop")
        .containsEntry("server.address", "127.0.0.1");
    if (told != Told.WHOLE || !span.name().equals(READING)) {
      assertThat(attributes).as(span.toString()).doesNotContainKey("goshawk.db.rows.held_nanos");
    }
  }

  /** Looks at each call of the program's, in their order. */
  private Summary trace(String slow, Consumer<TracedSpan> check) {
    Path program = GoToolchain.newest().build("tests/go/databases", "./slow");
    Path traced = folder.resolve("traced.jsonl");
    Summary summary;
    try (DatabaseServer postgresql = DatabaseServer.postgresql()) {
      String source =
          "postgres://postgres@127.0.0.1:%d/shop?sslmode=disable".formatted(postgresql.port());
      summary =
          CapturedRun.of(
              folder,
              Map.of("GOSHAWK_SQL_TEXT", "raw"),
              List.of("--sql-slow", slow),
              traced,
              program,
              source);
    }
    List<TracedSpan> spans = new ArrayList<>();
    TracedSpan.read(traced, spans::add);
    spans.sort(Comparator.comparing(TracedSpan::startNanos));
    List<TracedSpan> queries =
        spans.stream().filter(span -> span.attributes().containsKey("db.query.summary")).toList();
    assertThat(spans).hasSize(15 * ROUNDS);
    assertThat(queries).hasSize(13 * ROUNDS);
    queries.forEach(check);
    return summary;
  }
}
