// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.text;

import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What recurring strings mean: a host with its port, a route, a user agent. Keyed by bytes, so that
 * a hit makes neither a string nor a key.
 *
 * <p>Each string has a pair of slots, of which the next string with the same pair takes over the
 * one that was found longer ago: bounded, and what recurs comes back soon. Strings longer than a
 * limit are not kept. A string that was cut is another than a whole one of the same bytes.
 *
 * @param <V> an immutable value made from the string alone
 */
public final class TextCache<V> {
  private static final int MAX_BYTES = 256;

  /** Bytes hashed, from the end, where paths and addresses differ. */
  private static final int HASHED_BYTES = 24;

  private final Meaning<V> meaning;
  private final int maxBytes;
  private final byte[] @Nullable [] keys;
  private final boolean[] cuts;
  private final @Nullable Object[] values;

  /**
   * What some bytes mean.
   *
   * @param <V> an immutable value made from the bytes alone
   */
  @FunctionalInterface
  public interface Meaning<V> {
    V of(byte[] bytes, int offset, int length, boolean cut);
  }

  /**
   * A cache of what short strings mean, decoded as {@link Utf8#decode} does.
   *
   * @param slots a power of two, at least 2
   */
  public TextCache(int slots, Function<String, V> meaning) {
    this(
        slots,
        MAX_BYTES,
        (bytes, offset, length, cut) -> meaning.apply(Utf8.decode(bytes, offset, length, cut)));
  }

  /**
   * A cache of what bytes mean.
   *
   * @param slots a power of two, at least 2
   * @param maxBytes of what is kept
   */
  public TextCache(int slots, int maxBytes, Meaning<V> meaning) {
    if (Integer.bitCount(slots) != 1 || slots < 2) {
      throw new IllegalArgumentException(slots + " slots are no power of two from 2 on");
    }
    this.meaning = meaning;
    this.maxBytes = maxBytes;
    this.keys = new byte[slots][];
    this.cuts = new boolean[slots];
    this.values = new Object[slots];
  }

  /** The meaning of those bytes. */
  public V of(byte[] bytes, int offset, int length, boolean cut) {
    if (length > maxBytes) {
      return meaning.of(bytes, offset, length, cut);
    }
    int first = hash(bytes, offset, length) & (keys.length - 2);
    if (!isKey(first, bytes, offset, length, cut)) {
      if (isKey(first + 1, bytes, offset, length, cut)) {
        swap(first);
      } else {
        // The one found last moves to the second place, whose string is forgotten.
        keys[first + 1] = keys[first];
        cuts[first + 1] = cuts[first];
        values[first + 1] = values[first];
        values[first] = meaning.of(bytes, offset, length, cut);
        cuts[first] = cut;
        keys[first] = Arrays.copyOfRange(bytes, offset, offset + length);
      }
    }
    @SuppressWarnings("unchecked")
    V value = (V) values[first];
    return value;
  }

  private boolean isKey(int slot, byte[] bytes, int offset, int length, boolean cut) {
    byte[] key = keys[slot];
    return key != null
        && key.length == length
        && cuts[slot] == cut
        && Arrays.equals(key, 0, length, bytes, offset, offset + length);
  }

  private void swap(int first) {
    byte[] key = keys[first];
    keys[first] = keys[first + 1];
    keys[first + 1] = key;
    boolean cut = cuts[first];
    cuts[first] = cuts[first + 1];
    cuts[first + 1] = cut;
    Object value = values[first];
    values[first] = values[first + 1];
    values[first + 1] = value;
  }

  private static int hash(byte[] bytes, int offset, int length) {
    int hash = length;
    for (int i = offset + Math.max(0, length - HASHED_BYTES); i < offset + length; i++) {
      hash = 31 * hash + bytes[i];
    }
    return hash ^ (hash >>> 15);
  }
}
