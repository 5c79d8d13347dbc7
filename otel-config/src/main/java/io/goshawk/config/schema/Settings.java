// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.schema;

import io.goshawk.config.tree.Origin;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** The values of a section, read and checked. Immutable. */
public final class Settings {

  /** A value that somebody said. */
  record Said<T>(T value, Origin origin) {}

  private final Section section;
  private final Origin origin;
  private final Map<String, Said<?>> said;

  Settings(Section section, Origin origin, Map<String, Said<?>> said) {
    this.section = section;
    this.origin = origin;
    this.said = new LinkedHashMap<>(said);
  }

  /** Where the section was written. */
  public Origin origin() {
    return origin;
  }

  /** What it may say. */
  public Section section() {
    return section;
  }

  /** Whether somebody said it, be it what counts anyway. */
  public boolean says(Key<?> key) {
    return said.containsKey(declared(key).name());
  }

  /** Where the value was written; if nobody said it, where the section was. */
  public Origin origin(Key<?> key) {
    Said<?> value = said.get(declared(key).name());
    return value == null ? origin : value.origin();
  }

  /** What was said, else the default. */
  public <T> Optional<T> find(Key<T> key) {
    Said<?> value = said.get(declared(key).name());
    if (value == null) {
      return key.whenAbsent();
    }
    // Section.value has read it with the type of this very key.
    @SuppressWarnings("unchecked")
    T typed = (T) value.value();
    return Optional.of(typed);
  }

  /**
   * What was said, else the default.
   *
   * @throws IllegalStateException if there is neither; keys that are required or have a default
   *     always have a value
   */
  public <T> T get(Key<T> key) {
    return find(key)
        .orElseThrow(() -> new IllegalStateException("no " + key.name() + " at " + origin));
  }

  /** Whether the same was said in both, wherever it was written. */
  public boolean saysTheSameAs(Settings other) {
    return section == other.section
        && said.keySet().equals(other.said.keySet())
        && said.keySet().stream()
            .allMatch(key -> isSame(said.get(key).value(), other.said.get(key).value()));
  }

  private static boolean isSame(Object a, Object b) {
    if (a instanceof Settings one && b instanceof Settings other) {
      return one.saysTheSameAs(other);
    }
    if (a instanceof List<?> one && b instanceof List<?> other) {
      return one.size() == other.size()
          && IntStream.range(0, one.size()).allMatch(i -> isSame(one.get(i), other.get(i)));
    }
    if (a instanceof Map<?, ?> one && b instanceof Map<?, ?> other) {
      return one.keySet().equals(other.keySet())
          && one.keySet().stream().allMatch(key -> isSame(one.get(key), other.get(key)));
    }
    if (a instanceof Located<?> one && b instanceof Located<?> other) {
      return isSame(one.value(), other.value());
    }
    return a.equals(b);
  }

  private Key<?> declared(Key<?> key) {
    if (!section.has(key)) {
      throw new IllegalArgumentException("the section has no key " + key.name());
    }
    return key;
  }

  /**
   * Everything that counts, said or by default, as {@link ValueType#shown} has it.
   *
   * @return by key, in the order of the declarations
   */
  public Map<String, Object> shown() {
    Map<String, Object> shown = new LinkedHashMap<>();
    for (Key<?> key : section.keys()) {
      shown(key).ifPresent(value -> shown.put(key.name(), value));
    }
    return shown;
  }

  private <T> Optional<Object> shown(Key<T> key) {
    return find(key).map(key.type()::shown).filter(value -> says(key) || !isEmpty(value));
  }

  private static boolean isEmpty(Object value) {
    return value instanceof Map<?, ?> map && map.isEmpty()
        || value instanceof Collection<?> list && list.isEmpty();
  }

  /** What {@link #shown} shows. */
  @Override
  public String toString() {
    return shown().toString();
  }
}
