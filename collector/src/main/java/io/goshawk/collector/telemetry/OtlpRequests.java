// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import io.goshawk.config.component.Signal;
import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code ExportTraceServiceRequest}s and {@code ExportMetricsServiceRequest}s in Protocol Buffers'
 * binary form, from and to batches. What comes in is checked here, all of it and once, so that
 * nobody behind has to expect bytes that are no spans or no metrics.
 *
 * <p>Both have the same envelopes under the same numbers; {@link OtlpFields} names them after
 * spans.
 */
public final class OtlpRequests {
  /** Deeper values are refused: who reads them recurses. */
  private static final int MAX_VALUE_DEPTH = 32;

  /** Points, their attributes and exemplars: objects, for who shows a metric. */
  private static final int MOST_PARTS = 64 * 1024;

  private static final int MOST_BUCKET_BYTES = 64 * 1024;

  /** Of a message that is left out. */
  private static final int NO_ITEMS = -1;

  private OtlpRequests() {}

  /**
   * The spans or metrics of a request, whose bytes are the batch's from now on.
   *
   * @throws MalformedException if it is no such request, or one that nobody sends in good faith
   */
  public static EncodedBatch decode(Signal signal, byte[] request) throws MalformedException {
    Groups groups = new Groups(signal, Integer.MAX_VALUE, false);
    decode(request, groups);
    return groups.batch();
  }

  /**
   * What somebody has sent.
   *
   * @param withoutIds spans that were left out, for want of a trace id or a span id
   */
  public record Received(EncodedBatch batch, int withoutIds) {}

  /**
   * The same of somebody who is not trusted.
   *
   * @param mostGroups of messages with a resource and a scope of their own; each takes far more
   *     memory than its bytes
   */
  public static Received receive(Signal signal, byte[] request, int mostGroups)
      throws MalformedException {
    Groups groups = new Groups(signal, mostGroups, true);
    decode(request, groups);
    return new Received(groups.batch(), groups.withoutIds);
  }

  private static void decode(byte[] request, Groups groups) throws MalformedException {
    for (ProtoReader fields = new ProtoReader(request); fields.next(); ) {
      if (fields.isBytes(OtlpFields.REQUEST_RESOURCE_SPANS)) {
        resourceSpans(request, fields.start(), fields.start() + fields.length(), groups);
      }
    }
  }

  /** What was found by now. */
  private static final class Groups {
    private final Signal signal;
    private final int most;
    private final boolean onlyWithIds;
    private final List<EncodedBatch.Group> found = new ArrayList<>();
    private int withoutIds;
    private int scopes;

    Groups(Signal signal, int most, boolean onlyWithIds) {
      this.signal = signal;
      this.most = most;
      this.onlyWithIds = onlyWithIds;
    }

    /** One with messages, whether they are left out or not. */
    void addScope() throws MalformedException {
      requireRoom(scopes++);
    }

    void add(EncodedBatch.Group group) throws MalformedException {
      requireRoom(found.size());
      found.add(group);
    }

    private void requireRoom(int count) throws MalformedException {
      if (count == most) {
        throw new MalformedException("more than " + most + " resources and scopes");
      }
    }

    EncodedBatch batch() {
      return new EncodedBatch(signal, found, List.of());
    }
  }

  private static void resourceSpans(byte[] bytes, int from, int to, Groups groups)
      throws MalformedException {
    byte[] message = new byte[0];
    ByteArrayOutputStream beside = new ByteArrayOutputStream();
    int before = from;
    for (ProtoReader fields = new ProtoReader(bytes, from, to - from); fields.next(); ) {
      if (fields.isBytes(OtlpFields.RESOURCE_SPANS_RESOURCE)) {
        message = fields.bytes();
        checkAttributes(fields, OtlpFields.RESOURCE_ATTRIBUTES);
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
      EncodedResource resource, byte[] bytes, int from, int to, Groups groups)
      throws MalformedException {
    byte[] message = new byte[0];
    ByteArrayOutputStream beside = new ByteArrayOutputStream();
    boolean hasMessages = false;
    int before = from;
    for (ProtoReader fields = new ProtoReader(bytes, from, to - from); fields.next(); ) {
      if (fields.isBytes(OtlpFields.SCOPE_SPANS_SCOPE)) {
        message = fields.bytes();
        checkAttributes(fields, OtlpFields.SCOPE_ATTRIBUTES);
      } else if (fields.isBytes(OtlpFields.SCOPE_SPANS_SPANS)) {
        hasMessages = true;
      } else {
        beside.write(bytes, before, fields.position() - before);
      }
      before = fields.position();
    }
    if (!hasMessages) {
      return;
    }
    groups.addScope();
    EncodedScope scope = new EncodedScope(message, beside.toByteArray());
    // Messages lie side by side, unless somebody put other fields between them.
    int start = from;
    int count = 0;
    before = from;
    for (ProtoReader fields = new ProtoReader(bytes, from, to - from); fields.next(); ) {
      int items =
          fields.isBytes(OtlpFields.SCOPE_SPANS_SPANS) ? checkedItems(fields, groups) : NO_ITEMS;
      if (items == NO_ITEMS) {
        add(resource, scope, bytes, start, before, count, groups);
        start = fields.position();
        count = 0;
      } else {
        count += items;
      }
      before = fields.position();
    }
    add(resource, scope, bytes, start, before, count, groups);
  }

  /** What has no item is nothing to hand on. */
  private static void add(
      EncodedResource resource,
      EncodedScope scope,
      byte[] bytes,
      int from,
      int to,
      int count,
      Groups groups)
      throws MalformedException {
    if (count > 0) {
      groups.add(new EncodedBatch.Group(resource, scope, bytes, from, to, count));
    }
  }

  /** Checks a message; how many items it has, or {@link #NO_ITEMS} if it is to be left out. */
  private static int checkedItems(ProtoReader fields, Groups groups) throws MalformedException {
    if (groups.signal == Signal.TRACES) {
      if (checkSpan(fields) || !groups.onlyWithIds) {
        return 1;
      }
      groups.withoutIds++;
      return NO_ITEMS;
    }
    checkMetric(fields.message(), groups.onlyWithIds ? MOST_PARTS : Integer.MAX_VALUE);
    return MetricPoints.count(fields.array(), fields.start(), fields.start() + fields.length());
  }

  private static void checkMetric(ProtoReader metric, int mostParts) throws MalformedException {
    MetricKind known = null;
    while (metric.next()) {
      switch (metric.field()) {
        case OtlpFields.METRIC_NAME, OtlpFields.METRIC_DESCRIPTION, OtlpFields.METRIC_UNIT ->
            requireBytes(metric);
        case OtlpFields.METRIC_METADATA -> {
          requireBytes(metric);
          checkPair(metric, 0);
        }
        default -> {
          MetricKind kind = MetricKind.of(metric.field());
          if (kind != null) {
            requireBytes(metric);
            if (known != null && known != kind) {
              throw new MalformedException("a metric is of two kinds");
            }
            known = kind;
            checkPoints(kind, metric.message(), mostParts);
          }
        }
      }
    }
  }

  private static void checkPoints(MetricKind kind, ProtoReader data, int mostParts)
      throws MalformedException {
    int parts = 0;
    while (data.next()) {
      if (data.field() == OtlpFields.METRIC_DATA_POINTS) {
        requireBytes(data);
        parts++;
        for (ProtoReader point = data.message(); point.next(); ) {
          if (point.field() == kind.attributes()) {
            requireBytes(point);
            checkPair(point, 0);
            parts++;
          } else if (point.field() == kind.exemplars()) {
            requireBytes(point);
            checkAttributes(point, OtlpFields.EXEMPLAR_ATTRIBUTES);
            parts++;
          } else if (kind.isMessage(point.field())) {
            requireBytes(point);
            checkBuckets(point.message());
          }
        }
        if (parts > mostParts) {
          throw new MalformedException("more than " + mostParts + " parts of a metric");
        }
      }
    }
  }

  /** Of exponential buckets, whose counts have eight bytes each in memory and one here. */
  private static void checkBuckets(ProtoReader side) throws MalformedException {
    int bytes = 0;
    while (side.next()) {
      if (side.field() == OtlpFields.BUCKETS_COUNTS) {
        bytes += side.isBytes(OtlpFields.BUCKETS_COUNTS) ? side.length() : 1;
        for (ProtoReader counts = side.message();
            side.isBytes(OtlpFields.BUCKETS_COUNTS) && counts.nextVarint(); ) {
          // To the end, or to what is malformed.
        }
      }
      if (bytes > MOST_BUCKET_BYTES) {
        throw new MalformedException("more than " + MOST_BUCKET_BYTES + " bytes of buckets");
      }
    }
  }

  private static void requireBytes(ProtoReader field) throws MalformedException {
    if (!field.isBytes(field.field())) {
      throw new MalformedException("field " + field.field() + " of a metric is of another type");
    }
  }

  /** Checks the span that the reader is at; whether it has the ids that a span must have. */
  private static boolean checkSpan(ProtoReader span) throws MalformedException {
    boolean hasTraceId = false;
    boolean hasSpanId = false;
    int scope = span.enter();
    while (span.next()) {
      if (span.isBytes(OtlpFields.SPAN_ATTRIBUTES)) {
        checkPair(span, 0);
      } else if (span.isBytes(OtlpFields.SPAN_TRACE_ID) && span.length() == 2 * Long.BYTES) {
        hasTraceId = (span.id(0) | span.id(Long.BYTES)) != 0;
      } else if (span.isBytes(OtlpFields.SPAN_ID)) {
        hasSpanId = span.length() == Long.BYTES && span.id(0) != 0;
      } else if (span.isBytes(OtlpFields.SPAN_STATUS)) {
        skip(span.message());
      } else if (span.isBytes(OtlpFields.SPAN_EVENTS)) {
        checkAttributes(span, OtlpFields.EVENT_ATTRIBUTES);
      } else if (span.isBytes(OtlpFields.SPAN_LINKS)) {
        checkAttributes(span, OtlpFields.LINK_ATTRIBUTES);
      } else if (span.field() == OtlpFields.SPAN_STATUS
          || span.field() == OtlpFields.SPAN_NAME && !span.isBytes(OtlpFields.SPAN_NAME)
          || span.field() == OtlpFields.SPAN_TRACE_STATE
              && !span.isBytes(OtlpFields.SPAN_TRACE_STATE)) {
        throw new MalformedException("field " + span.field() + " of a span is of another type");
      }
    }
    span.leave(scope);
    return hasTraceId && hasSpanId;
  }

  /** Checks those of the message that the reader is at. */
  private static void checkAttributes(ProtoReader message, int field) throws MalformedException {
    int outer = message.enter();
    while (message.next()) {
      if (message.isBytes(field)) {
        checkPair(message, 0);
      }
    }
    message.leave(outer);
  }

  private static void checkPair(ProtoReader pair, int depth) throws MalformedException {
    int outer = pair.enter();
    while (pair.next()) {
      if (pair.isBytes(OtlpFields.KEY_VALUE_VALUE)) {
        checkValue(pair, depth);
      }
    }
    pair.leave(outer);
  }

  private static void checkValue(ProtoReader any, int depth) throws MalformedException {
    if (depth > MAX_VALUE_DEPTH) {
      throw new MalformedException("a value is nested deeper than " + MAX_VALUE_DEPTH);
    }
    int outer = any.enter();
    while (any.next()) {
      boolean isArray = any.isBytes(OtlpFields.ANY_ARRAY);
      if (isArray || any.isBytes(OtlpFields.ANY_KEY_VALUE_LIST)) {
        int value = any.enter();
        while (any.next()) {
          if (any.isBytes(OtlpFields.LIST_VALUES) && isArray) {
            checkValue(any, depth + 1);
          } else if (any.isBytes(OtlpFields.LIST_VALUES)) {
            checkPair(any, depth + 1);
          }
        }
        any.leave(value);
      }
    }
    any.leave(outer);
  }

  private static void skip(ProtoReader message) throws MalformedException {
    while (message.next()) {
      // To the end, or to what is malformed.
    }
  }

  /** A batch as a request; resources and scopes that are equal are there once. */
  public static byte[] encode(EncodedBatch batch) {
    EncodedRequest request = EncodedRequest.of(batch);
    WholeArray bytes = new WholeArray(request.length());
    try {
      request.writeTo(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot be written", e);
    }
    return bytes.toByteArray();
  }

  /** One whose array is given away where it is full. */
  private static final class WholeArray extends ByteArrayOutputStream {
    WholeArray(int length) {
      super(length);
    }

    @Override
    public byte[] toByteArray() {
      return count == buf.length ? buf : super.toByteArray();
    }
  }
}
