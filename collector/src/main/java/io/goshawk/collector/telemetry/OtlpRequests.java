// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;

import io.goshawk.spans.otlp.ProtoBuffer;
import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code ExportTraceServiceRequest}s in Protocol Buffers' binary form, from and to batches. What
 * comes in is checked here, all of it and once, so that nobody behind has to expect bytes that are
 * no spans.
 */
public final class OtlpRequests {
  /** Deeper values are refused: who reads them recurses. */
  private static final int MAX_VALUE_DEPTH = 32;

  private static final int SPAN_EVENTS = 11;
  private static final int SPAN_LINKS = 13;
  private static final int EVENT_ATTRIBUTES = 3;
  private static final int LINK_ATTRIBUTES = 4;

  private OtlpRequests() {}

  /**
   * The spans of a request, whose bytes are the batch's from now on.
   *
   * @throws MalformedException if it is no such request, or one that nobody sends in good faith
   */
  public static TraceBatch decode(byte[] request) throws MalformedException {
    List<TraceBatch.Group> groups = new ArrayList<>();
    for (ProtoReader fields = new ProtoReader(request); fields.next(); ) {
      if (fields.isBytes(OtlpFields.REQUEST_RESOURCE_SPANS)) {
        resourceSpans(request, fields.start(), fields.start() + fields.length(), groups);
      }
    }
    return new TraceBatch(groups, List.of());
  }

  private static void resourceSpans(byte[] bytes, int from, int to, List<TraceBatch.Group> groups)
      throws MalformedException {
    byte[] message = new byte[0];
    ByteArrayOutputStream beside = new ByteArrayOutputStream();
    int before = from;
    for (ProtoReader fields = new ProtoReader(bytes, from, to - from); fields.next(); ) {
      if (fields.isBytes(OtlpFields.RESOURCE_SPANS_RESOURCE)) {
        checkAttributes(fields.message(), OtlpFields.RESOURCE_ATTRIBUTES);
        message = fields.bytes();
      } else if (!fields.isBytes(OtlpFields.RESOURCE_SPANS_SCOPE_SPANS)) {
        beside.write(bytes, before, fields.position() - before);
      }
      before = fields.position();
    }
    EncodedResource resource = new EncodedResource(message, beside.toByteArray());
    for (ProtoReader fields = new ProtoReader(bytes, from, to - from); fields.next(); ) {
      if (fields.isBytes(OtlpFields.RESOURCE_SPANS_SCOPE_SPANS)) {
        scopeSpans(resource, bytes, fields.start(), fields.start() + fields.length(), groups);
      }
    }
  }

  private static void scopeSpans(
      EncodedResource resource, byte[] bytes, int from, int to, List<TraceBatch.Group> groups)
      throws MalformedException {
    byte[] message = new byte[0];
    ByteArrayOutputStream beside = new ByteArrayOutputStream();
    int before = from;
    for (ProtoReader fields = new ProtoReader(bytes, from, to - from); fields.next(); ) {
      if (fields.isBytes(OtlpFields.SCOPE_SPANS_SCOPE)) {
        checkAttributes(fields.message(), OtlpFields.SCOPE_ATTRIBUTES);
        message = fields.bytes();
      } else if (fields.isBytes(OtlpFields.SCOPE_SPANS_SPANS)) {
        checkSpan(fields.message());
      } else {
        beside.write(bytes, before, fields.position() - before);
      }
      before = fields.position();
    }
    EncodedScope scope = new EncodedScope(message, beside.toByteArray());
    // Spans lie side by side, unless somebody put other fields between them.
    int start = from;
    int count = 0;
    before = from;
    for (ProtoReader fields = new ProtoReader(bytes, from, to - from); fields.next(); ) {
      if (fields.isBytes(OtlpFields.SCOPE_SPANS_SPANS)) {
        count++;
      } else {
        add(resource, scope, bytes, start, before, count, groups);
        start = fields.position();
        count = 0;
      }
      before = fields.position();
    }
    add(resource, scope, bytes, start, before, count, groups);
  }

  private static void add(
      EncodedResource resource,
      EncodedScope scope,
      byte[] bytes,
      int from,
      int to,
      int count,
      List<TraceBatch.Group> groups) {
    if (count > 0) {
      groups.add(new TraceBatch.Group(resource, scope, bytes, from, to, count));
    }
  }

  private static void checkSpan(ProtoReader span) throws MalformedException {
    while (span.next()) {
      if (span.isBytes(OtlpFields.SPAN_ATTRIBUTES)) {
        checkPair(span.message(), 0);
      } else if (span.isBytes(OtlpFields.SPAN_STATUS)) {
        skip(span.message());
      } else if (span.isBytes(SPAN_EVENTS)) {
        checkAttributes(span.message(), EVENT_ATTRIBUTES);
      } else if (span.isBytes(SPAN_LINKS)) {
        checkAttributes(span.message(), LINK_ATTRIBUTES);
      } else if (span.field() == OtlpFields.SPAN_STATUS
          || span.field() == OtlpFields.SPAN_NAME && !span.isBytes(OtlpFields.SPAN_NAME)
          || span.field() == OtlpFields.SPAN_TRACE_STATE
              && !span.isBytes(OtlpFields.SPAN_TRACE_STATE)) {
        throw new MalformedException("field " + span.field() + " of a span is of another type");
      }
    }
  }

  private static void checkAttributes(ProtoReader message, int field) throws MalformedException {
    while (message.next()) {
      if (message.isBytes(field)) {
        checkPair(message.message(), 0);
      }
    }
  }

  private static void checkPair(ProtoReader pair, int depth) throws MalformedException {
    while (pair.next()) {
      if (pair.isBytes(OtlpFields.KEY_VALUE_VALUE)) {
        checkValue(pair.message(), depth);
      }
    }
  }

  private static void checkValue(ProtoReader any, int depth) throws MalformedException {
    if (depth > MAX_VALUE_DEPTH) {
      throw new MalformedException("a value is nested deeper than " + MAX_VALUE_DEPTH);
    }
    while (any.next()) {
      if (any.isBytes(OtlpFields.ANY_ARRAY)) {
        for (ProtoReader list = any.message(); list.next(); ) {
          if (list.isBytes(OtlpFields.LIST_VALUES)) {
            checkValue(list.message(), depth + 1);
          }
        }
      } else if (any.isBytes(OtlpFields.ANY_KEY_VALUE_LIST)) {
        for (ProtoReader list = any.message(); list.next(); ) {
          if (list.isBytes(OtlpFields.LIST_VALUES)) {
            checkPair(list.message(), depth + 1);
          }
        }
      }
    }
  }

  private static void skip(ProtoReader message) throws MalformedException {
    while (message.next()) {
      // To the end, or to what is malformed.
    }
  }

  /** A batch as a request; resources and scopes that are equal are there once. */
  public static byte[] encode(TraceBatch batch) {
    Map<EncodedResource, Map<EncodedScope, ByteArrayOutputStream>> all = new LinkedHashMap<>();
    for (TraceBatch.Group group : batch.groups()) {
      all.computeIfAbsent(group.resource(), r -> new LinkedHashMap<>())
          .computeIfAbsent(group.scope(), s -> new ByteArrayOutputStream())
          .write(group.bytes(), group.from(), group.to() - group.from());
    }
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    all.forEach(
        (resource, scopes) -> {
          ByteArrayOutputStream resourceSpans = new ByteArrayOutputStream();
          field(resourceSpans, OtlpFields.RESOURCE_SPANS_RESOURCE, resource.message());
          scopes.forEach(
              (scope, spans) -> {
                ByteArrayOutputStream scopeSpans = new ByteArrayOutputStream();
                field(scopeSpans, OtlpFields.SCOPE_SPANS_SCOPE, scope.message());
                scopeSpans.writeBytes(spans.toByteArray());
                scopeSpans.writeBytes(scope.beside());
                field(
                    resourceSpans, OtlpFields.RESOURCE_SPANS_SCOPE_SPANS, scopeSpans.toByteArray());
              });
          resourceSpans.writeBytes(resource.beside());
          field(request, OtlpFields.REQUEST_RESOURCE_SPANS, resourceSpans.toByteArray());
        });
    return request.toByteArray();
  }

  private static void field(ByteArrayOutputStream target, int number, byte[] content) {
    ProtoBuffer head = new ProtoBuffer();
    head.varint(content.length);
    head.tag(lengthTag(number));
    target.writeBytes(head.toByteArray());
    target.writeBytes(content);
  }
}
