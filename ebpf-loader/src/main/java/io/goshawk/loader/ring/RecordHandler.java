// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.ring;

/** Takes records out of a ring. */
@FunctionalInterface
public interface RecordHandler {

  /**
   * Called once for each record, in the order in which the programs reserved them. The bytes are
   * overwritten once this returns: copy what is to stay, and do not keep the array.
   *
   * @param records a copy of what is in the ring, in native byte order
   * @param offset where the record starts in it; a multiple of eight
   * @param length bytes of the record, which are contiguous from there
   */
  void onRecord(byte[] records, int offset, int length);
}
