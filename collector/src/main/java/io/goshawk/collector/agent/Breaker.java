// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.collector.agent.ProbeCosts.RowOf;
import io.goshawk.collector.agent.ProbeCosts.Spent;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.loader.probe.PlannedRow;
import io.goshawk.loader.probe.ProbePlan;
import io.goshawk.loader.target.TargetProcess;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Turns rows of binaries off while their probes cost more of the binary's CPU time than a budget,
 * and on again: see {@link RowBreaker}. Belongs to the control thread.
 */
final class Breaker {

  private static final Logger LOG = Logger.getLogger(Breaker.class.getName());

  private final ProbeCosts costs;
  private final BinaryProbes probes;
  private final Supplier<Map<TracedBinary, List<TargetProcess>>> running;
  private final Function<TargetProcess, OptionalLong> cpuNanos;
  private final Ledger ledger;
  private final LongSupplier nanoClock;

  private final Map<TracedBinary, RowBreaker> breakers = new HashMap<>();
  private @Nullable BreakerSettings settings;
  private long windowSince;
  private Map<RowOf, Spent> spentBefore = Map.of();
  private Map<TargetProcess, Long> cpuBefore = Map.of();

  /**
   * One that is off.
   *
   * @param running the traced processes of each binary
   * @param cpuNanos what a process has used of the processors until now; empty if it is gone
   * @param nanoClock monotonic
   */
  Breaker(
      ProbeCosts costs,
      BinaryProbes probes,
      Supplier<Map<TracedBinary, List<TargetProcess>>> running,
      Function<TargetProcess, OptionalLong> cpuNanos,
      Ledger ledger,
      LongSupplier nanoClock) {
    this.costs = costs;
    this.probes = probes;
    this.running = running;
    this.cpuNanos = cpuNanos;
    this.ledger = ledger;
    this.nanoClock = nanoClock;
  }

  /** Goes over to other settings; every row that it has turned off is on again. */
  void change(Optional<BreakerSettings> next) {
    breakers.forEach(
        (binary, breaker) -> {
          breaker.off().forEach(row -> ledger.rowTurned(true));
          probes.turnOff(binary, Set.of());
        });
    breakers.clear();
    settings = next.orElse(null);
    costs.always(next.isPresent());
    begin();
  }

  private void begin() {
    windowSince = nanoClock.getAsLong();
    spentBefore = costs.spent();
    cpuBefore = cpu();
  }

  private Map<TargetProcess, Long> cpu() {
    Map<TargetProcess, Long> cpu = new HashMap<>();
    running
        .get()
        .values()
        .forEach(
            processes ->
                processes.forEach(
                    process ->
                        cpuNanos.apply(process).ifPresent(nanos -> cpu.put(process, nanos))));
    return cpu;
  }

  /** A second has passed, and the costs know of it. */
  void everySecond() {
    BreakerSettings wanted = settings;
    long now = nanoClock.getAsLong();
    long window = now - windowSince;
    if (wanted == null || !costs.areKnown() || window < wanted.window().toNanos()) {
      return;
    }
    Map<TracedBinary, ProbePlan> plans = probes.plans();
    breakers.keySet().retainAll(plans.keySet());
    Map<RowOf, Spent> spent = costs.spent();
    Map<TargetProcess, Long> cpu = cpu();
    Map<TracedBinary, List<TargetProcess>> processes = running.get();
    plans.forEach(
        (binary, plan) -> {
          double used =
              processes.getOrDefault(binary, List.of()).stream()
                  .filter(process -> cpu.containsKey(process) && cpuBefore.containsKey(process))
                  .mapToLong(process -> cpu.get(process) - cpuBefore.get(process))
                  .sum();
          RowBreaker breaker = breakers.computeIfAbsent(binary, unused -> new RowBreaker(wanted));
          List<RowBreaker.Turn> turns =
              breaker.decide(rows(binary, plan, spent), used, window, now);
          if (!turns.isEmpty()) {
            turn(binary, turns, used, wanted, breaker);
          }
        });
    begin();
  }

  /** What those rows have cost that can go: others rest on what the runtime's tell. */
  private List<RowBreaker.Cost> rows(TracedBinary binary, ProbePlan plan, Map<RowOf, Spent> spent) {
    List<RowBreaker.Cost> rows = new ArrayList<>();
    for (PlannedRow row : plan.rows()) {
      if (row.isOn() && !plan.records(row.row()).isEmpty()) {
        RowOf key = new RowOf(binary, row.row().name());
        double nanos =
            spent.getOrDefault(key, Spent.NOTHING).nanos()
                - spentBefore.getOrDefault(key, Spent.NOTHING).nanos();
        rows.add(new RowBreaker.Cost(row.row().name(), needing(row, plan), nanos));
      }
    }
    return rows;
  }

  private static Set<String> needing(PlannedRow row, ProbePlan plan) {
    Set<String> with = new HashSet<>();
    for (PlannedRow other : plan.rows()) {
      List<String> requires = other.row().requires();
      if (requires.contains(row.row().name()) || requires.stream().anyMatch(with::contains)) {
        with.add(other.row().name());
      }
    }
    return with;
  }

  private void turn(
      TracedBinary binary,
      List<RowBreaker.Turn> turns,
      double used,
      BreakerSettings wanted,
      RowBreaker breaker) {
    for (RowBreaker.Turn turn : turns) {
      ledger.rowTurned(turn.on());
      if (turn.on()) {
        LOG.info(
            () -> binary.name() + ": row " + turn.row() + " is on again, to see what it costs");
      } else {
        LOG.warning(
            () ->
                String.format(
                    Locale.ROOT,
                    "%s: row %s is off for now: it took %.2f %% of the CPU time of its processes,"
                        + " by an estimate, and all may take %.2f %%",
                    binary.name(),
                    turn.row(),
                    used == 0 ? 100 : 100 * turn.nanos() / used,
                    100 * wanted.budget()));
      }
    }
    probes.turnOff(binary, breaker.off());
  }
}
