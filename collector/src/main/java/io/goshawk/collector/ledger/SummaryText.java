// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import io.goshawk.loader.text.Printable;
import java.util.List;
import java.util.Locale;

/** The books as the block of text that ends a run. */
final class SummaryText {
  private static final int LABEL_WIDTH = 40;
  private static final int NUMBER_WIDTH = 12;

  /** Of a table that has a line for each of what it counts of. */
  private static final int MOST_LINES = 32;

  private final StringBuilder text = new StringBuilder(1024);

  private SummaryText() {}

  static String of(LedgerSnapshot ledger) {
    SummaryText summary = new SummaryText();
    for (Table table : Books.tables(ledger)) {
      if (table.key().equals("services")) {
        summary.lines(table);
      } else {
        summary.columns(table);
      }
    }
    summary.verdict(ledger);
    return summary.text.toString();
  }

  /** Few that are counted of, much that is counted: a column for each of the former. */
  private void columns(Table table) {
    List<String> names = table.columns();
    if (names.isEmpty()) {
      return;
    }
    boolean nameless = names.size() == 1 && table.nameless();
    if (!nameless) {
      label(table.heading());
      names.forEach(name -> right(Printable.name(name), width(name)));
      text.append('\n');
    }
    for (Table.Row row : table.rows()) {
      if (row.isShown()) {
        label("  ".repeat(row.depth()) + Printable.of(row.label()));
        for (int i = 0; i < names.size(); i++) {
          right(number(row.counts().get(i)), nameless ? NUMBER_WIDTH : width(names.get(i)));
        }
        text.append('\n');
      }
    }
  }

  /** Many that are counted of: a line for each, where there is more than one. */
  private void lines(Table table) {
    List<String> names = table.columns();
    if (names.size() < 2) {
      return;
    }
    List<Table.Row> shown = table.rows().stream().filter(Table.Row::isShown).toList();
    label(table.heading());
    shown.forEach(row -> right(row.label(), NUMBER_WIDTH));
    text.append('\n');
    for (int i = 0; i < Math.min(names.size(), MOST_LINES); i++) {
      label("  " + Printable.name(names.get(i)));
      for (Table.Row row : shown) {
        right(number(row.counts().get(i)), NUMBER_WIDTH);
      }
      text.append('\n');
    }
    if (names.size() > MOST_LINES) {
      text.append("  and ").append(number(names.size() - MOST_LINES)).append(" more\n");
    }
  }

  private void verdict(LedgerSnapshot ledger) {
    label("balance");
    text.append("  ");
    if (ledger.check().isPresent()) {
      text.append("does not add up: ").append(Printable.of(ledger.check().get().toString()));
    } else if (ledger.isEmpty()) {
      text.append("nothing to add up: no request was seen");
    } else {
      text.append("adds up: every request is in a row above");
    }
  }

  private void label(String label) {
    text.append(label);
    pad(LABEL_WIDTH - label.length());
  }

  private void right(String value, int width) {
    // At least one space, so that neighbours never run together.
    pad(Math.max(1, width - value.length()));
    text.append(value);
  }

  private static int width(String name) {
    return Math.max(NUMBER_WIDTH, Printable.name(name).length() + 2);
  }

  private void pad(int count) {
    for (int i = 0; i < count; i++) {
      text.append(' ');
    }
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }
}
