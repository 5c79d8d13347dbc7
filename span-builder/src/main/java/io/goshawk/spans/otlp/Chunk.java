// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Memory for encoded spans that is used again when nobody needs what is in it. In a Java heap as
 * small as the agent's, what waits for a backend would outlive every collection of young objects,
 * and the collections of old ones that follow cost more than encoding does.
 *
 * <p>Its users are counted: who keeps a part of it retains it once and releases it once. A chunk
 * that is never released is lost to the pool and left to the garbage collector. Safe for threads.
 */
public final class Chunk implements Memory {
  private final byte[] bytes;
  private final @Nullable Pool pool;
  private final AtomicInteger users = new AtomicInteger(1);

  private Chunk(int size, @Nullable Pool pool) {
    this.bytes = new byte[size];
    this.pool = pool;
  }

  /** What it holds. */
  public byte[] bytes() {
    return bytes;
  }

  @Override
  public void retain() {
    if (users.getAndIncrement() <= 0) {
      throw new IllegalStateException("a chunk is retained that was released before");
    }
  }

  @Override
  public void release() {
    int left = users.decrementAndGet();
    if (left < 0) {
      throw new IllegalStateException("a chunk is released twice");
    }
    if (left == 0 && pool != null) {
      pool.add(this);
    }
  }

  /** Free chunks. Safe for threads. */
  static final class Pool {
    static final int CHUNK_BYTES = 32 * 1024;

    /** A longer span has a chunk for itself, so that the end of another one is not left unused. */
    private static final int MAX_SHARED_BYTES = CHUNK_BYTES / 4;

    /** More are left to the garbage collector: so much is in use when a burst is delivered. */
    private static final int MAX_FREE = 64;

    private final Deque<Chunk> free = new ArrayDeque<>();

    /** A chunk with one user and room for that many bytes; the one that was released last. */
    Chunk take(int atLeast) {
      if (atLeast > MAX_SHARED_BYTES) {
        return new Chunk(atLeast, null);
      }
      synchronized (free) {
        Chunk chunk = free.poll();
        if (chunk != null) {
          chunk.users.set(1);
          return chunk;
        }
      }
      return new Chunk(CHUNK_BYTES, this);
    }

    private void add(Chunk chunk) {
      synchronized (free) {
        if (free.size() < MAX_FREE) {
          free.push(chunk);
        }
      }
    }
  }
}
