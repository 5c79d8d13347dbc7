// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.component;

import io.goshawk.collector.telemetry.EncodedBatch;
import java.util.Optional;

/** Who takes spans. */
@FunctionalInterface
public interface BatchConsumer {

  /** Takes the batch over, to hand it on or to release it. Never blocks. Safe for threads. */
  void accept(EncodedBatch batch);

  /**
   * Why it would drop what came now; empty while it takes spans. Who can make its sender wait asks
   * before it hands a batch over. Never blocks. Safe for threads.
   */
  default Optional<String> refusal() {
    return Optional.empty();
  }
}
