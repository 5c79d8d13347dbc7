// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.tree;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values by their keys, in the order they were written. */
public record MapNode(Origin origin, Map<String, Entry> entries) implements Node {

  /**
   * A value and its key.
   *
   * @param keyOrigin where the key was written
   */
  public record Entry(Origin keyOrigin, Node value) {}

  public MapNode {
    entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
  }

  /** A map without keys. */
  public static MapNode empty(Origin origin) {
    return new MapNode(origin, Map.of());
  }

  /** The value of a key, or null if there is none. */
  public @Nullable Node get(String key) {
    Entry entry = entries.get(key);
    return entry == null ? null : entry.value();
  }

  /**
   * This map with another laid over it: where both have a map, these are merged in turn; else the
   * other's value counts, lists as a whole. As the Collector merges its {@code --config}s.
   */
  public MapNode mergedWith(MapNode over) {
    Map<String, Entry> merged = new LinkedHashMap<>(entries);
    over.entries.forEach(
        (key, entry) ->
            merged.merge(
                key,
                entry,
                (below, above) ->
                    below.value() instanceof MapNode lower && above.value() instanceof MapNode upper
                        ? new Entry(above.keyOrigin(), lower.mergedWith(upper))
                        : above));
    return new MapNode(over.origin.equals(Origin.DEFAULT) ? origin : over.origin, merged);
  }
}
