package io.goshawk.collector.export.otlp;

import org.jspecify.annotations.Nullable;

/**
 * Encoded fields that recur: a key with one of its few values, a string or a {@code Long}.
 *
 * <p>Each pair has one place, with room for two of those that share it: the one found last comes
 * first. Another takes over the second's room only when it misses there twice in a row: values that
 * never come again leave what recurs in its place and cost no memory. Bounded in entries and in the
 * bytes of each. Confined to one thread.
 */
final class FieldCache {
  /** Longer fields are not kept. */
  static final int MAX_BYTES = 512;

  /** Keys and values are nearly always the same objects again. */
  private record Entry(Object key, Object value, byte[] field) {
    boolean isOf(Object otherKey, Object otherValue) {
      return (key == otherKey || key.equals(otherKey))
          && (value == otherValue || value.equals(otherValue));
    }
  }

  /** The two of each place side by side. */
  private final @Nullable Entry[] entries;

  private final int[] missed;

  /**
   * @param places a power of two
   */
  FieldCache(int places) {
    if (Integer.bitCount(places) != 1) {
      throw new IllegalArgumentException(places + " places are not a power of two");
    }
    entries = new Entry[2 * places];
    missed = new int[places];
  }

  private static int hash(Object key, Object value) {
    int hash = 31 * key.hashCode() + value.hashCode();
    return hash ^ hash >>> 16;
  }

  /** The field, or null. */
  byte @Nullable [] find(Object key, Object value) {
    int first = 2 * (hash(key, value) & (missed.length - 1));
    Entry entry = entries[first];
    if (entry != null && entry.isOf(key, value)) {
      return entry.field;
    }
    Entry second = entries[first + 1];
    if (second != null && second.isOf(key, value)) {
      entries[first + 1] = entry;
      entries[first] = second;
      return second.field;
    }
    return null;
  }

  /** Whether a pair that was not found should be added. */
  boolean wants(Object key, Object value, int bytes) {
    int hash = hash(key, value);
    int place = hash & (missed.length - 1);
    if (bytes > MAX_BYTES || (entries[2 * place + 1] != null && missed[place] != hash)) {
      missed[place] = hash;
      return false;
    }
    return true;
  }

  /** Takes the second's room: the first has been found since it came. */
  void add(Object key, Object value, byte[] field) {
    int place = hash(key, value) & (missed.length - 1);
    entries[2 * place + 1] = new Entry(key, value, field);
  }
}
