// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import io.goshawk.loader.text.JsonText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The books as one line of JSON: by what is counted of, then by what is counted. */
final class SummaryJson {
  private SummaryJson() {}

  static String of(LedgerSnapshot ledger) {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("at_rest", ledger.atRest());
    for (Table table : Books.tables(ledger)) {
      if (table.heading().isEmpty()) {
        summary.putAll(column(table.rows(), 0));
      } else {
        Map<String, Object> columns = new LinkedHashMap<>();
        for (int i = 0; i < table.columns().size(); i++) {
          columns.put(table.columns().get(i), column(table.rows(), i));
        }
        summary.put(table.key(), columns);
      }
    }
    Optional<Imbalance> imbalance = ledger.check();
    summary.put("balanced", imbalance.isEmpty());
    imbalance.ifPresent(found -> summary.put("imbalance", found.toString()));
    return JsonText.line(summary);
  }

  private static Map<String, Long> column(List<Table.Row> rows, int column) {
    Map<String, Long> counts = new LinkedHashMap<>();
    rows.forEach(row -> counts.put(row.key(), row.counts().get(column)));
    return counts;
  }
}
