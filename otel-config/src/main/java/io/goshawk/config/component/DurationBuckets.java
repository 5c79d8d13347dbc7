// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Reading;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.time.Duration;
import java.util.List;

/** The buckets of histograms of durations that connectors make. */
final class DurationBuckets {
  private DurationBuckets() {}

  /** A key for their upper bounds, with the Collector's default. */
  static Key<List<Duration>> bounds(String name, String doc) {
    return Key.of(name, Types.listOf(Types.duration()), doc)
        .or(
            "2ms, 4ms, 6ms, 8ms, 10ms, 50ms, 100ms, 200ms, 400ms, 800ms, 1s, 1400ms, 2s, 5s, 10s,"
                + " 15s");
  }

  /** Reports bounds that do not rise. */
  static void check(Settings settings, Key<List<Duration>> key, Reading at) {
    List<Duration> bounds = settings.get(key);
    for (int i = 1; i < bounds.size(); i++) {
      if (bounds.get(i).compareTo(bounds.get(i - 1)) <= 0) {
        at.member(key.name())
            .element(i)
            .error(settings.origin(key), "is no more than the bound before it");
      }
    }
  }
}
