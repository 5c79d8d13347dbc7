// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.testing;

import io.goshawk.spans.data.FinishedSpan;
import io.goshawk.spans.data.SpanAttributes;
import io.goshawk.spans.data.TraceStates;
import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.OtlpNumbers;
import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import io.goshawk.spans.otlp.SpanBatch;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.ArrayList;
import java.util.List;

/** Makes objects of encoded spans. Reads what the span builder writes, and no more of OTLP. */
public final class DecodedSpans {
  private String name = "";
  private SpanKind kind = SpanKind.INTERNAL;
  private StatusData status = StatusData.unset();
  private TraceState traceState = TraceState.getDefault();
  private final List<Object> pairs = new ArrayList<>();
  private final List<LinkData> links = new ArrayList<>();
  private long traceHigh;
  private long traceLow;
  private long spanId;
  private long parentSpanId;
  private long flags;
  private long start;
  private long end;
  private int dropped;
  private int droppedLinks;

  private DecodedSpans() {}

  /** All of a batch, in their order. */
  public static List<SpanData> of(SpanBatch batch) {
    List<SpanData> spans = new ArrayList<>();
    try {
      for (SpanBatch.Group group : batch.groups()) {
        for (ProtoReader fields = group.reader(); fields.next(); ) {
          DecodedSpans decoder = new DecodedSpans();
          for (ProtoReader span = fields.message(); span.next(); ) {
            decoder.field(span);
          }
          spans.add(decoder.span(group));
        }
      }
    } catch (MalformedException e) {
      throw new AssertionError("a span of our own cannot be read", e);
    }
    return spans;
  }

  private void field(ProtoReader span) throws MalformedException {
    switch (span.field()) {
      case OtlpFields.SPAN_TRACE_ID -> {
        traceHigh = span.id(0);
        traceLow = span.id(Long.BYTES);
      }
      case OtlpFields.SPAN_ID -> spanId = span.id(0);
      case OtlpFields.SPAN_TRACE_STATE -> traceState = TraceStates.parse(span.text());
      case OtlpFields.SPAN_PARENT_ID -> parentSpanId = span.id(0);
      case OtlpFields.SPAN_NAME -> name = span.text();
      case OtlpFields.SPAN_KIND -> kind = SpanKind.values()[(int) span.number() - 1];
      case OtlpFields.SPAN_START -> start = span.number();
      case OtlpFields.SPAN_END -> end = span.number();
      case OtlpFields.SPAN_ATTRIBUTES -> attribute(span.message());
      case OtlpFields.SPAN_DROPPED_ATTRIBUTES -> dropped = (int) span.number();
      case OtlpFields.SPAN_DROPPED_LINKS -> droppedLinks = (int) span.number();
      case OtlpFields.SPAN_LINKS -> links.add(link(span.message()));
      case OtlpFields.SPAN_STATUS -> status(span.message());
      case OtlpFields.SPAN_FLAGS -> flags = span.number();
      default -> throw new MalformedException("field " + span.field() + " of a span");
    }
  }

  private static LinkData link(ProtoReader fields) throws MalformedException {
    String trace = "";
    String span = "";
    long flags = 0;
    while (fields.next()) {
      switch (fields.field()) {
        case OtlpFields.LINK_TRACE_ID ->
            trace = TraceId.fromLongs(fields.id(0), fields.id(Long.BYTES));
        case OtlpFields.LINK_SPAN_ID -> span = SpanId.fromLong(fields.id(0));
        case OtlpFields.LINK_FLAGS -> flags = fields.number();
        default -> throw new MalformedException("field " + fields.field() + " of a link");
      }
    }
    return LinkData.create(
        SpanContext.create(
            trace, span, TraceFlags.fromByte((byte) flags), TraceState.getDefault()));
  }

  private void status(ProtoReader fields) throws MalformedException {
    StatusCode code = StatusCode.UNSET;
    String message = "";
    while (fields.next()) {
      if (fields.isNumber(OtlpFields.STATUS_CODE)) {
        code = StatusCode.values()[(int) fields.number()];
      } else if (fields.isBytes(OtlpFields.STATUS_MESSAGE)) {
        message = fields.text();
      }
    }
    status = StatusData.create(code, message);
  }

  private void attribute(ProtoReader fields) throws MalformedException {
    String key = "";
    while (fields.next()) {
      if (fields.isBytes(OtlpFields.KEY_VALUE_KEY)) {
        key = fields.text();
      } else if (fields.isBytes(OtlpFields.KEY_VALUE_VALUE)) {
        value(key, fields.message());
      }
    }
  }

  private void value(String key, ProtoReader any) throws MalformedException {
    any.next();
    if (any.isBytes(OtlpFields.ANY_STRING)) {
      put(AttributeKey.stringKey(key), any.text());
    } else if (any.isNumber(OtlpFields.ANY_INT)) {
      put(AttributeKey.longKey(key), any.number());
    } else if (any.isBytes(OtlpFields.ANY_ARRAY)) {
      put(AttributeKey.stringArrayKey(key), strings(any.message()));
    } else {
      throw new MalformedException("field " + any.field() + " of the value of " + key);
    }
  }

  private static List<String> strings(ProtoReader array) throws MalformedException {
    List<String> strings = new ArrayList<>();
    while (array.next()) {
      ProtoReader any = array.message();
      any.next();
      strings.add(any.text());
    }
    return List.copyOf(strings);
  }

  private <T> void put(AttributeKey<T> key, T value) {
    pairs.add(key);
    pairs.add(value);
  }

  private SpanData span(SpanBatch.Group group) {
    return new FinishedSpan(
        name,
        kind,
        traceHigh,
        traceLow,
        spanId,
        parentSpanId,
        (flags & OtlpNumbers.FLAG_IS_REMOTE) != 0,
        TraceFlags.fromByte((byte) flags),
        traceState,
        status,
        start,
        end,
        new SpanAttributes(pairs.toArray()),
        pairs.size() / 2 + dropped,
        List.copyOf(links),
        links.size() + droppedLinks,
        group.resource(),
        group.scope());
  }
}
