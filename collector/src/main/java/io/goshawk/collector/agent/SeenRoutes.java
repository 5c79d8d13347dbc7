// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Routes that requests have ended with, by 64 bits of each, and as many as {@value #LIMIT}: those
 * of any service that is not made up of them. Nothing is allocated for a route that is known.
 *
 * <p>A pattern that may stand for a mount, such as {@code /api/} of a ServeMux or {@code /api/*} of
 * other routers, counts with the request's status: what answers for all that is behind it, as 401
 * or 404, says nothing about what finds a route there.
 */
final class SeenRoutes {

  /** How many there may be. */
  static final int LIMIT = 1024;

  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private static final byte[] REST = "...}".getBytes(StandardCharsets.US_ASCII);

  /** Keys where their own bits say, or behind that; 0: none. */
  private final long[] table = new long[2 * LIMIT];

  private int size;

  /** What a route is known by; not 0. */
  static long key(byte[] bytes, int offset, int length, int status) {
    long hash = FNV_OFFSET;
    for (int i = offset; i < offset + length; i++) {
      hash = (hash ^ bytes[i]) * FNV_PRIME;
    }
    if (mayBeMount(bytes, offset, length)) {
      hash = (hash ^ status) * FNV_PRIME;
    }
    return hash == 0 ? FNV_OFFSET : hash;
  }

  /** Whether a pattern matches paths of any length: its last segment stands for all that follow. */
  private static boolean mayBeMount(byte[] bytes, int offset, int length) {
    int end = offset + length;
    int segment = end;
    while (segment > offset && bytes[segment - 1] != '/') {
      segment--;
    }
    // ServeMux: /files/ and /files/{path...}; gin: /files/*path; chi and echo: /files/*
    return segment == end
        || bytes[segment] == '*'
        || (length >= REST.length
            && Arrays.equals(bytes, end - REST.length, end, REST, 0, REST.length));
  }

  boolean contains(long key) {
    return table[slot(key)] == key;
  }

  /** False: it is not known, and there is no room for it. */
  boolean add(long key) {
    int slot = slot(key);
    if (table[slot] == key) {
      return true;
    }
    if (size == LIMIT) {
      return false;
    }
    table[slot] = key;
    size++;
    return true;
  }

  private int slot(long key) {
    int slot = Long.hashCode(key) & (table.length - 1);
    while (table[slot] != 0 && table[slot] != key) {
      slot = (slot + 1) & (table.length - 1);
    }
    return slot;
  }
}
