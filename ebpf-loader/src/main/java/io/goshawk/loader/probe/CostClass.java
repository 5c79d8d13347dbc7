// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.loader.decode.UprobeExecution;

/** What a hit of a site costs the traced thread. */
public enum CostClass {
  /** The kernel emulates the instruction: one trap, 1.1 to 1.5 µs where it was measured. */
  EMULATED(1_000),
  /** The kernel steps the instruction out of line: two traps, 5.6 to 7.5 µs. */
  SINGLE_STEPPED(5_500);

  private final long trapNanos;

  CostClass(long trapNanos) {
    this.trapNanos = trapNanos;
  }

  /**
   * What the trap takes, without the program that runs in it: what is left of the least of the
   * above without one. Nobody can take its time from inside of it; where the kernel and the
   * processor are faster it is half of that.
   */
  public long trapNanos() {
    return trapNanos;
  }

  static CostClass of(UprobeExecution execution) {
    return switch (execution) {
      case EMULATED -> EMULATED;
      case SINGLE_STEPPED -> SINGLE_STEPPED;
      case REFUSED -> throw new IllegalArgumentException("the kernel refuses such a site");
    };
  }
}
