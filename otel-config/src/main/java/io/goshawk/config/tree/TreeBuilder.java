// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.tree;

import io.goshawk.config.tree.MapNode.Entry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes a tree of what is not text: variables and flags. Paths are keys joined by {@code ::}.
 * Confined to one thread.
 */
public final class TreeBuilder {
  static final String SEPARATOR = "::";

  private MapNode root = MapNode.empty(Origin.DEFAULT);

  /** A value of the kind that it looks like. */
  public TreeBuilder put(String path, Origin origin, String value) {
    return put(path, origin, ScalarNode.plain(origin, value));
  }

  /** Text, whatever it looks like. */
  public TreeBuilder text(String path, Origin origin, String value) {
    return put(path, origin, ScalarNode.text(origin, value));
  }

  /** A list of texts. */
  public TreeBuilder list(String path, Origin origin, List<String> values) {
    List<Node> elements = values.stream().<Node>map(v -> ScalarNode.text(origin, v)).toList();
    return put(path, origin, new ListNode(origin, elements));
  }

  /** A list of values, each of the kind that it looks like. */
  public TreeBuilder values(String path, Origin origin, List<String> values) {
    List<Node> elements = values.stream().<Node>map(v -> ScalarNode.plain(origin, v)).toList();
    return put(path, origin, new ListNode(origin, elements));
  }

  /** A map of texts, whose keys are no paths. */
  public TreeBuilder map(String path, Origin origin, Map<String, String> values) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    values.forEach(
        (key, value) -> entries.put(key, new Entry(origin, ScalarNode.text(origin, value))));
    return put(path, origin, new MapNode(origin, entries));
  }

  /** A map in which nothing is said: a component with its defaults. */
  public TreeBuilder defaults(String path, Origin origin) {
    return put(path, origin, MapNode.empty(origin));
  }

  /** Any value. */
  public TreeBuilder put(String path, Origin origin, Node value) {
    root = root.mergedWith((MapNode) at(path, origin, value));
    return this;
  }

  /** The value inside the maps that its path names. */
  static Node at(String path, Origin origin, Node value) {
    Node node = value;
    String[] keys = path.split(SEPARATOR, -1);
    for (int i = keys.length - 1; i >= 0; i--) {
      node = new MapNode(origin, Map.of(keys[i], new Entry(origin, node)));
    }
    return node;
  }

  public MapNode build() {
    return root;
  }
}
