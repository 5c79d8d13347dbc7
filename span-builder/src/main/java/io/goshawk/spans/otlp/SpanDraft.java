// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

import static io.goshawk.spans.otlp.ProtoBuffer.fixed32Tag;
import static io.goshawk.spans.otlp.ProtoBuffer.fixed64Tag;
import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;
import static io.goshawk.spans.otlp.ProtoBuffer.varintTag;

import io.goshawk.spans.data.TraceStates;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A span being described, encoded as it is: most of it are copies of what was encoded before. One
 * draft serves one span after the other; {@link #finish} puts it into a buffer. Confined to the
 * thread of the span builder.
 */
public final class SpanDraft {
  private static final int ATTRIBUTE_TAG = lengthTag(OtlpFields.SPAN_ATTRIBUTES);

  private final FieldEncoder encoder;
  private final EncodedName noName;
  private final ProtoBuffer out = new ProtoBuffer();

  /** The fields {@code Span.attributes}, in the order they were put. */
  private byte[] attributes = new byte[1024];

  private int attributeBytes;
  private int putAttributes;

  /** The fields {@code Span.links}; mostly none. */
  private final List<byte[]> links = new ArrayList<>();

  private long droppedLinks;

  private EncodedName name;
  private SpanKind kind = SpanKind.INTERNAL;
  private StatusData status = StatusData.unset();
  private TraceState traceState = TraceState.getDefault();
  private long traceHigh;
  private long traceLow;
  private long spanId;
  private long parentSpanId;
  private boolean parentIsRemote;
  private TraceFlags traceFlags = TraceFlags.getDefault();

  public SpanDraft(FieldEncoder encoder) {
    this.encoder = encoder;
    this.noName = encoder.name("");
    this.name = noName;
  }

  /** Empties the draft for the next span, which has to get its own ids. */
  public void clear() {
    attributeBytes = 0;
    putAttributes = 0;
    links.clear();
    droppedLinks = 0;
    name = noName;
    kind = SpanKind.INTERNAL;
    status = StatusData.unset();
    traceState = TraceState.getDefault();
  }

  /** Sets what the span is called, and which side of a call it is. */
  public void name(EncodedName name, SpanKind kind) {
    this.name = name;
    this.kind = kind;
  }

  /** Sets the status; unset unless this is called. */
  public void status(StatusData status) {
    this.status = status;
  }

  /** Whether the status is an error. */
  public boolean failed() {
    return status.getStatusCode() == StatusCode.ERROR;
  }

  /** Sets the tracestate that came in with the parent. */
  public void traceState(TraceState traceState) {
    this.traceState = traceState;
  }

  /** Adds an attribute. A key must not be put twice. */
  public void put(EncodedAttribute attribute) {
    if (mayPut()) {
      add(attribute.field);
    }
  }

  /** Adds an attribute, if there is one. */
  public void putIfAny(@Nullable EncodedAttribute attribute) {
    if (attribute != null) {
      put(attribute);
    }
  }

  /** Adds a string that hardly recurs, cut to the limit. A key must not be put twice. */
  public void put(AttributeKey<String> key, String value) {
    if (mayPut()) {
      add(encoder.attribute(key, value).field);
    }
  }

  /** Adds strings, each cut to the limit. A key must not be put twice. */
  public void put(AttributeKey<List<String>> key, List<String> values) {
    if (mayPut()) {
      add(encoder.attribute(key, values).field);
    }
  }

  /** Adds a whole number. A key must not be put twice. */
  public void put(EncodedKey key, long value) {
    if (mayPut()) {
      // Of one attribute at a time, so that the order stays.
      out.clear();
      out.varint(value);
      out.tag(varintTag(OtlpFields.ANY_INT));
      out.endOfField(lengthTag(OtlpFields.KEY_VALUE_VALUE), 0);
      out.raw(key.field);
      out.endOfField(ATTRIBUTE_TAG, 0);
      reserve(out.length());
      out.copyTo(attributes, attributeBytes);
      attributeBytes += out.length();
    }
  }

  private boolean mayPut() {
    return putAttributes++ < encoder.maxAttributes();
  }

  private void add(byte[] field) {
    reserve(field.length);
    System.arraycopy(field, 0, attributes, attributeBytes, field.length);
    attributeBytes += field.length;
  }

  private void reserve(int count) {
    if (attributes.length - attributeBytes < count) {
      attributes =
          Arrays.copyOf(attributes, Math.max(2 * attributes.length, attributeBytes + count));
    }
  }

  /**
   * Sets which span it is, and whose child, as numbers: the first byte of an id is the highest.
   *
   * @param parentSpanId 0 for a root
   */
  public void ids(
      long traceHigh,
      long traceLow,
      long spanId,
      long parentSpanId,
      boolean parentIsRemote,
      TraceFlags traceFlags) {
    this.traceHigh = traceHigh;
    this.traceLow = traceLow;
    this.spanId = spanId;
    this.parentSpanId = parentSpanId;
    this.parentIsRemote = parentIsRemote;
    this.traceFlags = traceFlags;
  }

  /** Adds a span that this one has to do with, and is no child of. */
  public void link(long traceHigh, long traceLow, long spanId, TraceFlags traceFlags) {
    out.clear();
    out.fixed32(fixed32Tag(OtlpFields.LINK_FLAGS), OtlpNumbers.flags(traceFlags, false));
    out.id(lengthTag(OtlpFields.LINK_SPAN_ID), spanId);
    out.id(lengthTag(OtlpFields.LINK_TRACE_ID), traceHigh, traceLow);
    out.endOfField(lengthTag(OtlpFields.SPAN_LINKS), 0);
    links.add(out.toByteArray());
  }

  /** Says how many more spans it has to do with than those it has links to; 0 unless called. */
  public void droppedLinks(long count) {
    droppedLinks = count;
  }

  /** Appends the span described to a buffer, with what does not depend on its library. */
  public void finish(
      long startEpochNanos,
      long endEpochNanos,
      Resource resource,
      InstrumentationScopeInfo scope,
      SpanBuffer target) {
    // Back to front. Members with their default value are left out.
    out.clear();
    out.fixed32(fixed32Tag(OtlpFields.SPAN_FLAGS), OtlpNumbers.flags(traceFlags, parentIsRemote));
    status();
    if (droppedLinks > 0) {
      out.varint(droppedLinks);
      out.tag(varintTag(OtlpFields.SPAN_DROPPED_LINKS));
    }
    for (int i = links.size() - 1; i >= 0; i--) {
      out.raw(links.get(i));
    }
    int dropped = Math.max(0, putAttributes - encoder.maxAttributes());
    if (dropped > 0) {
      out.varint(dropped);
      out.tag(varintTag(OtlpFields.SPAN_DROPPED_ATTRIBUTES));
    }
    out.raw(attributes, attributeBytes);
    out.fixed64(fixed64Tag(OtlpFields.SPAN_END), endEpochNanos);
    out.fixed64(fixed64Tag(OtlpFields.SPAN_START), startEpochNanos);
    out.varint(OtlpNumbers.kind(kind));
    out.tag(varintTag(OtlpFields.SPAN_KIND));
    out.raw(name.field);
    if (parentSpanId != 0) {
      out.id(lengthTag(OtlpFields.SPAN_PARENT_ID), parentSpanId);
    }
    if (!traceState.isEmpty()) {
      out.string(lengthTag(OtlpFields.SPAN_TRACE_STATE), TraceStates.header(traceState));
    }
    out.id(lengthTag(OtlpFields.SPAN_ID), spanId);
    out.id(lengthTag(OtlpFields.SPAN_TRACE_ID), traceHigh, traceLow);
    out.endOfField(lengthTag(OtlpFields.SCOPE_SPANS_SPANS), 0);
    target.append(resource, scope, out);
  }

  private void status() {
    int before = out.length();
    int code = OtlpNumbers.status(status.getStatusCode());
    if (code != 0) {
      out.varint(code);
      out.tag(varintTag(OtlpFields.STATUS_CODE));
    }
    if (!status.getDescription().isEmpty()) {
      out.string(lengthTag(OtlpFields.STATUS_MESSAGE), status.getDescription());
    }
    out.endOfField(lengthTag(OtlpFields.SPAN_STATUS), before);
  }
}
