// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import java.time.Duration;

/**
 * How one exporter's queue behaves.
 *
 * @param sizer what the size of the queue is counted in
 * @param queueSize the most that waits or is under way; what is beyond is dropped and counted
 * @param batching how what waits is made into requests
 * @param retry what happens when the backend does not answer as it should
 */
public record DeliverySettings(
    Sizer sizer, long queueSize, Batching batching, RetrySettings retry) {

  /** In what sizes are counted. */
  public enum Sizer {
    /** Batches as they come. */
    REQUESTS,
    /** Spans, or data points of metrics. */
    ITEMS,
    /** Of encoded items, without their resources. */
    BYTES
  }

  /**
   * How requests are made.
   *
   * @param sizer what their sizes are counted in: spans or bytes
   * @param minSize the size at which one is made at once
   * @param maxSize the most of one request, unless a single span is larger
   * @param maxDelay how long a span waits for the smallest size
   */
  public record Batching(Sizer sizer, long minSize, long maxSize, Duration maxDelay) {

    /** Whatever is there goes at once, as much of it as a backend takes. */
    public static final Batching NONE =
        new Batching(Sizer.ITEMS, 1, Integer.MAX_VALUE, Duration.ZERO);

    public Batching {
      if (sizer == Sizer.REQUESTS || minSize < 1 || maxSize < minSize || maxDelay.isNegative()) {
        throw new IllegalArgumentException(
            "batches of " + minSize + " to " + maxSize + " " + sizer + " after " + maxDelay);
      }
    }

    /** The most spans of one request. */
    int maxSpans() {
      return sizer == Sizer.ITEMS ? (int) Math.min(Integer.MAX_VALUE, maxSize) : Integer.MAX_VALUE;
    }

    /** The most bytes of one request. */
    long maxBytes() {
      return sizer == Sizer.BYTES ? maxSize : Long.MAX_VALUE;
    }
  }

  /** Refuses a queue that would never have room. */
  public DeliverySettings {
    if (queueSize < 1) {
      throw new IllegalArgumentException("a queue of " + queueSize + " " + sizer);
    }
  }

  /** A queue of so many spans, whose requests have so many, or fewer after the delay. */
  public static DeliverySettings ofSpans(
      int queueSpans, int batchSpans, Duration maxDelay, RetrySettings retry) {
    if (queueSpans < batchSpans) {
      throw new IllegalArgumentException(
          "a queue of " + queueSpans + " spans for batches of " + batchSpans);
    }
    return new DeliverySettings(
        Sizer.ITEMS,
        queueSpans,
        new Batching(Sizer.ITEMS, batchSpans, batchSpans, maxDelay),
        retry);
  }
}
