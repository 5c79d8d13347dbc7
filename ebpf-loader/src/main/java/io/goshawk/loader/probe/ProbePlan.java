package io.goshawk.loader.probe;

import java.util.List;
import java.util.Optional;

/** What to attach to an executable, and the value of its {@code go_layout}. */
public final class ProbePlan {

  private final List<PlannedRow> rows;
  private final List<PlannedMember> members;
  private final byte[] goLayout;

  ProbePlan(List<PlannedRow> rows, List<PlannedMember> members, byte[] goLayout) {
    this.rows = List.copyOf(rows);
    this.members = List.copyOf(members);
    this.goLayout = goLayout.clone();
  }

  /** Every row of the catalogue, in its order. */
  public List<PlannedRow> rows() {
    return rows;
  }

  /** The row of that name. */
  public Optional<PlannedRow> row(String name) {
    return rows.stream().filter(row -> row.row().name().equals(name)).findFirst();
  }

  /** The members of {@code go_layout} that rows asked for whose functions are there. */
  public List<PlannedMember> members() {
    return members;
  }

  /** The value for the map {@code binaries}. */
  public byte[] goLayout() {
    return goLayout.clone();
  }

  /** Whether there is anything to attach. */
  public boolean tracesAnything() {
    return rows.stream().anyMatch(PlannedRow::isOn);
  }

  /** Traps that every request of a protocol takes, without the rows that are detached by then. */
  public int trapsPerRequest(Protocol protocol) {
    return traps(protocol, false);
  }

  /** Traps that a request takes besides, while detachable rows are attached. */
  public int detachableTrapsPerRequest(Protocol protocol) {
    return traps(protocol, true);
  }

  private int traps(Protocol protocol, boolean detachable) {
    return (int)
        rows.stream()
            .filter(row -> row.row().detachable() == detachable)
            .flatMap(row -> row.sites().stream())
            .map(Site::point)
            .filter(point -> point.eachRequestOf().contains(protocol))
            // A request comes by the function itself or by one copy of it.
            .distinct()
            .count();
  }
}
