// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;

import io.goshawk.spans.otlp.ProtoBuffer;
import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import java.io.ByteArrayOutputStream;

/** Changes single fields of an encoded span. */
final class SpanBytes {
  private SpanBytes() {}

  /** The message with a field of text in place of all of that number. */
  static byte[] withText(byte[] bytes, int from, int to, int field, String text) {
    ByteArrayOutputStream message = new ByteArrayOutputStream(to - from + text.length() + 4);
    try {
      int before = from;
      for (ProtoReader fields = new ProtoReader(bytes, from, to - from); fields.next(); ) {
        if (fields.field() != field) {
          message.write(bytes, before, fields.position() - before);
        }
        before = fields.position();
      }
    } catch (MalformedException e) {
      throw new IllegalStateException("a span that was checked cannot be read", e);
    }
    if (!text.isEmpty()) {
      ProtoBuffer out = new ProtoBuffer();
      out.string(lengthTag(field), text);
      message.writeBytes(out.toByteArray());
    }
    return message.toByteArray();
  }

  /** A field {@code ScopeSpans.spans} with that message. */
  static byte[] asField(byte[] message) {
    ByteArrayOutputStream field = new ByteArrayOutputStream(message.length + 6);
    ProtoBuffer head = new ProtoBuffer();
    head.varint(message.length);
    head.tag(lengthTag(OtlpFields.SCOPE_SPANS_SPANS));
    field.writeBytes(head.toByteArray());
    field.writeBytes(message);
    return field.toByteArray();
  }
}
