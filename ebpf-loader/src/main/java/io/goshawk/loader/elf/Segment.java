// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.elf;

/**
 * A loadable segment (PT_LOAD).
 *
 * @param address virtual address
 * @param memoryBytes length in memory
 * @param offset where its bytes start in the file
 * @param fileBytes how many of them the file holds; the rest is zero
 */
public record Segment(
    long address,
    long memoryBytes,
    long offset,
    long fileBytes,
    boolean writable,
    boolean executable) {

  /** Whether the file holds the byte at this address. */
  public boolean holds(long vaddr) {
    return vaddr >= address && vaddr - address < fileBytes;
  }
}
