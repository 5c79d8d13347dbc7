package io.goshawk.collector.export.otlp;

import io.goshawk.spans.data.TraceStates;
import io.goshawk.spans.otlp.OtlpNumbers;
import io.goshawk.spans.otlp.SpanBatch;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes spans as one OTLP {@code TracesData} message in JSON, which is also the body of an
 * OTLP/HTTP request, straight from {@link SpanData} into a buffer that is used again.
 *
 * <p>As the OTLP specification's "JSON Protobuf Encoding" says: lowerCamelCase keys, trace and span
 * ids in hexadecimal, enums as integers, 64-bit integers as strings. Members with their default
 * value are left out. Confined to one thread.
 */
public final class OtlpJsonWriter implements OtlpWriter {
  private final JsonBuffer json = new JsonBuffer();
  // One instance for all attributes: a lambda for each set would be garbage for each span.
  private final BiConsumer<AttributeKey<?>, Object> attributeWriter = this::attribute;

  /** {@inheritDoc} Without a line end. */
  @Override
  public void write(SpanBatch batch) {
    write(batch.spans());
  }

  /** Replaces what is there by one message of those spans. */
  void write(List<SpanData> spans) {
    json.clear();
    json.beginObject();
    json.key("resourceSpans");
    json.beginArray();
    for (SpanGroups.ResourceGroup group : SpanGroups.of(spans)) {
      resourceSpans(group);
    }
    json.endArray();
    json.endObject();
  }

  /** Ends the text with a line end. */
  public void endLine() {
    json.newline();
  }

  @Override
  public int length() {
    return json.length();
  }

  @Override
  public void writeTo(OutputStream out) throws IOException {
    json.writeTo(out);
  }

  /** The text, valid until the next message is written. */
  public ByteBuffer asByteBuffer() {
    return json.asByteBuffer();
  }

  private void resourceSpans(SpanGroups.ResourceGroup group) {
    json.beginObject();
    json.key("resource");
    json.beginObject();
    attributes(group.resource().getAttributes());
    json.endObject();
    json.key("scopeSpans");
    json.beginArray();
    for (SpanGroups.ScopeGroup scope : group.scopes()) {
      scopeSpans(scope);
    }
    json.endArray();
    stringUnlessEmpty("schemaUrl", group.resource().getSchemaUrl());
    json.endObject();
  }

  private void scopeSpans(SpanGroups.ScopeGroup group) {
    InstrumentationScopeInfo scope = group.scope();
    json.beginObject();
    json.key("scope");
    json.beginObject();
    stringUnlessEmpty("name", scope.getName());
    stringUnlessEmpty("version", scope.getVersion());
    attributes(scope.getAttributes());
    json.endObject();
    json.key("spans");
    json.beginArray();
    for (SpanData span : group.spans()) {
      span(span);
    }
    json.endArray();
    stringUnlessEmpty("schemaUrl", scope.getSchemaUrl());
    json.endObject();
  }

  private void span(SpanData span) {
    SpanContext context = span.getSpanContext();
    SpanContext parent = span.getParentSpanContext();
    json.beginObject();
    identity(context);
    if (parent.isValid()) {
      json.key("parentSpanId");
      json.string(parent.getSpanId());
    }
    flags(context, parent);
    json.key("name");
    json.string(span.getName());
    json.key("kind");
    json.number(OtlpNumbers.kind(span.getKind()));
    json.key("startTimeUnixNano");
    json.quotedLong(span.getStartEpochNanos());
    json.key("endTimeUnixNano");
    json.quotedLong(span.getEndEpochNanos());
    Attributes attributes = span.getAttributes();
    attributes(attributes);
    countUnlessZero("droppedAttributesCount", span.getTotalAttributeCount() - attributes.size());
    events(span);
    links(span);
    status(span.getStatus());
    json.endObject();
  }

  private void identity(SpanContext context) {
    json.key("traceId");
    json.string(context.getTraceId());
    json.key("spanId");
    json.string(context.getSpanId());
    if (!context.getTraceState().isEmpty()) {
      json.key("traceState");
      json.string(TraceStates.header(context.getTraceState()));
    }
  }

  private void flags(SpanContext own, SpanContext parent) {
    json.key("flags");
    json.number(OtlpNumbers.flags(own.getTraceFlags(), parent.isRemote()));
  }

  private void events(SpanData span) {
    List<EventData> events = span.getEvents();
    if (!events.isEmpty()) {
      json.key("events");
      json.beginArray();
      for (EventData event : events) {
        json.beginObject();
        json.key("timeUnixNano");
        json.quotedLong(event.getEpochNanos());
        json.key("name");
        json.string(event.getName());
        attributes(event.getAttributes());
        countUnlessZero("droppedAttributesCount", event.getDroppedAttributesCount());
        json.endObject();
      }
      json.endArray();
    }
    countUnlessZero("droppedEventsCount", span.getTotalRecordedEvents() - events.size());
  }

  private void links(SpanData span) {
    List<LinkData> links = span.getLinks();
    if (!links.isEmpty()) {
      json.key("links");
      json.beginArray();
      for (LinkData link : links) {
        json.beginObject();
        identity(link.getSpanContext());
        attributes(link.getAttributes());
        countUnlessZero(
            "droppedAttributesCount", link.getTotalAttributeCount() - link.getAttributes().size());
        flags(link.getSpanContext(), link.getSpanContext());
        json.endObject();
      }
      json.endArray();
    }
    countUnlessZero("droppedLinksCount", span.getTotalRecordedLinks() - links.size());
  }

  private void status(StatusData status) {
    json.key("status");
    json.beginObject();
    stringUnlessEmpty("message", status.getDescription());
    if (status.getStatusCode() != StatusCode.UNSET) {
      json.key("code");
      json.number(OtlpNumbers.status(status.getStatusCode()));
    }
    json.endObject();
  }

  private void attributes(Attributes attributes) {
    if (!attributes.isEmpty()) {
      json.key("attributes");
      json.beginArray();
      attributes.forEach(attributeWriter);
      json.endArray();
    }
  }

  private void attribute(AttributeKey<?> key, Object value) {
    json.beginObject();
    json.key("key");
    json.string(key.getKey());
    json.key("value");
    json.beginObject();
    switch (key.getType()) {
      case STRING -> stringValue((String) value);
      case BOOLEAN -> boolValue((Boolean) value);
      case LONG -> intValue((Long) value);
      case DOUBLE -> doubleValue((Double) value);
      case STRING_ARRAY, BOOLEAN_ARRAY, LONG_ARRAY, DOUBLE_ARRAY -> arrayValue((List<?>) value);
      case VALUE -> anyValue((Value<?>) value);
    }
    json.endObject();
    json.endObject();
  }

  private void stringValue(String value) {
    json.key("stringValue");
    json.string(value);
  }

  private void boolValue(boolean value) {
    json.key("boolValue");
    json.bool(value);
  }

  private void intValue(long value) {
    json.key("intValue");
    json.quotedLong(value);
  }

  private void doubleValue(double value) {
    json.key("doubleValue");
    json.number(value);
  }

  /** A homogeneous array, or the elements of a {@link Value} that is one. */
  private void arrayValue(List<?> values) {
    json.key("arrayValue");
    json.beginObject();
    json.key("values");
    json.beginArray();
    for (Object value : values) {
      json.beginObject();
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
      json.endObject();
    }
    json.endArray();
    json.endObject();
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
        json.key("bytesValue");
        ByteBuffer bytes = ((ByteBuffer) content).duplicate();
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        json.string(Base64.getEncoder().encodeToString(copy));
      }
      case EMPTY -> {
        // An AnyValue without a member is OTLP's empty value.
      }
    }
  }

  private void keyValueList(List<?> entries) {
    json.key("kvlistValue");
    json.beginObject();
    json.key("values");
    json.beginArray();
    for (Object entry : entries) {
      KeyValue pair = (KeyValue) entry;
      json.beginObject();
      json.key("key");
      json.string(pair.getKey());
      json.key("value");
      json.beginObject();
      anyValue(pair.getValue());
      json.endObject();
      json.endObject();
    }
    json.endArray();
    json.endObject();
  }

  private void stringUnlessEmpty(String key, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      json.key(key);
      json.string(value);
    }
  }

  private void countUnlessZero(String key, int count) {
    if (count > 0) {
      json.key(key);
      json.number(count);
    }
  }
}
