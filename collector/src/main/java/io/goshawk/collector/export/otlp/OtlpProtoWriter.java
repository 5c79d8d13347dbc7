// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.EncodedRequest;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.IOException;
import java.io.OutputStream;

/** Sends batches in Protocol Buffers' binary form, which they are in already. */
public final class OtlpProtoWriter implements OtlpWriter {
  @Override
  public MessageWriter message(EncodedBatch batch) {
    EncodedRequest request = EncodedRequest.of(batch);
    return new MessageWriter() {
      @Override
      public void writeMessage(OutputStream sink) throws IOException {
        request.writeTo(sink);
      }

      @Override
      public int getContentLength() {
        return request.length();
      }
    };
  }
}
