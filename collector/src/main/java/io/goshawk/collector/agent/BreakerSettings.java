// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.config.component.GoshawkReceiverConfig.Breaker;
import io.goshawk.config.schema.Settings;
import java.time.Duration;
import java.util.Optional;

/**
 * What rows may cost.
 *
 * @param budget the share of a binary's CPU time that its probes may take
 * @param window how long is measured before it is decided
 * @param retryAfter when a row comes back for the first time
 */
public record BreakerSettings(double budget, Duration window, Duration retryAfter) {

  /** By the section {@code breaker} of the receiver; empty if there is to be none. */
  static Optional<BreakerSettings> of(Settings breaker) {
    return breaker
        .find(Breaker.CPU_PERCENT)
        .map(
            percent ->
                new BreakerSettings(
                    percent / 100, breaker.get(Breaker.WINDOW), breaker.get(Breaker.RETRY_AFTER)));
  }
}
