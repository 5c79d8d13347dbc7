package io.goshawk.collector.export.otlp;

import io.goshawk.spans.otlp.SpanBatch;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes spans as one OTLP message, in one of its encodings, into a buffer that is used again.
 * Confined to one thread at a time.
 */
public interface OtlpWriter {

  /** Replaces what is there by one message: an {@code ExportTraceServiceRequest}. */
  void write(SpanBatch batch);

  /** The message's length in bytes. */
  int length();

  /** Writes the message, leaving it in place. */
  void writeTo(OutputStream out) throws IOException;

  /** The message as a sender takes it, valid until the next call of {@link #write}. */
  default MessageWriter asMessage() {
    return new MessageWriter() {
      @Override
      public void writeMessage(OutputStream output) throws IOException {
        writeTo(output);
      }

      @Override
      public int getContentLength() {
        return length();
      }
    };
  }
}
