// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import java.util.List;

/**
 * A copy of a function that the compiler put into another one in place of a call.
 *
 * @param ranges its instructions, ascending and never empty; not those that were inlined into the
 *     copy in turn
 */
public record InlinedCopy(List<Range> ranges) {

  /** Virtual addresses from {@code start} to before {@code end}. */
  public record Range(long start, long end) {}

  public InlinedCopy {
    ranges = List.copyOf(ranges);
  }

  /** Address of its first instruction. */
  public long begin() {
    return ranges.get(0).start();
  }

  /** Whether an instruction at that address is part of it. */
  public boolean holds(long address) {
    return ranges.stream().anyMatch(range -> address >= range.start() && address < range.end());
  }
}
