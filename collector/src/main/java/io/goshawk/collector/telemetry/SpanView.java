// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import io.opentelemetry.api.common.Value;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One span of a batch, looked into where it lies. The same view goes from span to span, and is
 * meaningless once whoever it was handed to has returned. Text is decoded when it is asked for.
 */
public final class SpanView {
  private EncodedResource resource = new EncodedResource(new byte[0], new byte[0]);
  private @Nullable EncodedScope scope;
  private byte[] bytes = new byte[0];
  private int from;
  private int to;

  /** Whether the fields below are of this span: who only changes attributes does without. */
  private boolean read;

  private long traceHigh;
  private long traceLow;
  private long spanId;
  private long parentSpanId;
  private long start;
  private long end;
  private int kind;
  private int statusCode;
  private int flags;
  // Places of texts, as start and length; -1 for none.
  private final int[] name = new int[2];
  private final int[] traceState = new int[2];
  private final int[] statusMessage = new int[2];

  private final ProtoReader fields = new ProtoReader(bytes);
  private final AttributeMap attributes = new AttributeMap();
  private final MessageEdit edit = new MessageEdit();

  SpanView() {}

  /** Goes to a span whose message is from one place to another. */
  void at(EncodedResource itsResource, EncodedScope itsScope, byte[] all, int first, int last) {
    resource = itsResource;
    scope = itsScope;
    bytes = all;
    from = first;
    to = last;
    read = false;
  }

  private void read() {
    if (read) {
      return;
    }
    read = true;
    traceHigh = traceLow = spanId = parentSpanId = start = end = 0;
    kind = statusCode = flags = 0;
    Arrays.fill(name, 0);
    Arrays.fill(traceState, 0);
    Arrays.fill(statusMessage, 0);
    try {
      readFields();
    } catch (MalformedException e) {
      throw new IllegalStateException("a span that was checked cannot be read", e);
    }
  }

  private void readFields() throws MalformedException {
    fields.reset(bytes, from, to - from);
    while (fields.next()) {
      switch (fields.field()) {
        case OtlpFields.SPAN_TRACE_ID -> {
          if (fields.isBytes(OtlpFields.SPAN_TRACE_ID) && fields.length() == 16) {
            traceHigh = fields.id(0);
            traceLow = fields.id(Long.BYTES);
          }
        }
        case OtlpFields.SPAN_ID -> spanId = id(fields);
        case OtlpFields.SPAN_PARENT_ID -> parentSpanId = id(fields);
        case OtlpFields.SPAN_TRACE_STATE -> place(fields, traceState);
        case OtlpFields.SPAN_NAME -> place(fields, name);
        case OtlpFields.SPAN_KIND -> kind = (int) fields.number();
        case OtlpFields.SPAN_START -> start = fields.number();
        case OtlpFields.SPAN_END -> end = fields.number();
        case OtlpFields.SPAN_FLAGS -> flags = (int) fields.number();
        case OtlpFields.SPAN_STATUS -> {
          int span = fields.enter();
          while (fields.next()) {
            if (fields.isNumber(OtlpFields.STATUS_CODE)) {
              statusCode = (int) fields.number();
            } else if (fields.isBytes(OtlpFields.STATUS_MESSAGE)) {
              place(fields, statusMessage);
            }
          }
          fields.leave(span);
        }
        default -> {
          // Not looked at here, and kept as it is.
        }
      }
    }
  }

  /** An id of another length than eight bytes is none. */
  private static long id(ProtoReader fields) throws MalformedException {
    return fields.isBytes(fields.field()) && fields.length() == Long.BYTES ? fields.id(0) : 0;
  }

  private static void place(ProtoReader fields, int[] place) {
    place[0] = fields.start();
    place[1] = fields.length();
  }

  private String text(int[] place) {
    read();
    return new String(bytes, place[0], place[1], StandardCharsets.UTF_8);
  }

  public EncodedResource resource() {
    return resource;
  }

  public EncodedScope scope() {
    if (scope == null) {
      throw new IllegalStateException("the view is at no span");
    }
    return scope;
  }

  /** The first half of the trace id, its first byte the highest. */
  public long traceHigh() {
    read();
    return traceHigh;
  }

  /** The second half of the trace id. */
  public long traceLow() {
    read();
    return traceLow;
  }

  public long spanId() {
    read();
    return spanId;
  }

  /** 0 for a root. */
  public long parentSpanId() {
    read();
    return parentSpanId;
  }

  public String name() {
    return text(name);
  }

  /** As the header of that name has it. */
  public String traceState() {
    return text(traceState);
  }

  /** {@code SpanKind}: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  public int kind() {
    read();
    return kind;
  }

  /**
   * {@code SpanFlags}: the W3C flags in the lowest byte, above them what is known of the parent.
   */
  public int flags() {
    read();
    return flags;
  }

  /** {@code StatusCode}: 0 unset, 1 ok, 2 error. */
  public int statusCode() {
    read();
    return statusCode;
  }

  public String statusMessage() {
    return text(statusMessage);
  }

  public long startEpochNanos() {
    read();
    return start;
  }

  public long endEpochNanos() {
    read();
    return end;
  }

  /** An attribute of the span, or null if there is none of that name. */
  public @Nullable Value<?> attribute(String key) {
    Value<?> value = null;
    // The others are not made objects: they are compared where they lie.
    byte[] wanted = key.getBytes(StandardCharsets.UTF_8);
    try {
      fields.reset(bytes, from, to - from);
      while (fields.next()) {
        if (fields.isBytes(OtlpFields.SPAN_ATTRIBUTES)) {
          int start = fields.start();
          int length = fields.length();
          int span = fields.enter();
          boolean found = AnyValues.hasKey(fields, wanted);
          fields.leave(span);
          if (found) {
            value = AnyValues.pair(new ProtoReader(bytes, start, length)).getValue();
          }
        }
      }
    } catch (MalformedException e) {
      throw new IllegalStateException("a span that was checked cannot be read", e);
    }
    return value;
  }

  /**
   * Looks for several attributes at once.
   *
   * @param places by name, which of the values it is
   * @param values gets what is found; where nothing is, it keeps what it has
   */
  public void attributes(Map<String, Integer> places, @Nullable Value<?>[] values) {
    try {
      for (ProtoReader fields = new ProtoReader(bytes, from, to - from); fields.next(); ) {
        if (fields.isBytes(OtlpFields.SPAN_ATTRIBUTES)) {
          Integer place = places.get(AnyValues.key(fields.message()));
          if (place != null) {
            values[place] = AnyValues.pair(fields.message()).getValue();
          }
        }
      }
    } catch (MalformedException e) {
      throw new IllegalStateException("a span that was checked cannot be read", e);
    }
  }

  /** All attributes of the span, to be changed. */
  public AttributeMap attributes() {
    return attributes.at(bytes, from, to, OtlpFields.SPAN_ATTRIBUTES);
  }

  /** The span with another {@code tracestate}. */
  public MessageEdit withTraceState(String value) {
    edit.at(bytes, from, to, OtlpFields.SPAN_TRACE_STATE);
    for (int i = edit.count() - 1; i >= 0; i--) {
      edit.remove(i);
    }
    if (!value.isEmpty()) {
      edit.add(value.getBytes(StandardCharsets.UTF_8));
    }
    return edit;
  }
}
