// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import io.goshawk.collector.telemetry.EncodedBatch;
import io.opentelemetry.sdk.common.export.MessageWriter;

/**
 * Writes spans or metrics as one OTLP message, in one of its encodings. Confined to one thread at a
 * time.
 */
public interface OtlpWriter {

  /**
   * The batch as a request of OTLP's export service, valid until the next call, and as long as the
   * batch is not released.
   */
  MessageWriter message(EncodedBatch batch);
}
