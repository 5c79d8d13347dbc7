// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import io.goshawk.spans.otlp.SpanBatch;
import io.opentelemetry.sdk.common.export.MessageWriter;

/** Writes spans as one OTLP message, in one of its encodings. Confined to one thread at a time. */
public interface OtlpWriter {

  /**
   * The spans as an {@code ExportTraceServiceRequest}, valid until the next call, and as long as
   * the batch is not released.
   */
  MessageWriter message(SpanBatch batch);
}
