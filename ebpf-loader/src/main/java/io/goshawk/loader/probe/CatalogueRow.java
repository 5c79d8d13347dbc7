// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A group of probes that is on or off as a whole.
 *
 * @param name for people and for configuration, for example {@code http2.server}
 * @param gives what it adds to traces
 * @param without what is missing while it is off
 * @param requires rows without which it would do nothing
 * @param relevantWith a function without which an executable has nothing for this row to see,
 *     besides those probed
 * @param firstMinor the first release of Go 1 that has what it goes by, though not of what it
 *     probes
 * @param points its probes; it is off if one of them has no site
 * @param needs members of layouts without which it is off, by their full names
 * @param uses members without which it does less
 * @param detachable whether it is attached only while it brings something
 * @param attribution the first level that has it; a row that tells more than where time went is of
 *     every level
 */
public record CatalogueRow(
    String name,
    String gives,
    String without,
    List<String> requires,
    Optional<String> relevantWith,
    int firstMinor,
    List<ProbePoint> points,
    Set<String> needs,
    Set<String> uses,
    boolean detachable,
    AttributionLevel attribution) {

  public CatalogueRow {
    requires = List.copyOf(requires);
    points = List.copyOf(points);
    needs = Set.copyOf(needs);
    uses = Set.copyOf(uses);
    if (points.isEmpty()) {
      throw new IllegalArgumentException("row " + name + " has no probes");
    }
  }

  /** Begins a row. */
  static Builder row(String name) {
    return new Builder(name);
  }

  /** Members are named as their library does: without a prefix for its own. */
  static final class Builder {
    private final String name;
    private String gives = "";
    private String without = "";
    private final List<String> requires = new ArrayList<>();
    private Optional<String> relevantWith = Optional.empty();
    private int firstMinor = SupportedGo.FIRST_MINOR;
    private final List<ProbePoint> points = new ArrayList<>();
    private final Set<String> needs = new LinkedHashSet<>();
    private final Set<String> uses = new LinkedHashSet<>();
    private final Set<String> runtimeNeeds = new LinkedHashSet<>();
    private final Set<String> runtimeUses = new LinkedHashSet<>();
    private boolean detachable;
    private AttributionLevel attribution = AttributionLevel.NONE;

    private Builder(String name) {
      this.name = name;
    }

    /** What it adds to traces. */
    Builder gives(String what) {
      gives = what;
      return this;
    }

    /** What is missing while it is off. */
    Builder without(String what) {
      without = what;
      return this;
    }

    /** Rows without which it would do nothing. */
    Builder requires(String... rows) {
      requires.addAll(List.of(rows));
      return this;
    }

    /** A function without which an executable has nothing for it to see, besides those probed. */
    Builder relevantWith(String symbol) {
      relevantWith = Optional.of(symbol);
      return this;
    }

    /**
     * The first release of Go 1 that has what it goes by, though older ones have what it probes.
     */
    Builder needsGo(int minor) {
      firstMinor = minor;
      return this;
    }

    /** Members of the library's layout without which it is off. */
    Builder needs(String... members) {
      needs.addAll(List.of(members));
      return this;
    }

    /** Members of the library's layout without which it does less. */
    Builder uses(String... members) {
      uses.addAll(List.of(members));
      return this;
    }

    /** Members of {@code runtime_layout} without which it is off. */
    Builder needsRuntime(String... members) {
      runtimeNeeds.addAll(List.of(members));
      return this;
    }

    /** Members of {@code runtime_layout} without which it does less. */
    Builder usesRuntime(String... members) {
      runtimeUses.addAll(List.of(members));
      return this;
    }

    /** A probe of its. */
    Builder probe(ProbePoint.Builder point) {
      points.add(point.build());
      return this;
    }

    /** It is attached only while it brings something. */
    Builder detachable() {
      detachable = true;
      return this;
    }

    /** It tells where time went and nothing else, which is wanted from this level on. */
    Builder attribution(AttributionLevel first) {
      attribution = first;
      return this;
    }

    CatalogueRow build(String prefix) {
      return new CatalogueRow(
          name,
          gives,
          without,
          requires,
          relevantWith,
          firstMinor,
          points,
          names(prefix, needs, runtimeNeeds),
          names(prefix, uses, runtimeUses),
          detachable,
          attribution);
    }

    private static Set<String> names(String prefix, Set<String> own, Set<String> runtime) {
      return Set.copyOf(
          Stream.concat(
                  own.stream().map(member -> prefix + member),
                  runtime.stream().map(member -> RuntimeLibrary.PREFIX + member))
              .toList());
    }
  }
}
