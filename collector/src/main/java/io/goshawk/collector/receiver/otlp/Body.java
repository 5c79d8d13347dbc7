// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The bytes of a request as they come. It grows with them and not with what the sender announces,
 * and every growth is reserved before. Confined to one thread.
 */
final class Body {
  private static final int FIRST_BYTES = 16 * 1024;

  private final long limit;
  private final InFlight.Reservation memory;
  private byte[] bytes = new byte[0];
  private int length;

  /**
   * @param limit of its bytes
   * @param memory what it is reserved from
   */
  Body(long limit, InFlight.Reservation memory) {
    this.limit = limit;
    this.memory = memory;
  }

  /**
   * Makes room.
   *
   * @param count how much comes now
   * @param expected how much will be there in all, if that is known; else 0
   * @return the array, to be written from {@link #length()} on
   */
  byte[] room(int count, long expected) throws TooLargeException {
    if (length + (long) count > limit) {
      throw TooLargeException.limit(limit);
    }
    int needed = length + count;
    if (needed > bytes.length) {
      long wanted = Math.max(needed, Math.max(FIRST_BYTES, 2L * bytes.length));
      if (expected >= needed) {
        wanted = Math.min(wanted, expected);
      }
      int size = (int) Math.min(wanted, limit);
      if (!memory.grow(size - bytes.length)) {
        throw TooLargeException.together();
      }
      bytes = Arrays.copyOf(bytes, size);
    }
    return bytes;
  }

  /** So many bytes were written. */
  void wrote(int count) {
    length += count;
  }

  int length() {
    return length;
  }

  /** Reads a stream to its end. */
  void readAll(InputStream in) throws IOException {
    while (true) {
      if (length == limit) {
        // One byte more tells the end from what is too long.
        if (in.read() >= 0) {
          throw TooLargeException.limit(limit);
        }
        return;
      }
      byte[] target = room(1, 0);
      int read = in.read(target, length, target.length - length);
      if (read < 0) {
        return;
      }
      length += read;
    }
  }

  /** All of it as one array of its length. */
  byte[] toByteArray() {
    return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
  }

  /** A stream over what is here by now. */
  InputStream stream() {
    return new ByteArrayInputStream(bytes, 0, length);
  }
}
