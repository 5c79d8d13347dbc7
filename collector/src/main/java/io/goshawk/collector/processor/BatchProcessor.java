// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Processor;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.config.component.BatchConfig;
import io.goshawk.config.schema.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** Gathers spans until they are enough or have waited long enough. */
final class BatchProcessor implements Processor {
  private final LongSupplier nanoClock;
  private final long timeoutNanos;
  private final long sendSize;
  private final long maxSize;
  private final List<EncodedBatch> waiting = new ArrayList<>();
  private volatile long waitingSpans;
  private long sinceNanos;

  BatchProcessor(ComponentContext context, Settings settings) {
    nanoClock = context.nanoClock();
    timeoutNanos = settings.get(BatchConfig.TIMEOUT).toNanos();
    sendSize = settings.get(BatchConfig.SEND_BATCH_SIZE);
    maxSize = settings.get(BatchConfig.SEND_BATCH_MAX_SIZE);
  }

  @Override
  public void process(EncodedBatch batch, Output output) {
    if (batch.size() == 0) {
      batch.release();
      return;
    }
    if (waiting.isEmpty()) {
      sinceNanos = nanoClock.getAsLong();
    }
    waiting.add(batch);
    hold(waitingSpans + batch.size());
    // Without a timeout a size means nothing but where a batch is cut: as in the Collector.
    while (waitingSpans > 0 && (timeoutNanos == 0 || sendSize == 0 || waitingSpans >= sendSize)) {
      send(output);
    }
  }

  @Override
  public long tick(long nowNanos, Output output) {
    if (waiting.isEmpty()) {
      return timeoutNanos == 0 ? Long.MAX_VALUE : timeoutNanos;
    }
    long left = timeoutNanos - (nowNanos - sinceNanos);
    if (left > 0) {
      return left;
    }
    drain(output);
    return timeoutNanos;
  }

  @Override
  public void drain(Output output) {
    while (waitingSpans > 0) {
      send(output);
    }
  }

  @Override
  public long held() {
    return waitingSpans;
  }

  /** Emits what waits, or as much of it as one batch may have. */
  private void send(Output output) {
    EncodedBatch all = EncodedBatch.concat(waiting);
    waiting.clear();
    if (maxSize > 0 && all.size() > maxSize) {
      EncodedBatch head = all.head((int) maxSize);
      EncodedBatch tail = all.tail((int) maxSize);
      all.release();
      all = head;
      if (tail.size() > 0) {
        waiting.add(tail);
      } else {
        tail.release();
      }
    }
    hold(waitingSpans - all.size());
    sinceNanos = nanoClock.getAsLong();
    output.emit(all);
  }

  // Written by one thread at a time, read by whoever looks at the books.
  private void hold(long spans) {
    waitingSpans = spans;
  }
}
