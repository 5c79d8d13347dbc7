// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export;

import io.goshawk.collector.export.otlp.OtlpExporter;
import io.goshawk.collector.pipeline.DeliverySettings;
import io.goshawk.collector.pipeline.RetrySettings;
import io.goshawk.collector.pipeline.TraceExporter;
import io.goshawk.config.BatchSettings;
import io.goshawk.config.OtlpSettings;
import java.time.Duration;

/** Makes exporters, and the settings of their queues, from configuration. */
public final class Exporters {
  private Exporters() {}

  /**
   * The exporter to an OTLP backend, named {@code otlp}. Nothing is connected yet. A try takes no
   * longer than OTLP's timeout, nor than the batch's.
   *
   * @throws io.goshawk.config.ConfigException if a TLS file cannot be used
   */
  public static TraceExporter otlp(OtlpSettings settings, BatchSettings batch) {
    Duration timeout = shorter(settings.timeout(), batch.exportTimeout());
    return new OtlpExporter(
        "otlp", timeout, outcomes -> SdkExporters.create(settings.withTimeout(timeout), outcomes));
  }

  /** Of two limits, of which zero is none. */
  private static Duration shorter(Duration one, Duration other) {
    if (one.isZero() || other.isZero()) {
      return one.plus(other);
    }
    return one.compareTo(other) < 0 ? one : other;
  }

  /** The queue of an exporter to a backend: batches fill for a while, failures are retried. */
  public static DeliverySettings backendDelivery(BatchSettings batch) {
    return new DeliverySettings(
        batch.maxQueueSpans(), batch.maxBatchSpans(), batch.scheduleDelay(), RetrySettings.DEFAULT);
  }

  /** The queue of the file and the console: what comes is written at once. */
  public static DeliverySettings localDelivery(BatchSettings batch) {
    return backendDelivery(batch).withMaxDelay(Duration.ZERO);
  }
}
