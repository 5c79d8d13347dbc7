// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.trap;

import io.goshawk.loader.probe.CostClass;

/**
 * What the trap of a probe takes of the traced thread's time, without the program that runs in it.
 *
 * @param emulatedNanos where the kernel emulates the instruction
 * @param singleSteppedNanos where it has to step it
 * @param measured whether that is so on this machine; otherwise it was on others
 */
public record TrapPrices(double emulatedNanos, double singleSteppedNanos, boolean measured) {

  /**
   * What is left without a program of 1.1 to 1.5 µs and of 5.6 to 7.5 µs, the least where that was
   * measured. Where the kernel and the processor are faster it is half of that.
   */
  public static final TrapPrices ASSUMED = new TrapPrices(1_000, 5_500, false);

  /** That of a site. */
  public double nanos(CostClass cost) {
    return switch (cost) {
      case EMULATED -> emulatedNanos;
      case SINGLE_STEPPED -> singleSteppedNanos;
    };
  }
}
