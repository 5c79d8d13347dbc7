// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

import java.time.Duration;

/**
 * How spans are gathered into requests: {@code OTEL_BSP_*}.
 *
 * <p>The defaults are not those of an SDK, whose queue of 2048 serves one process: this agent
 * serves a machine, so that queue would be full within 41 ms at 50,000 spans/s, and a delay of 5 s
 * would hide a span for longer than the 2 s in which it should be seen. A variable that is set
 * counts as it stands.
 *
 * @param scheduleDelay how long a span waits for its batch to fill
 * @param exportTimeout the most that one try to deliver a batch may take; zero for no limit
 * @param maxQueueSpans the most spans waiting for one exporter
 * @param maxBatchSpans the most spans of one request
 */
public record BatchSettings(
    Duration scheduleDelay, Duration exportTimeout, int maxQueueSpans, int maxBatchSpans) {

  /** Half a second, 30 s, 8192 and 1024 spans. */
  public static final BatchSettings DEFAULT =
      new BatchSettings(Duration.ofMillis(500), Duration.ofSeconds(30), 8_192, 1_024);

  /** Refuses a batch that no queue could hold. */
  public BatchSettings {
    if (maxBatchSpans < 1 || maxQueueSpans < maxBatchSpans) {
      throw new IllegalArgumentException(
          "a queue of " + maxQueueSpans + " spans for batches of " + maxBatchSpans);
    }
  }

  /** Reads the four variables; a batch larger than the queue is cut to it, with a warning. */
  public static BatchSettings from(Environment environment) {
    Duration delay =
        environment.millis(0, "OTEL_BSP_SCHEDULE_DELAY").orElse(DEFAULT.scheduleDelay());
    Duration timeout =
        environment.millis(0, "OTEL_BSP_EXPORT_TIMEOUT").orElse(DEFAULT.exportTimeout());
    int queue = environment.number(1, "OTEL_BSP_MAX_QUEUE_SIZE").orElse(DEFAULT.maxQueueSpans());
    int batch =
        environment
            .number(1, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE")
            .orElse(Math.min(queue, DEFAULT.maxBatchSpans()));
    if (batch > queue) {
      environment.warn(
          "OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "
              + batch
              + " is more than the queue's "
              + queue
              + ", which is used instead; raise OTEL_BSP_MAX_QUEUE_SIZE");
      batch = queue;
    }
    return new BatchSettings(delay, timeout, queue, batch);
  }
}
