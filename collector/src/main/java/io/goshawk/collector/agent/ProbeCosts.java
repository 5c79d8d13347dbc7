// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.RecordType;
import io.goshawk.collector.ledger.ProbeCost;
import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.bpf.ProgramStatistics;
import io.goshawk.loader.probe.PlannedRow;
import io.goshawk.loader.probe.ProbePlan;
import io.goshawk.loader.probe.Site;
import io.goshawk.loader.trap.TrapPrices;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What the probes are estimated to cost: how often their programs ran, times what a run was
 * measured to take and what its trap takes besides. Belongs to the control thread.
 *
 * <p>The kernel tells a program's runs, whichever binary's probes they came from. Of binaries that
 * have the same program each is taken to have its part of them by the records of its calls, and of
 * the rows of a binary each by its sites.
 *
 * <p>To count runs makes every eBPF program of the machine a little dearer. So it is done for one
 * second in ten, which stands for ten, unless somebody decides by it.
 */
final class ProbeCosts {

  private static final Logger LOG = Logger.getLogger(ProbeCosts.class.getName());

  private static final int EVERY_SECONDS = 10;

  /** A row of a binary. */
  record RowOf(TracedBinary binary, String row) {}

  /** An estimate, since there are probes. */
  record Spent(double hits, double nanos) {
    static final Spent NOTHING = new Spent(0, 0);

    Spent plus(Spent other) {
      return new Spent(hits + other.hits, nanos + other.nanos);
    }
  }

  /** The sites of a row that have the same program. */
  private record Probes(
      TracedBinary binary, String row, List<RecordType> records, List<Site> sites) {
    /** What their traps take each, on an average. */
    double trapNanos(TrapPrices traps) {
      return sites.stream().mapToDouble(site -> traps.nanos(site.cost())).average().orElse(0);
    }
  }

  private final Supplier<ProgramStatistics> turnOn;
  private final Supplier<Map<String, ProgramStatistics.Runs>> runs;
  private final Supplier<Map<TracedBinary, ProbePlan>> plans;
  private final Supplier<TrapPrices> traps;

  private final Map<RowOf, Spent> spent = new LinkedHashMap<>();
  private Map<String, ProgramStatistics.Runs> before = Map.of();
  private final Map<TracedBinary, long[]> recordsBefore = new HashMap<>();
  private @Nullable ProgramStatistics statistics;
  private boolean always;
  private boolean refused;
  private int second;

  /**
   * Nothing measured yet.
   *
   * @param turnOn has the kernel count
   * @param runs what it has counted until now, by program
   * @param plans of what is attached
   * @param traps what traps take; asked for only when there are some
   */
  ProbeCosts(
      Supplier<ProgramStatistics> turnOn,
      Supplier<Map<String, ProgramStatistics.Runs>> runs,
      Supplier<Map<TracedBinary, ProbePlan>> plans,
      Supplier<TrapPrices> traps) {
    this.turnOn = turnOn;
    this.runs = runs;
    this.plans = plans;
    this.traps = traps;
  }

  /** Measures all the time, or one second in ten; who asks for the former is told if it cannot. */
  void always(boolean whether) {
    always = whether;
    refused &= !whether;
    second = 0;
  }

  /** Whether there is anything to decide by. */
  boolean areKnown() {
    return !refused;
  }

  /** A second has passed. */
  void everySecond() {
    if (refused) {
      return;
    }
    try {
      if (statistics != null) {
        add(always ? 1 : EVERY_SECONDS);
        if (!always) {
          close();
        }
      }
      if (statistics == null && (always || second++ % EVERY_SECONDS == 0)) {
        statistics = turnOn.get();
        before = runs.get();
        plans.get().keySet().forEach(binary -> recordsBefore.put(binary, binary.records()));
      }
    } catch (BpfException e) {
      refused = true;
      close();
      LOG.log(
          always ? Level.WARNING : Level.FINE,
          "what the probes cost cannot be measured: " + e.getMessage());
    }
  }

  /** Stops measuring. */
  void close() {
    if (statistics != null) {
      statistics.close();
      statistics = null;
    }
  }

  private void add(int times) {
    Map<TracedBinary, ProbePlan> attached = plans.get();
    Map<TracedBinary, long[]> records = new HashMap<>();
    attached
        .keySet()
        .forEach(
            binary -> {
              long[] now = binary.records();
              long[] last = recordsBefore.getOrDefault(binary, new long[now.length]);
              long[] since = now.clone();
              for (int i = 0; i < since.length; i++) {
                since[i] -= last[i];
              }
              records.put(binary, since);
              recordsBefore.put(binary, now);
            });
    recordsBefore.keySet().retainAll(attached.keySet());
    Map<String, List<Probes>> byProgram = byProgram(attached);
    Map<String, ProgramStatistics.Runs> now = runs.get();
    byProgram.forEach(
        (program, probes) -> {
          ProgramStatistics.Runs all = now.get(program);
          // A program that was loaded since then has none before.
          ProgramStatistics.Runs last = before.get(program);
          if (all != null) {
            ProgramStatistics.Runs since = last == null ? all : all.since(last);
            if (since.runs() > 0) {
              share(since, probes, records, times);
            }
          }
        });
    before = now;
    spent.keySet().removeIf(row -> !attached.containsKey(row.binary));
  }

  private static Map<String, List<Probes>> byProgram(Map<TracedBinary, ProbePlan> attached) {
    Map<String, List<Probes>> byProgram = new HashMap<>();
    attached.forEach(
        (binary, plan) -> {
          for (PlannedRow row : plan.rows()) {
            Map<String, List<Site>> sites = new HashMap<>();
            row.sites()
                .forEach(
                    site ->
                        sites.computeIfAbsent(site.program(), key -> new ArrayList<>()).add(site));
            sites.forEach(
                (program, those) ->
                    byProgram
                        .computeIfAbsent(program, key -> new ArrayList<>())
                        .add(new Probes(binary, row.row().name(), plan.records(row.row()), those)));
          }
        });
    return byProgram;
  }

  private void share(
      ProgramStatistics.Runs since,
      List<Probes> probes,
      Map<TracedBinary, long[]> records,
      int times) {
    TrapPrices prices = traps.get();
    double[] weights = new double[probes.size()];
    double all = 0;
    for (int i = 0; i < weights.length; i++) {
      Probes each = probes.get(i);
      // One more, so that they are shared where nothing was recorded, as of what is sampled out.
      weights[i] = (1 + count(records.get(each.binary), each.records)) * each.sites.size();
      all += weights[i];
    }
    for (int i = 0; i < weights.length; i++) {
      Probes each = probes.get(i);
      double part = times * weights[i] / all;
      Spent more =
          new Spent(
              part * since.runs(), part * (since.nanos() + since.runs() * each.trapNanos(prices)));
      spent.merge(new RowOf(each.binary, each.row), more, Spent::plus);
    }
  }

  private static double count(long @Nullable [] records, List<RecordType> types) {
    double count = 0;
    if (records != null) {
      for (int i = 0; i < records.length; i++) {
        int value = i;
        if (types.isEmpty() || types.stream().anyMatch(type -> type.value() == value)) {
          count += records[i];
        }
      }
    }
    return count;
  }

  /** What was spent until now. */
  Map<RowOf, Spent> spent() {
    return Map.copyOf(spent);
  }

  /** The same for the books, by the names of binaries. */
  List<ProbeCost> estimates() {
    Map<List<String>, Spent> byName = new HashMap<>();
    spent.forEach(
        (row, cost) -> byName.merge(List.of(row.binary.name(), row.row), cost, Spent::plus));
    List<ProbeCost> costs = new ArrayList<>();
    byName.forEach(
        (name, cost) ->
            costs.add(
                new ProbeCost(
                    name.get(0), name.get(1), Math.round(cost.hits), Math.round(cost.nanos))));
    costs.sort(Comparator.comparing(ProbeCost::binary).thenComparing(ProbeCost::row));
    return costs;
  }
}
