// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.time.Duration;

/** {@code retry_on_failure}: configretry.BackOffConfig. */
public final class RetryConfig {
  private static final Duration SHORTEST = Duration.ofMillis(1);

  public static final Key<Boolean> ENABLED =
      Key.of("enabled", Types.bool(), "Try again what failed for a while.").or("true");
  public static final Key<Duration> INITIAL_INTERVAL =
      Key.of("initial_interval", Types.duration(SHORTEST), "The first pause.").or("5s");
  public static final Key<Double> RANDOMIZATION_FACTOR =
      Key.of(
              "randomization_factor",
              Types.real(0, 1),
              "The share of a pause by which it varies at random, to either side.")
          .or("0.5");
  public static final Key<Double> MULTIPLIER =
      Key.of("multiplier", Types.real(1, 1_000), "By which each pause grows.").or("1.5");
  public static final Key<Duration> MAX_INTERVAL =
      Key.of("max_interval", Types.duration(SHORTEST), "The longest pause.").or("30s");
  public static final Key<Duration> MAX_ELAPSED_TIME =
      Key.of(
              "max_elapsed_time",
              Types.duration(),
              "The time from the first try after which a request is given up; 0s for never.")
          .or("300s");

  public static final Key<Settings> RETRY_ON_FAILURE =
      Key.of(
          "retry_on_failure",
          Types.section(
              Section.of(
                      ENABLED,
                      INITIAL_INTERVAL,
                      RANDOMIZATION_FACTOR,
                      MULTIPLIER,
                      MAX_INTERVAL,
                      MAX_ELAPSED_TIME)
                  .check(
                      (settings, at) -> {
                        if (settings.get(MAX_INTERVAL).compareTo(settings.get(INITIAL_INTERVAL))
                            < 0) {
                          at.member(MAX_INTERVAL.name())
                              .error(
                                  settings.origin(MAX_INTERVAL),
                                  "is shorter than initial_interval");
                        }
                      })),
          "What happens when the backend does not answer as it should.");

  private RetryConfig() {}
}
