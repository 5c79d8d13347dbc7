// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

/**
 * An instruction that gets a uprobe.
 *
 * @param point what it is for
 * @param symbol the function it was found in
 * @param address virtual address in the file
 * @param fileOffset where the uprobe goes
 * @param instruction what a disassembler shows there
 * @param cost of a hit
 * @param variant which copy of a library it belongs to, for the upper half of the attach cookie
 */
public record Site(
    ProbePoint point,
    String symbol,
    long address,
    long fileOffset,
    String instruction,
    CostClass cost,
    int variant) {

  /** The eBPF program to attach. */
  public String program() {
    return point.program();
  }
}
