package io.goshawk.collector.export.otlp;

import static io.goshawk.collector.export.otlp.ProtoBuffer.fixed32Tag;
import static io.goshawk.collector.export.otlp.ProtoBuffer.fixed64Tag;
import static io.goshawk.collector.export.otlp.ProtoBuffer.lengthTag;
import static io.goshawk.collector.export.otlp.ProtoBuffer.varintTag;

import io.goshawk.spans.data.AttributePairs;
import io.goshawk.spans.data.NumericIds;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes spans as an {@code ExportTraceServiceRequest} in Protocol Buffers' binary form: the same
 * bytes as the SDK's own marshaller, in some third of its time, since most attributes are copies of
 * what was encoded before.
 *
 * <p>Back to front: see {@link ProtoBuffer}. The numbers of fields are those of
 * opentelemetry/proto/{collector/trace,trace,resource,common}/v1. Members with their default value
 * are left out. Confined to one thread at a time.
 */
public final class OtlpProtoWriter implements OtlpWriter {
  /** For what the tables of many routes, hosts, peers and user agents hold. */
  private static final int ATTRIBUTE_PLACES = 1024;

  private static final int KEY_PLACES = 128;

  /** Stands for the field Span.name in the cache of attributes. */
  private static final Object NAME = new Object();

  private final ProtoBuffer out = new ProtoBuffer();
  private final FieldCache attributes = new FieldCache(ATTRIBUTE_PLACES);
  private final FieldCache keys = new FieldCache(KEY_PLACES);

  // Attributes of others can only be walked forwards.
  private Object[] pairs = new Object[128];
  private int pairsUsed;
  private final BiConsumer<AttributeKey<?>, Object> collector = this::collect;

  @Override
  public void write(List<SpanData> spans) {
    out.clear();
    List<SpanGroups.ResourceGroup> groups = SpanGroups.of(spans);
    for (int i = groups.size() - 1; i >= 0; i--) {
      resourceSpans(groups.get(i));
    }
  }

  @Override
  public int length() {
    return out.length();
  }

  @Override
  public void writeTo(OutputStream sink) throws IOException {
    out.writeTo(sink);
  }

  private void resourceSpans(SpanGroups.ResourceGroup group) {
    int before = out.length();
    Resource resource = group.resource();
    stringUnlessEmpty(3, resource.getSchemaUrl());
    for (int i = group.scopes().size() - 1; i >= 0; i--) {
      scopeSpans(group.scopes().get(i));
    }
    int beforeResource = out.length();
    attributes(1, resource.getAttributes());
    out.endOfField(lengthTag(1), beforeResource);
    out.endOfField(lengthTag(1), before);
  }

  private void scopeSpans(SpanGroups.ScopeGroup group) {
    int before = out.length();
    InstrumentationScopeInfo scope = group.scope();
    stringUnlessEmpty(3, scope.getSchemaUrl());
    List<SpanData> spans = group.spans();
    for (int i = spans.size() - 1; i >= 0; i--) {
      span(spans.get(i));
    }
    int beforeScope = out.length();
    attributes(3, scope.getAttributes());
    stringUnlessEmpty(2, scope.getVersion());
    stringUnlessEmpty(1, scope.getName());
    out.endOfField(lengthTag(1), beforeScope);
    out.endOfField(lengthTag(2), before);
  }

  private void span(SpanData span) {
    int before = out.length();
    NumericIds ids = span instanceof NumericIds numeric ? numeric : null;
    flags(
        16,
        ids != null
            ? OtlpNumbers.flags(ids.traceFlags(), ids.parentIsRemote())
            : OtlpNumbers.flags(
                span.getSpanContext().getTraceFlags(), span.getParentSpanContext().isRemote()));
    status(span.getStatus());
    links(span);
    events(span);
    Attributes own = span.getAttributes();
    countUnlessZero(10, span.getTotalAttributeCount() - own.size());
    attributes(9, own);
    fixed64UnlessZero(8, span.getEndEpochNanos());
    fixed64UnlessZero(7, span.getStartEpochNanos());
    out.varint(OtlpNumbers.kind(span.getKind()));
    out.tag(varintTag(6));
    name(span.getName());
    if (ids != null) {
      if (ids.parentSpanId() != 0) {
        id(4, ids.parentSpanId());
      }
      traceState(ids.traceState());
      id(2, ids.spanId());
      id(1, ids.traceHigh(), ids.traceLow());
    } else {
      SpanContext parent = span.getParentSpanContext();
      if (parent.isValid()) {
        id(4, number(parent.getSpanId(), 0));
      }
      identity(span.getSpanContext());
    }
    out.endOfField(lengthTag(2), before);
  }

  private void name(String name) {
    byte[] known = attributes.find(NAME, name);
    if (known != null) {
      out.raw(known);
      return;
    }
    int before = out.length();
    stringUnlessEmpty(5, name);
    keep(attributes, NAME, name, before);
  }

  /** Keeps what was written since the buffer had that length, if the cache wants it. */
  private void keep(FieldCache cache, Object key, Object value, int before) {
    int bytes = out.length() - before;
    if (cache.wants(key, value, bytes)) {
      cache.add(key, value, out.head(bytes));
    }
  }

  /** Trace state, span id, trace id: the first fields of a span and of a link. */
  private void identity(SpanContext context) {
    traceState(context.getTraceState());
    id(2, number(context.getSpanId(), 0));
    String traceId = context.getTraceId();
    id(1, number(traceId, 0), number(traceId, 16));
  }

  private static long number(String hex, int from) {
    return Long.parseUnsignedLong(hex, from, from + 16, 16);
  }

  private void traceState(TraceState state) {
    if (!state.isEmpty()) {
      out.string(lengthTag(3), TraceStates.header(state));
    }
  }

  private void id(int field, long id) {
    out.id(lengthTag(field), id);
  }

  private void id(int field, long high, long low) {
    out.id(lengthTag(field), high, low);
  }

  private void flags(int field, int flags) {
    out.fixed32(fixed32Tag(field), flags);
  }

  private void status(StatusData status) {
    int before = out.length();
    countUnlessZero(3, OtlpNumbers.status(status.getStatusCode()));
    stringUnlessEmpty(2, status.getDescription());
    out.endOfField(lengthTag(15), before);
  }

  private void links(SpanData span) {
    List<LinkData> links = span.getLinks();
    countUnlessZero(14, span.getTotalRecordedLinks() - links.size());
    for (int i = links.size() - 1; i >= 0; i--) {
      LinkData link = links.get(i);
      SpanContext context = link.getSpanContext();
      int before = out.length();
      flags(6, OtlpNumbers.flags(context.getTraceFlags(), context.isRemote()));
      countUnlessZero(5, link.getTotalAttributeCount() - link.getAttributes().size());
      attributes(4, link.getAttributes());
      identity(context);
      out.endOfField(lengthTag(13), before);
    }
  }

  private void events(SpanData span) {
    List<EventData> events = span.getEvents();
    countUnlessZero(12, span.getTotalRecordedEvents() - events.size());
    for (int i = events.size() - 1; i >= 0; i--) {
      EventData event = events.get(i);
      int before = out.length();
      countUnlessZero(4, event.getDroppedAttributesCount());
      attributes(3, event.getAttributes());
      stringUnlessEmpty(2, event.getName());
      fixed64UnlessZero(1, event.getEpochNanos());
      out.endOfField(lengthTag(11), before);
    }
  }

  private void attributes(int field, Attributes all) {
    int tag = lengthTag(field);
    if (all instanceof AttributePairs own) {
      for (int i = own.size() - 1; i >= 0; i--) {
        attribute(tag, own.key(i), own.value(i));
      }
      return;
    }
    pairsUsed = 0;
    all.forEach(collector);
    for (int i = pairsUsed - 2; i >= 0; i -= 2) {
      attribute(tag, (AttributeKey<?>) pairs[i], pairs[i + 1]);
    }
  }

  private void collect(AttributeKey<?> key, Object value) {
    if (pairsUsed == pairs.length) {
      pairs = Arrays.copyOf(pairs, 2 * pairsUsed);
    }
    pairs[pairsUsed++] = key;
    pairs[pairsUsed++] = value;
  }

  /** A KeyValue; its tag depends on whose it is. */
  private void attribute(int tag, AttributeKey<?> key, Object value) {
    boolean mayRecur = value instanceof String || value instanceof Long;
    if (mayRecur) {
      byte[] known = attributes.find(key, value);
      if (known != null) {
        out.field(tag, known);
        return;
      }
    }
    int before = out.length();
    switch (key.getType()) {
      case STRING -> stringValue((String) value);
      case BOOLEAN -> boolValue((Boolean) value);
      case LONG -> intValue((Long) value);
      case DOUBLE -> doubleValue((Double) value);
      case STRING_ARRAY, BOOLEAN_ARRAY, LONG_ARRAY, DOUBLE_ARRAY -> arrayValue((List<?>) value);
      case VALUE -> anyValue((Value<?>) value);
    }
    out.endOfField(lengthTag(2), before);
    key(key);
    out.endOfField(tag, before);
    if (mayRecur) {
      keep(attributes, key, value, before);
    }
  }

  private void key(AttributeKey<?> key) {
    byte[] known = keys.find(key, key.getKey());
    if (known != null) {
      out.raw(known);
      return;
    }
    int before = out.length();
    out.string(lengthTag(1), key.getKey());
    keep(keys, key, key.getKey(), before);
  }

  private void stringValue(String value) {
    out.string(lengthTag(1), value);
  }

  private void boolValue(boolean value) {
    out.varint(value ? 1 : 0);
    out.tag(varintTag(2));
  }

  private void intValue(long value) {
    out.varint(value);
    out.tag(varintTag(3));
  }

  private void doubleValue(double value) {
    out.fixed64(fixed64Tag(4), Double.doubleToRawLongBits(value));
  }

  /** A homogeneous array, or the elements of a {@link Value} that is one. */
  private void arrayValue(List<?> values) {
    int before = out.length();
    for (int i = values.size() - 1; i >= 0; i--) {
      int beforeElement = out.length();
      Object value = values.get(i);
      if (value instanceof String text) {
        stringValue(text);
      } else if (value instanceof Long number) {
        intValue(number);
      } else if (value instanceof Double number) {
        doubleValue(number);
      } else if (value instanceof Boolean flag) {
        boolValue(flag);
      } else if (value instanceof Value<?> nested) {
        anyValue(nested);
      }
      out.endOfField(lengthTag(1), beforeElement);
    }
    out.endOfField(lengthTag(5), before);
  }

  private void anyValue(Value<?> value) {
    Object content = value.getValue();
    switch (value.getType()) {
      case STRING -> stringValue((String) content);
      case BOOLEAN -> boolValue((Boolean) content);
      case LONG -> intValue((Long) content);
      case DOUBLE -> doubleValue((Double) content);
      case ARRAY -> arrayValue((List<?>) content);
      case KEY_VALUE_LIST -> keyValueList((List<?>) content);
      case BYTES -> {
        ByteBuffer bytes = ((ByteBuffer) content).duplicate();
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        out.raw(copy);
        out.varint(copy.length);
        out.tag(lengthTag(7));
      }
      case EMPTY -> {
        // An AnyValue without a member is OTLP's empty value.
      }
    }
  }

  private void keyValueList(List<?> entries) {
    int before = out.length();
    for (int i = entries.size() - 1; i >= 0; i--) {
      KeyValue pair = (KeyValue) entries.get(i);
      int beforePair = out.length();
      anyValue(pair.getValue());
      out.endOfField(lengthTag(2), beforePair);
      stringUnlessEmpty(1, pair.getKey());
      out.endOfField(lengthTag(1), beforePair);
    }
    out.endOfField(lengthTag(6), before);
  }

  private void stringUnlessEmpty(int field, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      out.string(lengthTag(field), value);
    }
  }

  private void fixed64UnlessZero(int field, long value) {
    if (value != 0) {
      out.fixed64(fixed64Tag(field), value);
    }
  }

  private void countUnlessZero(int field, int count) {
    if (count > 0) {
      out.varint(count);
      out.tag(varintTag(field));
    }
  }
}
