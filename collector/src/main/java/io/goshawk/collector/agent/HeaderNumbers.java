// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.spans.headers.CapturedHeader;
import java.util.ArrayList;
import java.util.List;

/**
 * The numbers by which records have headers. A header keeps its own when others are captured: what
 * is under way when the configuration changes is still understood. Belongs to one thread at a time.
 */
final class HeaderNumbers {

  /** What a record has room for. */
  private static final int MOST = 1 << Short.SIZE;

  private final List<CapturedHeader> known = new ArrayList<>();

  /** Whether there are numbers for all of them. */
  boolean hasRoomFor(List<CapturedHeader> headers) {
    return known.size() + headers.stream().filter(header -> !known.contains(header)).count()
        <= MOST;
  }

  /** That of a header: the one it has had before, or the next. */
  int of(CapturedHeader header) {
    int number = known.indexOf(header);
    if (number < 0) {
      known.add(header);
      return known.size() - 1;
    }
    return number;
  }

  /** All that have a number, by it. */
  List<CapturedHeader> all() {
    return List.copyOf(known);
  }
}
