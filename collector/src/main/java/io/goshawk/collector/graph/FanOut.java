// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.graph;

import io.goshawk.collector.component.BatchConsumer;
import io.goshawk.collector.telemetry.EncodedBatch;
import java.util.List;
import java.util.Optional;

/**
 * One after the other gets the same batch.
 *
 * @param consumers none, if a signal of a receiver is in no pipeline
 * @param books where it is written down before
 */
record FanOut(List<BatchConsumer> consumers, Edge books) implements BatchConsumer {

  /** So many spans go to so many. */
  interface Edge {
    void handedOver(long spans, int consumers);
  }

  FanOut {
    consumers = List.copyOf(consumers);
  }

  @Override
  public void accept(EncodedBatch batch) {
    books.handedOver(batch.size(), consumers.size());
    if (consumers.isEmpty()) {
      batch.release();
      return;
    }
    // Before the first has it: it may be done with it at once.
    for (int i = 1; i < consumers.size(); i++) {
      batch.retain();
    }
    consumers.forEach(consumer -> consumer.accept(batch));
  }

  /** Of any of them: what is sent again must not come to the others twice. */
  @Override
  public Optional<String> refusal() {
    return consumers.stream().map(BatchConsumer::refusal).flatMap(Optional::stream).findFirst();
  }
}
