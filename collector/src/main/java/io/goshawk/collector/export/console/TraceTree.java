// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.console;

import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The spans of one trace as a forest: a span whose parent is not among them is a root. Siblings are
 * in the order of their starts.
 */
final class TraceTree {
  private static final Comparator<SpanData> BY_START =
      Comparator.comparingLong(SpanData::getStartEpochNanos).thenComparing(SpanData::getSpanId);

  /**
   * One line of the waterfall.
   *
   * @param span the span
   * @param lastAtDepth for the span and each of its ancestors but the root, outermost first:
   *     whether it is the last of its siblings
   */
  record Row(SpanData span, List<Boolean> lastAtDepth) {}

  private final Map<String, List<SpanData>> children = new HashMap<>();
  private final List<Row> rows = new ArrayList<>();

  private TraceTree() {}

  /** Every span once, parents before their children. */
  static List<Row> rows(List<SpanData> spans) {
    TraceTree tree = new TraceTree();
    Set<String> here = new HashSet<>();
    for (SpanData span : spans) {
      here.add(span.getSpanId());
    }
    List<SpanData> roots = new ArrayList<>();
    for (SpanData span : spans) {
      String parent = span.getParentSpanId();
      if (here.contains(parent) && !parent.equals(span.getSpanId())) {
        tree.children.computeIfAbsent(parent, unused -> new ArrayList<>()).add(span);
      } else {
        roots.add(span);
      }
    }
    roots.sort(BY_START);
    for (SpanData root : roots) {
      tree.add(root, List.of());
    }
    // Parents that are each other's descendants have no root; show them rather than lose them.
    while (!tree.children.isEmpty()) {
      List<SpanData> lost = tree.children.values().iterator().next();
      tree.add(lost.remove(0), List.of());
      tree.children.values().removeIf(List::isEmpty);
    }
    return tree.rows;
  }

  private void add(SpanData span, List<Boolean> lastAtDepth) {
    rows.add(new Row(span, lastAtDepth));
    List<SpanData> below = children.remove(span.getSpanId());
    if (below == null) {
      return;
    }
    below.sort(BY_START);
    for (int i = 0; i < below.size(); i++) {
      List<Boolean> path = new ArrayList<>(lastAtDepth);
      path.add(i == below.size() - 1);
      add(below.get(i), List.copyOf(path));
    }
  }
}
