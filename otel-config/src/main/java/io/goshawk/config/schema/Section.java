// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.schema;

import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.MapNode.Entry;
import io.goshawk.config.tree.Node;
import io.goshawk.config.tree.Origin;
import io.goshawk.config.tree.ScalarNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A map with known keys. */
public final class Section {

  /** What must hold between the values of a section. */
  @FunctionalInterface
  public interface Check {
    /** Reports what does not hold. Only called if each value by itself is right. */
    void check(Settings settings, Reading at);
  }

  private final Map<String, Key<?>> keys;
  private final Map<String, Key<?>> byAlias;
  private final List<Check> checks;

  private Section(Map<String, Key<?>> keys, List<Check> checks) {
    this.keys = keys;
    this.checks = List.copyOf(checks);
    byAlias = new LinkedHashMap<>();
    for (Key<?> key : keys.values()) {
      key.aliases().forEach(alias -> byAlias.put(alias, key));
    }
  }

  /** With these keys, in the order in which they are shown. */
  public static Section of(Key<?>... keys) {
    return new Section(Map.of(), List.of()).with(keys);
  }

  /** This one with keys more. */
  public Section with(Key<?>... more) {
    Map<String, Key<?>> all = new LinkedHashMap<>(keys);
    for (Key<?> key : more) {
      if (all.put(key.name(), key) != null) {
        throw new IllegalArgumentException("the key " + key.name() + " twice");
      }
    }
    return new Section(all, checks);
  }

  /** This one with a check more. */
  public Section check(Check check) {
    List<Check> all = new ArrayList<>(checks);
    all.add(check);
    return new Section(keys, all);
  }

  /** All keys, in the order they were declared. */
  public List<Key<?>> keys() {
    return List.copyOf(keys.values());
  }

  /** Whether this very key is one of them. */
  boolean has(Key<?> key) {
    return keys.get(key.name()) == key;
  }

  /** Settings in which nothing is said. */
  public Settings defaults() {
    return new Settings(this, Origin.DEFAULT, Map.of());
  }

  /**
   * The values; those that are wrong are as if unsaid, and the reading has been told.
   *
   * @param node a map, or empty
   * @return null if it is something else
   */
  public @Nullable Settings read(Node node, Reading at) {
    if (node instanceof ScalarNode scalar && scalar.isNull()) {
      return finished(new Settings(this, node.origin(), Map.of()), at, true);
    }
    if (!(node instanceof MapNode map)) {
      at.mismatch(node, "a map");
      return null;
    }
    Map<String, Settings.Said<?>> said = new LinkedHashMap<>();
    boolean fine = true;
    for (Map.Entry<String, Entry> entry : map.entries().entrySet()) {
      fine &= read(entry.getKey(), entry.getValue(), at, said);
    }
    return finished(new Settings(this, map.origin(), said), at, fine);
  }

  private boolean read(String name, Entry entry, Reading at, Map<String, Settings.Said<?>> said) {
    Key<?> key = keys.get(name);
    Reading inside = at.member(name);
    if (key == null) {
      key = byAlias.get(name);
      if (key == null) {
        inside.error(entry.keyOrigin(), "is no key here" + NearestWord.hint(name, honouredNames()));
        return false;
      }
      inside.warning(entry.keyOrigin(), "is deprecated; write " + key.name());
    }
    if (key.support() instanceof Key.Support.Refused refused) {
      inside.error(entry.keyOrigin(), "is not supported: " + refused.why());
      return false;
    }
    if (key.support() instanceof Key.Support.Ignored ignored) {
      inside.warning(entry.keyOrigin(), "is ignored: " + ignored.why());
      return true;
    }
    return value(key, entry.value(), inside, said);
  }

  private static <T> boolean value(
      Key<T> key, Node node, Reading at, Map<String, Settings.Said<?>> said) {
    if (node instanceof ScalarNode scalar && scalar.isNull() && !key.type().acceptsNull()) {
      // A key without a value says nothing, as in the Collector.
      return true;
    }
    T value = key.type().read(node, at);
    if (value == null) {
      return false;
    }
    said.put(key.name(), new Settings.Said<>(value, node.origin()));
    return true;
  }

  private Settings finished(Settings settings, Reading at, boolean fine) {
    boolean complete = fine;
    for (Key<?> key : keys.values()) {
      if (fine && key.required() && !settings.says(key)) {
        at.error(settings.origin(), "lacks " + key.name() + ": " + key.doc());
        complete = false;
      }
    }
    if (complete) {
      checks.forEach(check -> check.check(settings, at));
    }
    return settings;
  }

  private List<String> honouredNames() {
    return keys.values().stream().filter(Key::honoured).<String>map(Key::name).toList();
  }
}
