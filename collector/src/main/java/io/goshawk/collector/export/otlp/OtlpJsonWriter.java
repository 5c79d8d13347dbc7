// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;

import io.goshawk.spans.otlp.AttributeFields;
import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoBuffer;
import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import io.goshawk.spans.otlp.SpanBatch;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Writes spans as one OTLP {@code TracesData} message in JSON, which is also the body of an
 * OTLP/HTTP request: each encoded field is read and written at once, so that no more of the text is
 * in memory than a small buffer, whatever the spans hold.
 *
 * <p>As the OTLP specification's "JSON Protobuf Encoding" says: lowerCamelCase keys, trace and span
 * ids in hexadecimal, enums as integers, 64-bit integers as strings. Members with their default
 * value are left out. Like the decoder of spans it reads what the agent writes, and no more of
 * OTLP. Confined to one thread.
 */
public final class OtlpJsonWriter implements OtlpWriter {
  private static final int KEY_VALUE = 1;

  private final JsonOutput json = new JsonOutput();

  /** For attributes that are not encoded yet: those of resources and scopes. */
  private final ProtoBuffer encoded = new ProtoBuffer();

  @Override
  public MessageWriter message(SpanBatch batch) {
    return new MessageWriter() {
      @Override
      public void writeMessage(OutputStream output) throws IOException {
        write(batch, output);
      }

      /** Known only afterwards. */
      @Override
      public int getContentLength() {
        return -1;
      }
    };
  }

  /** Writes the message, without a line end. */
  void write(SpanBatch batch, OutputStream out) throws IOException {
    json.begin(out);
    message(SpanGroups.of(batch));
    json.end();
  }

  /** Writes the message as a line. */
  public void writeLine(SpanBatch batch, OutputStream out) throws IOException {
    json.begin(out);
    message(SpanGroups.of(batch));
    json.newline();
    json.end();
  }

  private void message(Iterable<SpanGroups.OfResource> resources) throws IOException {
    try {
      json.beginObject();
      json.key("resourceSpans");
      json.beginArray();
      for (SpanGroups.OfResource resource : resources) {
        resourceSpans(resource);
      }
      json.endArray();
      json.endObject();
    } catch (MalformedException e) {
      throw new IllegalStateException("a span of our own cannot be read", e);
    }
  }

  private void resourceSpans(SpanGroups.OfResource home) throws IOException, MalformedException {
    json.beginObject();
    json.key("resource");
    json.beginObject();
    attributes(home.resource().getAttributes());
    json.endObject();
    json.key("scopeSpans");
    json.beginArray();
    for (SpanGroups.OfScope scope : home.scopes()) {
      scopeSpans(scope);
    }
    json.endArray();
    textUnlessEmpty("schemaUrl", home.resource().getSchemaUrl());
    json.endObject();
  }

  private void scopeSpans(SpanGroups.OfScope home) throws IOException, MalformedException {
    InstrumentationScopeInfo scope = home.scope();
    json.beginObject();
    json.key("scope");
    json.beginObject();
    textUnlessEmpty("name", scope.getName());
    textUnlessEmpty("version", scope.getVersion());
    attributes(scope.getAttributes());
    json.endObject();
    json.key("spans");
    json.beginArray();
    for (SpanBatch.Group group : home.groups()) {
      for (ProtoReader spans = group.reader(); spans.next(); ) {
        span(spans);
      }
    }
    json.endArray();
    textUnlessEmpty("schemaUrl", scope.getSchemaUrl());
    json.endObject();
  }

  private void span(ProtoReader span) throws IOException, MalformedException {
    json.beginObject();
    boolean attributesWritten = false;
    boolean linksWritten = false;
    for (ProtoReader field = span.message(); field.next(); ) {
      switch (field.field()) {
        case OtlpFields.SPAN_TRACE_ID -> hex("traceId", field);
        case OtlpFields.SPAN_ID -> hex("spanId", field);
        case OtlpFields.SPAN_TRACE_STATE -> text("traceState", field);
        case OtlpFields.SPAN_PARENT_ID -> hex("parentSpanId", field);
        case OtlpFields.SPAN_NAME -> text("name", field);
        case OtlpFields.SPAN_KIND -> number("kind", field.number());
        case OtlpFields.SPAN_START -> quotedLong("startTimeUnixNano", field.number());
        case OtlpFields.SPAN_END -> quotedLong("endTimeUnixNano", field.number());
        case OtlpFields.SPAN_ATTRIBUTES -> {
          if (!attributesWritten) {
            // The rest of them is behind this one, and passed over later.
            attributes(span.message(), OtlpFields.SPAN_ATTRIBUTES);
            attributesWritten = true;
          }
        }
        case OtlpFields.SPAN_DROPPED_ATTRIBUTES -> number("droppedAttributesCount", field.number());
        case OtlpFields.SPAN_LINKS -> {
          if (!linksWritten) {
            links(span.message());
            linksWritten = true;
          }
        }
        case OtlpFields.SPAN_STATUS -> status(field.message());
        case OtlpFields.SPAN_FLAGS -> number("flags", field.number());
        default -> throw unknown("a span", field);
      }
    }
    json.endObject();
  }

  private void links(ProtoReader span) throws IOException, MalformedException {
    json.key("links");
    json.beginArray();
    while (span.next()) {
      if (span.field() == OtlpFields.SPAN_LINKS) {
        link(span.message());
      }
    }
    json.endArray();
  }

  private void link(ProtoReader field) throws IOException, MalformedException {
    json.beginObject();
    while (field.next()) {
      switch (field.field()) {
        case OtlpFields.LINK_TRACE_ID -> hex("traceId", field);
        case OtlpFields.LINK_SPAN_ID -> hex("spanId", field);
        case OtlpFields.LINK_FLAGS -> number("flags", field.number());
        default -> throw unknown("a link", field);
      }
    }
    json.endObject();
  }

  private void status(ProtoReader field) throws IOException, MalformedException {
    json.key("status");
    json.beginObject();
    while (field.next()) {
      switch (field.field()) {
        case OtlpFields.STATUS_MESSAGE -> text("message", field);
        case OtlpFields.STATUS_CODE -> number("code", field.number());
        default -> throw unknown("a status", field);
      }
    }
    json.endObject();
  }

  private void attributes(Attributes attributes) throws IOException, MalformedException {
    if (!attributes.isEmpty()) {
      encoded.clear();
      AttributeFields.write(encoded, lengthTag(KEY_VALUE), attributes);
      attributes(new ProtoReader(encoded.toByteArray()), KEY_VALUE);
    }
  }

  /** Those of a message's fields that are key and value. */
  private void attributes(ProtoReader message, int field) throws IOException, MalformedException {
    json.key("attributes");
    json.beginArray();
    while (message.next()) {
      if (message.field() == field) {
        keyValue(message.message());
      }
    }
    json.endArray();
  }

  private void keyValue(ProtoReader field) throws IOException, MalformedException {
    json.beginObject();
    boolean hasKey = false;
    boolean hasValue = false;
    while (field.next()) {
      if (field.isBytes(OtlpFields.KEY_VALUE_KEY)) {
        text("key", field);
        hasKey = true;
      } else if (field.isBytes(OtlpFields.KEY_VALUE_VALUE)) {
        json.key("value");
        anyValue(field.message());
        hasValue = true;
      }
    }
    if (!hasKey) {
      text("key", "");
    }
    if (!hasValue) {
      json.key("value");
      json.beginObject();
      json.endObject();
    }
    json.endObject();
  }

  private void anyValue(ProtoReader field) throws IOException, MalformedException {
    json.beginObject();
    while (field.next()) {
      switch (field.field()) {
        case OtlpFields.ANY_STRING -> text("stringValue", field);
        case OtlpFields.ANY_BOOL -> {
          json.key("boolValue");
          json.bool(field.number() != 0);
        }
        case OtlpFields.ANY_INT -> quotedLong("intValue", field.number());
        case OtlpFields.ANY_DOUBLE -> {
          json.key("doubleValue");
          json.number(Double.longBitsToDouble(field.number()));
        }
        case OtlpFields.ANY_ARRAY -> {
          beginValues("arrayValue");
          for (ProtoReader values = field.message(); values.next(); ) {
            anyValue(values.message());
          }
          endValues();
        }
        case OtlpFields.ANY_KEY_VALUE_LIST -> {
          beginValues("kvlistValue");
          for (ProtoReader values = field.message(); values.next(); ) {
            keyValue(values.message());
          }
          endValues();
        }
        case OtlpFields.ANY_BYTES -> {
          int from = field.start();
          byte[] bytes = Arrays.copyOfRange(field.array(), from, from + field.length());
          text("bytesValue", Base64.getEncoder().encodeToString(bytes));
        }
        default -> throw unknown("a value", field);
      }
    }
    json.endObject();
  }

  private void beginValues(String key) throws IOException {
    json.key(key);
    json.beginObject();
    json.key("values");
    json.beginArray();
  }

  private void endValues() throws IOException {
    json.endArray();
    json.endObject();
  }

  private void hex(String key, ProtoReader field) throws IOException {
    json.key(key);
    json.hex(field.array(), field.start(), field.length());
  }

  private void text(String key, ProtoReader field) throws IOException {
    json.key(key);
    json.string(field.array(), field.start(), field.length());
  }

  private void text(String key, String value) throws IOException {
    json.key(key);
    json.string(value);
  }

  private void textUnlessEmpty(String key, @Nullable String value) throws IOException {
    if (value != null && !value.isEmpty()) {
      text(key, value);
    }
  }

  private void number(String key, long value) throws IOException {
    json.key(key);
    json.number(value);
  }

  private void quotedLong(String key, long value) throws IOException {
    json.key(key);
    json.quotedLong(value);
  }

  private static MalformedException unknown(String of, ProtoReader field) {
    return new MalformedException("field " + field.field() + " of " + of);
  }
}
