// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.loader.decode.UprobeExecution;

/** What a hit of a site costs the traced thread. */
public enum CostClass {
  /** The kernel emulates the instruction: one trap. */
  EMULATED,
  /** The kernel steps the instruction out of line: two traps. */
  SINGLE_STEPPED;

  static CostClass of(UprobeExecution execution) {
    return switch (execution) {
      case EMULATED -> EMULATED;
      case SINGLE_STEPPED -> SINGLE_STEPPED;
      case REFUSED -> throw new IllegalArgumentException("the kernel refuses such a site");
    };
  }
}
