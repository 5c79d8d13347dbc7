// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;

import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoBuffer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * An {@code ExportTraceServiceRequest} or an {@code ExportMetricsServiceRequest} in Protocol
 * Buffers' binary form. What is in it is in that form already: this puts resources and scopes
 * around them, and copies nothing before it is written. Good as long as its batch is not released.
 */
public final class EncodedRequest {

  /** Bytes of the message, not copied. */
  private record Piece(byte[] bytes, int from, int to) {}

  /** While they are gathered from its end to its beginning: a length comes before what it is of. */
  private final List<Piece> pieces = new ArrayList<>();

  private final ProtoBuffer out = new ProtoBuffer();
  private int length;

  private EncodedRequest() {}

  /** A batch, with each resource and each scope of it once. */
  public static EncodedRequest of(EncodedBatch batch) {
    EncodedRequest request = new EncodedRequest();
    List<ResourceGroups> resources = ResourceGroups.of(batch);
    for (int i = resources.size() - 1; i >= 0; i--) {
      request.resourceSpans(resources.get(i));
    }
    Collections.reverse(request.pieces);
    return request;
  }

  private void resourceSpans(ResourceGroups home) {
    int before = length;
    add(home.resource().beside());
    for (int i = home.scopes().size() - 1; i >= 0; i--) {
      scopeSpans(home.scopes().get(i));
    }
    field(OtlpFields.RESOURCE_SPANS_RESOURCE, home.resource().message());
    head(OtlpFields.REQUEST_RESOURCE_SPANS, length - before);
  }

  private void scopeSpans(ResourceGroups.OfScope home) {
    int before = length;
    add(home.scope().beside());
    for (int i = home.groups().size() - 1; i >= 0; i--) {
      EncodedBatch.Group group = home.groups().get(i);
      add(new Piece(group.bytes(), group.from(), group.to()));
    }
    field(OtlpFields.SCOPE_SPANS_SCOPE, home.scope().message());
    head(OtlpFields.RESOURCE_SPANS_SCOPE_SPANS, length - before);
  }

  private void field(int number, byte[] content) {
    add(content);
    head(number, content.length);
  }

  private void head(int number, int contentLength) {
    out.clear();
    out.varint(contentLength);
    out.tag(lengthTag(number));
    add(out.toByteArray());
  }

  private void add(byte[] bytes) {
    add(new Piece(bytes, 0, bytes.length));
  }

  private void add(Piece piece) {
    pieces.add(piece);
    length += piece.to() - piece.from();
  }

  /** Its length in bytes. */
  public int length() {
    return length;
  }

  /** Writes it out, as often as it is wanted. */
  public void writeTo(OutputStream target) throws IOException {
    for (Piece piece : pieces) {
      target.write(piece.bytes(), piece.from(), piece.to() - piece.from());
    }
  }
}
