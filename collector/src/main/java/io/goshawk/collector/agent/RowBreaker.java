// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which rows of a binary are on: those that its budget has room for. Confined to one thread.
 *
 * <p>That it does not flap: two windows in a row have to be over the budget, rows go until the rest
 * is within it, each stays away for a time, and one that has to go again soon stays away for twice
 * as long as before. So a row that is too dear for good is there for two windows in sixteen times
 * that time.
 */
final class RowBreaker {

  /** Windows over the budget before rows go. */
  private static final int WINDOWS = 2;

  /** By how much the time may grow that a row stays away. */
  private static final int MOST_TIMES = 16;

  /** What cannot be told from nothing: a thousandth of one processor. */
  private static final double LEAST_COST = 0.001;

  /**
   * What a row has cost in a window.
   *
   * @param with the rows that go with it
   */
  record Cost(String row, Set<String> with, double nanos) {}

  /** What is to be done with a row. */
  record Turn(String row, boolean on, double nanos) {}

  private static final class Row {
    long awayNanos;
    long sinceNanos;
    boolean off;
  }

  private final BreakerSettings settings;
  private final Map<String, Row> rows = new HashMap<>();
  private int windowsOver;

  RowBreaker(BreakerSettings settings) {
    this.settings = settings;
  }

  /** The rows that are off. */
  Set<String> off() {
    Set<String> off = new HashSet<>();
    rows.forEach(
        (name, row) -> {
          if (row.off) {
            off.add(name);
          }
        });
    return off;
  }

  /**
   * Decides after a window.
   *
   * @param costs of the rows that were on
   * @param cpuNanos what the binary's processes have used of the processors in it
   * @param windowNanos how long it was
   * @param now of a monotonic clock
   * @return what is to be turned off or on
   */
  List<Turn> decide(List<Cost> costs, double cpuNanos, double windowNanos, long now) {
    double all = costs.stream().mapToDouble(Cost::nanos).sum();
    boolean over = all > settings.budget() * cpuNanos && all > LEAST_COST * windowNanos;
    windowsOver = over ? windowsOver + 1 : 0;
    if (windowsOver >= WINDOWS) {
      windowsOver = 0;
      return turnOff(costs, all, cpuNanos, now);
    }
    return over ? List.of() : turnOn(now);
  }

  private List<Turn> turnOff(List<Cost> costs, double all, double cpuNanos, long now) {
    Map<String, Double> byRow = new HashMap<>();
    costs.forEach(cost -> byRow.merge(cost.row, cost.nanos, Double::sum));
    List<Cost> dearest = new ArrayList<>(costs);
    dearest.sort(Comparator.comparingDouble(Cost::nanos).reversed());
    List<Turn> turns = new ArrayList<>();
    Set<String> gone = new HashSet<>();
    double left = all;
    double cpu = cpuNanos;
    for (Cost cost : dearest) {
      if (left <= settings.budget() * cpu) {
        break;
      }
      if (!gone.add(cost.row)) {
        continue;
      }
      double saved = cost.nanos;
      for (String other : cost.with) {
        saved += gone.add(other) ? byRow.getOrDefault(other, 0.0) : 0;
      }
      left -= saved;
      cpu -= saved;
      goAway(cost.row, now);
      turns.add(new Turn(cost.row, false, saved));
    }
    return turns;
  }

  private void goAway(String name, long now) {
    Row row = rows.computeIfAbsent(name, unused -> new Row());
    long first = settings.retryAfter().toNanos();
    boolean again = row.awayNanos > 0 && now - row.sinceNanos < row.awayNanos;
    row.awayNanos = again ? Math.min(2 * row.awayNanos, MOST_TIMES * first) : first;
    row.sinceNanos = now;
    row.off = true;
  }

  /** One at a time, the longest away first, so that its cost shows. */
  private List<Turn> turnOn(long now) {
    return rows.entrySet().stream()
        .filter(row -> row.getValue().off)
        .filter(row -> now - row.getValue().sinceNanos >= row.getValue().awayNanos)
        .max(Comparator.comparingLong(row -> now - row.getValue().sinceNanos))
        .map(
            row -> {
              row.getValue().off = false;
              row.getValue().sinceNanos = now;
              return List.of(new Turn(row.getKey(), true, 0));
            })
        .orElse(List.of());
  }
}
