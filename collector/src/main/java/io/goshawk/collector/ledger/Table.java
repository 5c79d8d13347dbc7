// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import java.util.List;

/**
 * Numbers of the books that belong together, for both views: what they are counted of, a library,
 * an exporter, a service, by what is counted.
 *
 * @param key for programs
 * @param heading for people: what the columns are; empty if there is but one, without a name
 * @param columns what is counted of
 * @param rows what is counted
 */
record Table(String key, String heading, List<String> columns, List<Row> rows) {

  /** When people see a row. */
  enum Show {
    ALWAYS,
    /** A loss has a row only when it happened. */
    IF_ANY
  }

  /**
   * One number of each column.
   *
   * @param key for programs
   * @param label for people
   * @param depth of its indentation
   */
  record Row(String key, String label, Show show, int depth, List<Long> counts) {

    Row {
      counts = List.copyOf(counts);
    }

    boolean isShown() {
      return show == Show.ALWAYS || counts.stream().anyMatch(count -> count != 0);
    }

    Row indented() {
      return new Row(key, label, show, depth + 1, counts);
    }
  }

  Table {
    columns = List.copyOf(columns);
    rows = List.copyOf(rows);
  }

  /** Whether a single column says by itself what it is counted of. */
  boolean nameless() {
    return key.equals("libraries") || heading.isEmpty();
  }

  static <C> Row row(Stage.Line<C> line, Show show, int depth, List<C> columns) {
    return new Row(
        line.key(),
        line.label(),
        show,
        depth,
        columns.stream().map(counts -> line.count().applyAsLong(counts)).toList());
  }
}
