package io.goshawk.loader.probe;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A group of probes that is on or off as a whole.
 *
 * @param name for people and for configuration, for example {@code http2.server}
 * @param gives what it adds to traces
 * @param without what is missing while it is off
 * @param requires rows without which it would do nothing
 * @param relevantWith a function without which an executable has nothing for this row to see,
 *     besides those probed
 * @param points its probes; it is off if one of them has no site
 * @param needs members of {@code go_layout} without which it is off
 * @param uses members without which it does less
 * @param detachable whether it is attached only while it brings something
 */
public record CatalogueRow(
    String name,
    String gives,
    String without,
    List<String> requires,
    Optional<String> relevantWith,
    List<ProbePoint> points,
    Set<String> needs,
    Set<String> uses,
    boolean detachable) {

  public CatalogueRow {
    requires = List.copyOf(requires);
    points = List.copyOf(points);
    needs = Set.copyOf(needs);
    uses = Set.copyOf(uses);
    if (points.isEmpty()) {
      throw new IllegalArgumentException("row " + name + " has no probes");
    }
  }
}
