package io.goshawk.loader.ring;

import java.nio.ByteBuffer;

/** Takes records out of a ring. */
@FunctionalInterface
public interface RecordHandler {

  /**
   * Called once for each record, in the order in which the programs reserved them. The bytes are
   * the kernel's own and are overwritten once this returns: copy what is to stay, and keep neither
   * the buffer nor a view of it.
   *
   * @param ring the mapped ring, or a copy of a record that wraps in it; not to be written, in
   *     native byte order; use absolute accesses only
   * @param offset where the record starts in it; a multiple of eight
   * @param length bytes of the record, which are contiguous from there
   */
  void onRecord(ByteBuffer ring, int offset, int length);
}
