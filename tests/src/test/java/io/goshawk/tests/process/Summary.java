// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.process;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The block of text in which the agent accounts for every request when it ends.
 *
 * @param rows number by label, the first exporter's where there are several; indentation removed
 * @param text as printed
 */
public record Summary(Map<String, Long> rows, String text) {

  private static final Pattern ROW =
      Pattern.compile("^ *(\\S[^\\n]*?) {2,}([0-9,]+)(?: .*)?$", Pattern.MULTILINE);

  /** The first that the agent has printed. */
  public static Summary parse(String errors) {
    int start = errors.indexOf("requests seen");
    if (start < 0) {
      throw new IllegalStateException("the agent printed no summary:\n" + errors);
    }
    String text = errors.substring(start);
    Map<String, Long> rows = new LinkedHashMap<>();
    Matcher row = ROW.matcher(text);
    while (row.find()) {
      rows.merge(row.group(1), Long.valueOf(row.group(2).replace(",", "")), Long::sum);
    }
    return new Summary(rows, text);
  }

  /** The number in a row; a row that was not printed is zero. */
  public long count(String label) {
    return rows.getOrDefault(label, 0L);
  }

  /** Whether the agent itself says that its books are in order. */
  public boolean addsUp() {
    return text.contains("adds up: every request");
  }
}
