// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** The time of day as OTLP has it. */
public final class WallClock {
  private WallClock() {}

  /** Nanoseconds since 1970. */
  public static long epochNanos() {
    Instant now = Instant.now();
    return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
  }
}
