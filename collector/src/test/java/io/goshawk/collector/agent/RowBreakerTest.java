// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.collector.agent.RowBreaker.Cost;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RowBreakerTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long WINDOW = 10 * SECOND;

  private final RowBreaker breaker =
      new RowBreaker(new BreakerSettings(0.05, Duration.ofNanos(WINDOW), Duration.ofSeconds(60)));
  private long now = Long.MAX_VALUE - 3 * SECOND;

  /** A window in which processes used a whole processor, and rows so many percent of it. */
  private List<String> window(Map<String, Double> percent) {
    now += WINDOW;
    List<Cost> costs =
        new TreeMap<>(percent)
            .entrySet().stream()
                .filter(row -> !breaker.off().contains(row.getKey()))
                .map(
                    row ->
                        new Cost(
                            row.getKey(),
                            row.getKey().equals("http.server") ? Set.of("http.route") : Set.of(),
                            row.getValue() / 100 * WINDOW))
                .toList();
    return breaker.decide(costs, WINDOW, WINDOW, now).stream()
        .map(turn -> (turn.on() ? "+" : "-") + turn.row())
        .toList();
  }

  @Test
  void oneWindowOverTheBudgetIsNotEnough() {
    assertThat(window(Map.of("sql", 9.0))).isEmpty();
    assertThat(window(Map.of("sql", 1.0))).isEmpty();
    assertThat(window(Map.of("sql", 9.0))).isEmpty();
    assertThat(window(Map.of("sql", 9.0))).containsExactly("-sql");
  }

  @Test
  void theDearestGoUntilTheRestIsWithinTheBudget() {
    Map<String, Double> rows = Map.of("sql", 7.0, "http.client", 4.5, "redis", 4.0, "pgx", 0.1);
    window(rows);
    assertThat(window(rows)).containsExactly("-sql", "-http.client");
    assertThat(window(rows)).isEmpty();
    assertThat(breaker.off()).containsExactlyInAnyOrder("sql", "http.client");
  }

  @Test
  void whatNeedsARowThatGoesGoesWithIt() {
    Map<String, Double> rows = Map.of("http.server", 6.0, "http.route", 5.0, "sql", 4.0);
    window(rows);
    assertThat(window(rows)).as("11 of 15 percent are gone").containsExactly("-http.server");
  }

  @Test
  void aRowThatStaysTooDearComesBackEverMoreSeldom() {
    Map<String, Double> rows = Map.of("sql", 9.0);
    StringBuilder said = new StringBuilder();
    int away = 0;
    for (int i = 0; i < 700; i++) {
      List<String> turns = window(rows);
      if (turns.contains("+sql")) {
        said.append(away * 10).append(' ');
      }
      away = breaker.off().isEmpty() ? 0 : away + 1;
    }
    assertThat(said.toString()).startsWith("60 120 240 480 960 960 ");
  }

  @Test
  void aRowThatCameBackAndStayedBeginsAnew() {
    Map<String, Double> dear = Map.of("sql", 9.0);
    Map<String, Double> cheap = Map.of("sql", 1.0);
    window(dear);
    window(dear);
    for (int i = 0; i < 6; i++) {
      window(cheap);
    }
    assertThat(breaker.off()).isEmpty();
    for (int i = 0; i < 6; i++) {
      window(cheap);
    }
    window(dear);
    assertThat(window(dear)).containsExactly("-sql");
    for (int i = 0; i < 5; i++) {
      assertThat(window(cheap)).isEmpty();
    }
    assertThat(window(cheap)).as("after 60 s again").containsExactly("+sql");
  }

  @Test
  void rowsComeBackOneByOneAndNotWhileTheOthersAreOverTheBudget() {
    Map<String, Double> rows = Map.of("sql", 7.0, "http.client", 6.0, "redis", 1.0);
    window(rows);
    assertThat(window(rows)).containsExactly("-sql", "-http.client");
    for (int i = 0; i < 5; i++) {
      assertThat(window(rows)).isEmpty();
    }
    assertThat(window(Map.of("redis", 6.0))).as("no window to come back in").isEmpty();
    assertThat(window(Map.of("redis", 1.0))).hasSize(1);
    assertThat(window(Map.of("redis", 1.0))).hasSize(1);
    assertThat(breaker.off()).isEmpty();
  }

  @Test
  void whatIsNextToNothingIsNoReasonHoweverLittleTheProcessDoes() {
    for (int i = 0; i < 5; i++) {
      now += WINDOW;
      Cost cost = new Cost("sql", Set.of(), 0.0009 * WINDOW);
      assertThat(breaker.decide(List.of(cost), 0, WINDOW, now)).isEmpty();
    }
  }
}
