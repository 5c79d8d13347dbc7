// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.resource;

import static io.goshawk.spans.semconv.GoshawkAttributes.TRUNCATED;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The attributes of a resource in the making, bounded whatever a process says of itself: they go
 * into every request that has a span of it, beside the spans of others.
 *
 * <p>Values are cut; what there is no room for is left out. {@code goshawk.truncated} names the
 * first of both. Who puts more important ones first and later ones over them loses none of those.
 */
final class BoundedAttributes {
  static final int MAX_COUNT = 128;
  static final int MAX_VALUE_CHARS = 4_096;
  static final int MAX_KEY_CHARS = 256;

  /** Of all keys and values together. */
  static final int MAX_CHARS = 64 * 1024;

  private static final int MAX_NAMED = 16;

  private final Map<AttributeKey<?>, Object> attributes = new LinkedHashMap<>();
  private final Set<String> truncated = new LinkedHashSet<>();
  private int chars;

  /** Puts it in place of the one with its key, if there is one. */
  void put(AttributeKey<String> key, String value) {
    String cut = cut(value, MAX_VALUE_CHARS);
    if (cut.length() < value.length()) {
      name(key.getKey());
    } else {
      truncated.remove(key.getKey());
    }
    add(key, cut, cut.length());
  }

  /** As above. */
  void put(String key, String value) {
    put(AttributeKey.stringKey(key), value);
  }

  /** As above. */
  void put(AttributeKey<Long> key, long value) {
    add(key, value, Long.BYTES);
  }

  /** As above, unless it is empty. */
  void putKnown(AttributeKey<String> key, String value) {
    if (!value.isEmpty()) {
      put(key, value);
    }
  }

  private void add(AttributeKey<?> key, Object value, int length) {
    Object before = attributes.get(key);
    int added =
        before == null
            ? key.getKey().length() + length
            : length - (before instanceof String text ? text.length() : Long.BYTES);
    if (key.getKey().length() > MAX_KEY_CHARS
        || before == null && attributes.size() == MAX_COUNT
        || chars + added > MAX_CHARS) {
      name(key.getKey());
      return;
    }
    attributes.put(key, value);
    chars += added;
  }

  private void name(String key) {
    if (truncated.size() < MAX_NAMED) {
      truncated.add(cut(key, MAX_KEY_CHARS));
    }
  }

  private static String cut(String text, int limit) {
    if (text.length() <= limit) {
      return text;
    }
    return text.substring(0, Character.isHighSurrogate(text.charAt(limit - 1)) ? limit - 1 : limit);
  }

  @SuppressWarnings("unchecked")
  Attributes build() {
    var built = Attributes.builder();
    attributes.forEach((key, value) -> built.put((AttributeKey<Object>) key, value));
    if (!truncated.isEmpty()) {
      built.put(TRUNCATED, List.copyOf(truncated));
    }
    return built.build();
  }
}
