// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export;

import io.goshawk.collector.pipeline.DeliverySettings;
import io.goshawk.collector.pipeline.DeliverySettings.Batching;
import io.goshawk.collector.pipeline.DeliverySettings.Sizer;
import io.goshawk.collector.pipeline.RetrySettings;
import io.goshawk.config.component.QueueConfig;
import io.goshawk.config.component.RetryConfig;
import io.goshawk.config.schema.Settings;

/** How an exporter's queue behaves, by {@code sending_queue} and {@code retry_on_failure}. */
final class Delivery {
  private Delivery() {}

  /** To a backend. */
  static DeliverySettings of(Settings exporter) {
    return of(
        exporter.get(QueueConfig.SENDING_QUEUE), retry(exporter.get(RetryConfig.RETRY_ON_FAILURE)));
  }

  /** Into a file or onto a terminal: what cannot be written now is not written later. */
  static DeliverySettings local(Settings exporter) {
    return of(exporter.get(QueueConfig.SENDING_QUEUE), RetrySettings.NONE);
  }

  private static DeliverySettings of(Settings queue, RetrySettings retry) {
    Sizer sizer =
        switch (queue.get(QueueConfig.SIZER)) {
          case "items" -> Sizer.ITEMS;
          case "bytes" -> Sizer.BYTES;
          default -> Sizer.REQUESTS;
        };
    return new DeliverySettings(
        sizer,
        queue.get(QueueConfig.QUEUE_SIZE),
        queue.find(QueueConfig.BATCH).map(Delivery::batching).orElse(Batching.NONE),
        retry);
  }

  private static Batching batching(Settings batch) {
    long most = batch.get(QueueConfig.Batch.MAX_SIZE);
    return new Batching(
        batch.get(QueueConfig.Batch.SIZER).equals("bytes") ? Sizer.BYTES : Sizer.ITEMS,
        Math.max(1, batch.get(QueueConfig.Batch.MIN_SIZE)),
        most == 0 ? Long.MAX_VALUE : most,
        batch.get(QueueConfig.Batch.FLUSH_TIMEOUT));
  }

  private static RetrySettings retry(Settings retry) {
    return retry.get(RetryConfig.ENABLED)
        ? new RetrySettings(
            retry.get(RetryConfig.INITIAL_INTERVAL),
            retry.get(RetryConfig.MULTIPLIER),
            retry.get(RetryConfig.MAX_INTERVAL),
            retry.get(RetryConfig.MAX_ELAPSED_TIME),
            retry.get(RetryConfig.RANDOMIZATION_FACTOR))
        : RetrySettings.NONE;
  }
}
