// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static java.util.stream.Collectors.toSet;

import io.goshawk.config.component.GoshawkReceiverConfig.Attribution;
import io.goshawk.config.component.GoshawkReceiverConfig.Rows;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Settings;
import io.goshawk.loader.probe.AttributionLevel;
import io.goshawk.loader.probe.ProbePlan;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Which rows of probes the configuration wants.
 *
 * @param attribution what of those that tell where time went
 * @param named whether a row is on, whatever the level says of it, by name
 */
record RowChoice(AttributionLevel attribution, Map<String, Boolean> named) {

  RowChoice {
    named = Map.copyOf(named);
  }

  /** By the keys of two sections. */
  static RowChoice of(Settings attribution, Settings rows) {
    Map<String, Boolean> named = new HashMap<>();
    for (Key<Boolean> row : Rows.ALL) {
      rows.find(row).ifPresent(on -> named.put(row.name(), on));
    }
    String level = attribution.get(Attribution.LEVEL);
    return new RowChoice(AttributionLevel.valueOf(level.toUpperCase(Locale.ROOT)), named);
  }

  /** What is left of a plan. */
  ProbePlan of(ProbePlan plan) {
    return plan.at(attribution, named.keySet())
        .without(
            named.keySet().stream().filter(row -> !named.get(row)).collect(toSet()),
            "the configuration turns it off");
  }
}
