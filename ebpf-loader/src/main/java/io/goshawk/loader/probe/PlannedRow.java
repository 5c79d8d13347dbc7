// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import java.util.List;
import java.util.stream.Stream;

/** What became of a row of the catalogue. */
public record PlannedRow(CatalogueRow row, State state) {

  /** On or off. */
  public sealed interface State {}

  /**
   * Every probe has its site.
   *
   * @param sites of each of the row's points, in their order; more than one where a function has
   *     copies
   * @param unknown members of layouts it could use and does not know
   * @param unseen calls that come by none of the sites
   */
  public record On(List<Site> sites, List<LayoutMember> unknown, List<String> unseen)
      implements State {
    public On {
      sites = List.copyOf(sites);
      unknown = List.copyOf(unknown);
      unseen = List.copyOf(unseen);
    }

    /** What it lacks. */
    List<String> without() {
      return Stream.concat(unknown.stream().map(LayoutMember::gives), unseen.stream())
          .distinct()
          .toList();
    }
  }

  /** It stays off. */
  public record Off(Cause cause, String reason) implements State {}

  /** Why a row is off. */
  public enum Cause {
    /**
     * There is nothing to trace: the executable does not hold the library, or a row that this one
     * requires is off, which says itself what is missing.
     */
    ABSENT,
    /** There may be something to trace, but something about it is not known or not possible. */
    UNSUPPORTED,
    /** Nobody wants what it gives. */
    UNWANTED
  }

  /** Whether the row is on. */
  public boolean isOn() {
    return state instanceof On;
  }

  /** Its sites; none if it is off. */
  public List<Site> sites() {
    return state instanceof On on ? on.sites() : List.of();
  }
}
