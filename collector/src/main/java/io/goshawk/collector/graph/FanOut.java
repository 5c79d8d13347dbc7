// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.graph;

import io.goshawk.collector.component.TraceConsumer;
import io.goshawk.collector.telemetry.TraceBatch;
import java.util.List;

/** One after the other gets the same batch. */
record FanOut(List<TraceConsumer> consumers) implements TraceConsumer {
  FanOut {
    consumers = List.copyOf(consumers);
    if (consumers.isEmpty()) {
      throw new IllegalArgumentException("nobody takes what comes");
    }
  }

  @Override
  public void accept(TraceBatch batch) {
    // Before the first has it: it may be done with it at once.
    for (int i = 1; i < consumers.size(); i++) {
      batch.retain();
    }
    consumers.forEach(consumer -> consumer.accept(batch));
  }
}
