// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Where spans differ from the truth: kind of difference, how often, and a few examples each. */
final class Differences {

  private static final int EXAMPLES = 5;

  private final Map<String, List<String>> examplesByKind = new TreeMap<>();

  void add(String what, String example) {
    examplesByKind.computeIfAbsent(what, unused -> new ArrayList<>()).add(example);
  }

  /** A line for each kind. Empty if nothing differs. */
  List<String> report() {
    List<String> report = new ArrayList<>();
    examplesByKind.forEach(
        (what, examples) ->
            report.add(
                what
                    + ", "
                    + examples.size()
                    + " times: "
                    + String.join("; ", examples.subList(0, Math.min(EXAMPLES, examples.size())))));
    return report;
  }
}
