// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.abi.MapLayout;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What to attach to an executable, and what the programs are told about it. */
public final class ProbePlan {

  private final List<PlannedRow> rows;
  private final List<PlannedMember> members;
  private final Map<MapLayout, byte[]> layouts;
  private final Map<Long, String> typeNames;

  ProbePlan(
      List<PlannedRow> rows,
      List<PlannedMember> members,
      Map<MapLayout, byte[]> layouts,
      Map<Long, String> typeNames) {
    this.rows = List.copyOf(rows);
    this.members = List.copyOf(members);
    this.layouts = Map.copyOf(layouts);
    this.typeNames = Map.copyOf(typeNames);
  }

  /** Every row of the catalogue, in its order. */
  public List<PlannedRow> rows() {
    return rows;
  }

  /** The row of that name. */
  public Optional<PlannedRow> row(String name) {
    return rows.stream().filter(row -> row.row().name().equals(name)).findFirst();
  }

  /** The members of layouts that rows asked for whose functions are there. */
  public List<PlannedMember> members() {
    return members;
  }

  /** What each library's map gets, the binary's id being the key. */
  public Map<MapLayout, byte[]> layouts() {
    return layouts;
  }

  /** Names of the Go types that records tell by their addresses. */
  public Map<Long, String> typeNames() {
    return typeNames;
  }

  /** Whether there is anything to attach. */
  public boolean tracesAnything() {
    return rows.stream().anyMatch(PlannedRow::isOn);
  }

  /** What the rows that are on see again and again. */
  public List<Operation> operations() {
    return rows.stream()
        .flatMap(row -> row.sites().stream())
        .flatMap(site -> site.point().oncePer().stream())
        .distinct()
        .sorted(Comparator.comparing(Operation::id))
        .toList();
  }

  /** Traps that an operation takes each time, without the rows that are detached by then. */
  public int trapsPer(Operation operation) {
    return traps(operation, false);
  }

  /** Traps that an operation takes besides, while detachable rows are attached. */
  public int detachableTrapsPer(Operation operation) {
    return traps(operation, true);
  }

  private int traps(Operation operation, boolean detachable) {
    return (int)
        rows.stream()
            .filter(row -> row.row().detachable() == detachable)
            .flatMap(row -> row.sites().stream())
            .map(Site::point)
            .filter(point -> point.oncePer().contains(operation))
            // It comes by the function itself or by one copy of it.
            .distinct()
            .count();
  }
}
