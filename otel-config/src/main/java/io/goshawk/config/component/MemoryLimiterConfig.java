// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Reading;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.time.Duration;
import java.util.Set;

/** The processor {@code memory_limiter}. */
public final class MemoryLimiterConfig {
  public static final Key<Duration> CHECK_INTERVAL =
      Key.of(
              "check_interval",
              Types.duration(Duration.ofMillis(1)),
              "How often memory is looked at; a second is a good choice.")
          .mandatory();
  public static final Key<Long> LIMIT_MIB =
      Key.of("limit_mib", Types.count(), "The most memory of the Java heap, in MiB; 0 for unsaid.")
          .or("0");
  public static final Key<Long> SPIKE_LIMIT_MIB =
      Key.of(
              "spike_limit_mib",
              Types.count(),
              "So much below the limit data is refused; 0 for a fifth of the limit.")
          .or("0");
  public static final Key<Long> LIMIT_PERCENTAGE =
      Key.of(
              "limit_percentage",
              Types.whole(0, 100),
              "The most memory as a share of what the Java heap may have; 0 for unsaid.")
          .or("0");
  public static final Key<Long> SPIKE_LIMIT_PERCENTAGE =
      Key.of(
              "spike_limit_percentage",
              Types.whole(0, 100),
              "The same for spikes; 0 for a fifth of limit_percentage.")
          .or("0");
  public static final Key<Duration> MIN_GC_INTERVAL_WHEN_SOFT_LIMITED =
      Key.of(
              "min_gc_interval_when_soft_limited",
              Types.duration(),
              "The shortest time between garbage collections above the soft limit.")
          .or("10s");
  public static final Key<Duration> MIN_GC_INTERVAL_WHEN_HARD_LIMITED =
      Key.of(
              "min_gc_interval_when_hard_limited",
              Types.duration(),
              "The shortest time between garbage collections above the limit.")
          .or("0s");

  static final Declaration DECLARATION =
      Declaration.processor(
          "memory_limiter",
          Set.of(Signal.TRACES, Signal.METRICS),
          Section.of(
                  CHECK_INTERVAL,
                  LIMIT_MIB,
                  SPIKE_LIMIT_MIB,
                  LIMIT_PERCENTAGE,
                  SPIKE_LIMIT_PERCENTAGE,
                  MIN_GC_INTERVAL_WHEN_SOFT_LIMITED,
                  MIN_GC_INTERVAL_WHEN_HARD_LIMITED)
              .check(
                  (settings, at) -> {
                    if (settings.get(LIMIT_MIB) == 0 && settings.get(LIMIT_PERCENTAGE) == 0) {
                      at.error(settings.origin(), "needs limit_mib or limit_percentage");
                    }
                    notBelow(settings, LIMIT_MIB, SPIKE_LIMIT_MIB, at);
                    notBelow(settings, LIMIT_PERCENTAGE, SPIKE_LIMIT_PERCENTAGE, at);
                  }),
          "Refuses data while the agent's memory is short, and counts what it refuses. Comes first"
              + " in a pipeline.",
          """
          check_interval: 1s
          limit_percentage: 80
          spike_limit_percentage: 20
          """);

  private MemoryLimiterConfig() {}

  private static void notBelow(Settings settings, Key<Long> limit, Key<Long> spike, Reading at) {
    if (settings.get(limit) > 0 && settings.get(spike) >= settings.get(limit)) {
      at.member(spike.name()).error(settings.origin(spike), "has to be less than " + limit.name());
    }
  }
}
