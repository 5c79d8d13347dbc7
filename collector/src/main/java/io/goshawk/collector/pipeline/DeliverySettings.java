// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import java.time.Duration;

/**
 * How one exporter's queue behaves.
 *
 * @param queueSpans the most spans that wait or are under way; further ones are dropped and counted
 * @param batchSpans the most spans of one request
 * @param maxDelay how long a span waits for its batch to fill
 * @param retry what happens when the backend does not answer as it should
 */
public record DeliverySettings(
    int queueSpans, int batchSpans, Duration maxDelay, RetrySettings retry) {

  /** Refuses a batch that no queue could hold. */
  public DeliverySettings {
    if (batchSpans < 1 || queueSpans < batchSpans) {
      throw new IllegalArgumentException(
          "a queue of " + queueSpans + " spans for batches of " + batchSpans);
    }
    if (maxDelay.isNegative()) {
      throw new IllegalArgumentException("a delay of " + maxDelay);
    }
  }

  /** The same without waiting for a batch to fill, for files and terminals. */
  public DeliverySettings withMaxDelay(Duration delay) {
    return new DeliverySettings(queueSpans, batchSpans, delay, retry);
  }
}
