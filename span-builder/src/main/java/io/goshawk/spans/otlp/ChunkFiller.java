// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

/**
 * Fills chunks to their ends, one after the other and over several batches, so that little of what
 * small batches hold is left unused. Confined to one thread.
 */
public final class ChunkFiller {
  private final Chunk.Pool pool = new Chunk.Pool();
  private Chunk chunk = pool.take(0);
  private int end;

  /** Whether so many bytes more fit into {@link #chunk}. */
  public boolean fits(int length) {
    return chunk.bytes().length - end >= length;
  }

  /** Goes on to a chunk with room for so many bytes. */
  public void next(int length) {
    // Taken before the other is released: if there is no memory, all is as it was.
    Chunk next = pool.take(length);
    chunk.release();
    chunk = next;
    end = 0;
  }

  /** The chunk that is being filled; who keeps something in it retains it. */
  public Chunk chunk() {
    return chunk;
  }

  /** Where in it the next byte goes. */
  public int end() {
    return end;
  }

  /** So many bytes were written there. */
  public void wrote(int length) {
    end += length;
  }
}
