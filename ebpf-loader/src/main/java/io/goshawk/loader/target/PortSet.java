package io.goshawk.loader.target;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * TCP ports, written as {@code 8080}, {@code 8000-8099} or a list of both: {@code 80,8000-8099}.
 *
 * @param ranges inclusive, in the order given
 */
public record PortSet(List<Range> ranges) {

  /** No port at all. */
  public static final PortSet NONE = new PortSet(List.of());

  public PortSet {
    ranges = List.copyOf(ranges);
  }

  /** Ports {@code first} to {@code last}, both included. */
  public record Range(int first, int last) {
    public Range {
      if (first < 1 || last > 65535 || first > last) {
        throw new IllegalArgumentException(
            "ports are 1 to 65535, the lower first; not " + first + "-" + last);
      }
    }
  }

  /**
   * Reads the notation above.
   *
   * @throws IllegalArgumentException with the part that is no port or range
   */
  public static PortSet parse(String text) {
    List<Range> ranges = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      String[] ends = part.strip().split("-", -1);
      if (ends.length > 2) {
        throw new IllegalArgumentException("not a port or a range of ports: " + part);
      }
      int first = port(ends[0], part);
      ranges.add(new Range(first, ends.length == 2 ? port(ends[1], part) : first));
    }
    return new PortSet(ranges);
  }

  private static int port(String digits, String part) {
    try {
      return Integer.parseInt(digits.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a port or a range of ports: '" + part + "'", e);
    }
  }

  /** The ports of both sets. */
  public PortSet plus(PortSet other) {
    List<Range> both = new ArrayList<>(ranges);
    both.addAll(other.ranges);
    return new PortSet(both);
  }

  public boolean contains(int port) {
    for (Range range : ranges) {
      if (port >= range.first && port <= range.last) {
        return true;
      }
    }
    return false;
  }

  public boolean isEmpty() {
    return ranges.isEmpty();
  }

  @Override
  public String toString() {
    return ranges.stream()
        .map(r -> r.first == r.last ? Integer.toString(r.first) : r.first + "-" + r.last)
        .collect(Collectors.joining(","));
  }
}
