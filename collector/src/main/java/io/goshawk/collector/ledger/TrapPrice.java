// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

/**
 * What a kind of trap is taken to take of a traced thread's time, besides the probe's program.
 *
 * @param kind what the kernel does with the instruction
 * @param nanos of each hit
 * @param measured whether that was measured here, or is assumed
 */
public record TrapPrice(String kind, double nanos, boolean measured) {

  /** What it rests on, a word. */
  public String basis() {
    return measured ? "measured" : "assumed";
  }
}
