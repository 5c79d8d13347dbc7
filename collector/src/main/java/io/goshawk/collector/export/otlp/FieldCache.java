package io.goshawk.collector.export.otlp;

import org.jspecify.annotations.Nullable;

/**
 * Encoded fields that recur: a key with one of its few values.
 *
 * <p>Each pair has one slot, which another pair takes over only when it misses there twice in a
 * row: values that never come again leave what recurs in its place and cost no memory. Bounded in
 * entries and in the bytes of each. Confined to one thread.
 */
final class FieldCache {
  /** Longer fields are not kept. */
  private static final int MAX_BYTES = 512;

  private final @Nullable Object[] keys;
  private final @Nullable String[] values;
  private final byte @Nullable [][] fields;
  private final int[] missed;

  /**
   * @param slots a power of two
   */
  FieldCache(int slots) {
    if (Integer.bitCount(slots) != 1) {
      throw new IllegalArgumentException(slots + " slots are not a power of two");
    }
    keys = new Object[slots];
    values = new String[slots];
    fields = new byte[slots][];
    missed = new int[slots];
  }

  private static int hash(Object key, String value) {
    int hash = 31 * key.hashCode() + value.hashCode();
    return hash ^ hash >>> 16;
  }

  /** The field, or null. */
  byte @Nullable [] find(Object key, String value) {
    int slot = hash(key, value) & (keys.length - 1);
    Object known = keys[slot];
    return (key == known || key.equals(known)) && value.equals(values[slot]) ? fields[slot] : null;
  }

  /** Whether a pair that was not found should be added. */
  boolean wants(Object key, String value, int bytes) {
    int hash = hash(key, value);
    int slot = hash & (keys.length - 1);
    if (bytes > MAX_BYTES || (keys[slot] != null && missed[slot] != hash)) {
      missed[slot] = hash;
      return false;
    }
    return true;
  }

  void add(Object key, String value, byte[] field) {
    int slot = hash(key, value) & (keys.length - 1);
    keys[slot] = key;
    values[slot] = value;
    fields[slot] = field;
  }
}
