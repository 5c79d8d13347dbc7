// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.component;

import io.goshawk.collector.telemetry.TraceBatch;

/** Who takes spans. */
@FunctionalInterface
public interface TraceConsumer {

  /** Takes the batch over, to hand it on or to release it. Never blocks. Safe for threads. */
  void accept(TraceBatch batch);
}
