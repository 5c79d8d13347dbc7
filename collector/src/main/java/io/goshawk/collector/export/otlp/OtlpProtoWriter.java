// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;

import io.goshawk.spans.otlp.AttributeFields;
import io.goshawk.spans.otlp.ProtoBuffer;
import io.goshawk.spans.otlp.SpanBatch;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes spans as an {@code ExportTraceServiceRequest} in Protocol Buffers' binary form. The spans
 * are in that form already: this puts resources and scopes around them.
 *
 * <p>The numbers of fields are those of opentelemetry/proto/{collector/trace,trace,resource,
 * common}/v1. Members with their default value are left out. Confined to one thread at a time.
 */
public final class OtlpProtoWriter implements OtlpWriter {

  /** Bytes of the message, not copied. */
  private record Piece(byte[] bytes, int from, int to) {}

  /** From its beginning to its end. */
  private final List<Piece> message = new ArrayList<>();

  private final ProtoBuffer out = new ProtoBuffer();
  private int length;

  @Override
  public MessageWriter message(SpanBatch batch) {
    message.clear();
    length = 0;
    // Back to front, since a length comes before what it is the length of.
    List<SpanGroups.OfResource> resources = SpanGroups.of(batch);
    for (int i = resources.size() - 1; i >= 0; i--) {
      resourceSpans(resources.get(i));
    }
    Collections.reverse(message);
    return new MessageWriter() {
      @Override
      public void writeMessage(OutputStream sink) throws IOException {
        for (Piece piece : message) {
          sink.write(piece.bytes(), piece.from(), piece.to() - piece.from());
        }
      }

      @Override
      public int getContentLength() {
        return length;
      }
    };
  }

  private void resourceSpans(SpanGroups.OfResource home) {
    int before = length;
    out.clear();
    stringUnlessEmpty(3, home.resource().getSchemaUrl());
    addWritten();
    for (int i = home.scopes().size() - 1; i >= 0; i--) {
      scopeSpans(home.scopes().get(i));
    }
    out.clear();
    AttributeFields.write(out, lengthTag(1), home.resource().getAttributes());
    out.endOfField(lengthTag(1), 0);
    out.varint(length - before + out.length());
    out.tag(lengthTag(1));
    addWritten();
  }

  private void scopeSpans(SpanGroups.OfScope home) {
    int before = length;
    InstrumentationScopeInfo scope = home.scope();
    out.clear();
    stringUnlessEmpty(3, scope.getSchemaUrl());
    addWritten();
    for (int i = home.groups().size() - 1; i >= 0; i--) {
      SpanBatch.Group group = home.groups().get(i);
      add(new Piece(group.bytes(), group.from(), group.to()));
    }
    out.clear();
    AttributeFields.write(out, lengthTag(3), scope.getAttributes());
    stringUnlessEmpty(2, scope.getVersion());
    stringUnlessEmpty(1, scope.getName());
    out.endOfField(lengthTag(1), 0);
    out.varint(length - before + out.length());
    out.tag(lengthTag(2));
    addWritten();
  }

  private void addWritten() {
    byte[] written = out.toByteArray();
    add(new Piece(written, 0, written.length));
  }

  private void add(Piece piece) {
    message.add(piece);
    length += piece.to() - piece.from();
  }

  private void stringUnlessEmpty(int field, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      out.string(lengthTag(field), value);
    }
  }
}
