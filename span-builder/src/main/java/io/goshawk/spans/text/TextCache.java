package io.goshawk.spans.text;

import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What recurring strings mean: a host with its port, a route, a user agent. Keyed by bytes, so that
 * a hit makes neither a string nor a key.
 *
 * <p>Each string has one slot, which the next string with the same slot takes over: bounded,
 * without bookkeeping, and what recurs comes back soon. Strings longer than {@value #MAX_BYTES}
 * bytes are not kept.
 *
 * @param <V> an immutable value made from the string alone
 */
public final class TextCache<V> {
  private static final int MAX_BYTES = 256;

  /** Bytes hashed, from the end, where paths and addresses differ. */
  private static final int HASHED_BYTES = 24;

  private final Function<String, V> meaning;
  private final byte[] @Nullable [] keys;
  private final @Nullable Object[] values;

  /**
   * @param slots a power of two
   */
  public TextCache(int slots, Function<String, V> meaning) {
    if (Integer.bitCount(slots) != 1) {
      throw new IllegalArgumentException(slots + " slots are not a power of two");
    }
    this.meaning = meaning;
    this.keys = new byte[slots][];
    this.values = new Object[slots];
  }

  /** The meaning of those bytes, decoded as {@link Utf8#decode} does. */
  public V of(byte[] bytes, int offset, int length, boolean cut) {
    if (cut || length > MAX_BYTES) {
      return meaning.apply(Utf8.decode(bytes, offset, length, cut));
    }
    int slot = hash(bytes, offset, length) & (keys.length - 1);
    byte[] key = keys[slot];
    if (key != null && Arrays.equals(key, 0, key.length, bytes, offset, offset + length)) {
      @SuppressWarnings("unchecked")
      V value = (V) values[slot];
      return value;
    }
    V value = meaning.apply(Utf8.decode(bytes, offset, length, false));
    keys[slot] = Arrays.copyOfRange(bytes, offset, offset + length);
    values[slot] = value;
    return value;
  }

  private static int hash(byte[] bytes, int offset, int length) {
    int hash = length;
    for (int i = offset + Math.max(0, length - HASHED_BYTES); i < offset + length; i++) {
      hash = 31 * hash + bytes[i];
    }
    return hash ^ (hash >>> 15);
  }
}
