// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import io.goshawk.config.component.Signal;
import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * {@code ExportTraceServiceRequest}s and {@code ExportMetricsServiceRequest}s in OTLP's JSON, made
 * into Protocol Buffers' binary form: behind this there is one form only.
 *
 * <p>opentelemetry-proto docs/specification.md, "JSON Protobuf Encoding": keys in lowerCamelCase,
 * ids in hexadecimal, enums as whole numbers, and members that nobody knows are passed over. What
 * some senders write is taken as well: original field names, and enums by name. Numbers of fields:
 * opentelemetry/proto/{trace,metrics,common,resource}/v1.
 */
final class JsonRequests {
  private static final List<String> KINDS =
      List.of(
          "SPAN_KIND_UNSPECIFIED",
          "SPAN_KIND_INTERNAL",
          "SPAN_KIND_SERVER",
          "SPAN_KIND_CLIENT",
          "SPAN_KIND_PRODUCER",
          "SPAN_KIND_CONSUMER");
  private static final List<String> CODES =
      List.of("STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR");

  /** So much longer the binary form may be: numbers of a digit have eight bytes there. */
  private static final int GROWTH = 2;

  private static final int LEAST_BYTES = 1024;

  private final JsonInput json;
  private final ForwardProto out;

  private final JsonMetrics metrics;
  private final long mostBytes;

  private JsonRequests(byte[] request) {
    json = new JsonInput(request);
    out = new ForwardProto(request.length / 2);
    mostBytes = mostBytes(request.length);
    metrics = new JsonMetrics(this, json, out);
  }

  /** How long the binary form of a request may be. */
  static long mostBytes(int length) {
    return Math.max(LEAST_BYTES, (long) GROWTH * length);
  }

  /**
   * Converts a request.
   *
   * @throws MalformedException if it is no JSON, or something stands where it does not belong
   */
  static byte[] toProtobuf(Signal signal, byte[] request) throws MalformedException {
    JsonRequests conversion = new JsonRequests(request);
    String resources =
        switch (signal) {
          case TRACES -> "resourceSpans";
          case METRICS -> "resourceMetrics";
        };
    conversion.json.object(
        name -> {
          if (camel(name).equals(resources)) {
            conversion.each(OtlpFields.REQUEST_RESOURCE_SPANS, conversion::resource);
          } else {
            conversion.json.skip();
          }
        });
    conversion.json.end();
    return conversion.out.toByteArray();
  }

  /** Reads one message's members. */
  interface Message {
    void read() throws MalformedException;
  }

  void each(int field, Message message) throws MalformedException {
    json.array(() -> one(field, message));
  }

  void one(int field, Message message) throws MalformedException {
    int begin = out.begin(field);
    message.read();
    out.end(begin);
    checkLength();
  }

  /** What memory was reserved for must do. */
  void checkLength() throws MalformedException {
    if (out.length() > mostBytes) {
      throw new MalformedException("its binary form is more than " + GROWTH + " times as long");
    }
  }

  /** {@code ResourceSpans} or {@code ResourceMetrics}. */
  private void resource() throws MalformedException {
    json.object(
        name -> {
          switch (camel(name)) {
            case "resource" -> one(OtlpFields.RESOURCE_SPANS_RESOURCE, this::source);
            case "scopeSpans", "scopeMetrics" ->
                each(OtlpFields.RESOURCE_SPANS_SCOPE_SPANS, this::scope);
            case "schemaUrl" -> out.text(OtlpFields.SCHEMA_URL, json.text());
            default -> json.skip();
          }
        });
  }

  private void source() throws MalformedException {
    json.object(
        name -> {
          switch (camel(name)) {
            case "attributes" -> each(OtlpFields.RESOURCE_ATTRIBUTES, this::keyValue);
            case "droppedAttributesCount" ->
                out.number(OtlpFields.RESOURCE_DROPPED_ATTRIBUTES, count());
            case "entityRefs" -> each(OtlpFields.RESOURCE_ENTITY_REFS, this::entityRef);
            default -> json.skip();
          }
        });
  }

  private void entityRef() throws MalformedException {
    json.object(
        name -> {
          switch (camel(name)) {
            case "schemaUrl" -> out.text(OtlpFields.ENTITY_SCHEMA_URL, json.text());
            case "type" -> out.text(OtlpFields.ENTITY_TYPE, json.text());
            case "idKeys" -> json.array(() -> out.text(OtlpFields.ENTITY_ID_KEYS, json.text()));
            case "descriptionKeys" ->
                json.array(() -> out.text(OtlpFields.ENTITY_DESCRIPTION_KEYS, json.text()));
            default -> json.skip();
          }
        });
  }

  /** {@code ScopeSpans} or {@code ScopeMetrics}. */
  private void scope() throws MalformedException {
    json.object(
        name -> {
          switch (camel(name)) {
            case "scope" -> one(OtlpFields.SCOPE_SPANS_SCOPE, this::maker);
            case "spans" -> each(OtlpFields.SCOPE_SPANS_SPANS, this::span);
            case "metrics" -> each(OtlpFields.SCOPE_SPANS_SPANS, metrics::metric);
            case "schemaUrl" -> out.text(OtlpFields.SCHEMA_URL, json.text());
            default -> json.skip();
          }
        });
  }

  private void maker() throws MalformedException {
    json.object(
        name -> {
          switch (camel(name)) {
            case "name" -> out.text(OtlpFields.SCOPE_NAME, json.text());
            case "version" -> out.text(OtlpFields.SCOPE_VERSION, json.text());
            case "attributes" -> each(OtlpFields.SCOPE_ATTRIBUTES, this::keyValue);
            case "droppedAttributesCount" ->
                out.number(OtlpFields.SCOPE_DROPPED_ATTRIBUTES, count());
            default -> json.skip();
          }
        });
  }

  private void span() throws MalformedException {
    json.object(
        name -> {
          switch (camel(name)) {
            case "traceId" -> id(OtlpFields.SPAN_TRACE_ID);
            case "spanId" -> id(OtlpFields.SPAN_ID);
            case "traceState" -> out.text(OtlpFields.SPAN_TRACE_STATE, json.text());
            case "parentSpanId" -> id(OtlpFields.SPAN_PARENT_ID);
            case "name" -> out.text(OtlpFields.SPAN_NAME, json.text());
            case "kind" -> out.number(OtlpFields.SPAN_KIND, word(KINDS));
            case "startTimeUnixNano" -> out.fixed64(OtlpFields.SPAN_START, json.unsigned());
            case "endTimeUnixNano" -> out.fixed64(OtlpFields.SPAN_END, json.unsigned());
            case "attributes" -> each(OtlpFields.SPAN_ATTRIBUTES, this::keyValue);
            case "droppedAttributesCount" ->
                out.number(OtlpFields.SPAN_DROPPED_ATTRIBUTES, count());
            case "events" -> each(OtlpFields.SPAN_EVENTS, this::event);
            case "droppedEventsCount" -> out.number(OtlpFields.SPAN_DROPPED_EVENTS, count());
            case "links" -> each(OtlpFields.SPAN_LINKS, this::link);
            case "droppedLinksCount" -> out.number(OtlpFields.SPAN_DROPPED_LINKS, count());
            case "status" -> one(OtlpFields.SPAN_STATUS, this::status);
            case "flags" -> out.fixed32(OtlpFields.SPAN_FLAGS, (int) count());
            default -> json.skip();
          }
        });
  }

  private void event() throws MalformedException {
    json.object(
        name -> {
          switch (camel(name)) {
            case "timeUnixNano" -> out.fixed64(OtlpFields.EVENT_TIME, json.unsigned());
            case "name" -> out.text(OtlpFields.EVENT_NAME, json.text());
            case "attributes" -> each(OtlpFields.EVENT_ATTRIBUTES, this::keyValue);
            case "droppedAttributesCount" ->
                out.number(OtlpFields.EVENT_DROPPED_ATTRIBUTES, count());
            default -> json.skip();
          }
        });
  }

  private void link() throws MalformedException {
    json.object(
        name -> {
          switch (camel(name)) {
            case "traceId" -> id(OtlpFields.LINK_TRACE_ID);
            case "spanId" -> id(OtlpFields.LINK_SPAN_ID);
            case "traceState" -> out.text(OtlpFields.LINK_TRACE_STATE, json.text());
            case "attributes" -> each(OtlpFields.LINK_ATTRIBUTES, this::keyValue);
            case "droppedAttributesCount" ->
                out.number(OtlpFields.LINK_DROPPED_ATTRIBUTES, count());
            case "flags" -> out.fixed32(OtlpFields.LINK_FLAGS, (int) count());
            default -> json.skip();
          }
        });
  }

  private void status() throws MalformedException {
    json.object(
        name -> {
          switch (camel(name)) {
            case "message" -> out.text(OtlpFields.STATUS_MESSAGE, json.text());
            case "code" -> out.number(OtlpFields.STATUS_CODE, word(CODES));
            default -> json.skip();
          }
        });
  }

  void keyValue() throws MalformedException {
    json.object(
        name -> {
          switch (name) {
            case "key" -> out.text(OtlpFields.KEY_VALUE_KEY, json.text());
            case "value" -> one(OtlpFields.KEY_VALUE_VALUE, this::anyValue);
            default -> json.skip();
          }
        });
  }

  private void anyValue() throws MalformedException {
    json.object(
        name -> {
          switch (camel(name)) {
            case "stringValue" -> out.text(OtlpFields.ANY_STRING, json.text());
            case "boolValue" -> out.number(OtlpFields.ANY_BOOL, json.bool() ? 1 : 0);
            case "intValue" -> out.number(OtlpFields.ANY_INT, json.whole());
            case "doubleValue" ->
                out.fixed64(OtlpFields.ANY_DOUBLE, Double.doubleToRawLongBits(json.real()));
            case "arrayValue" -> one(OtlpFields.ANY_ARRAY, () -> values(this::anyValue));
            case "kvlistValue" -> one(OtlpFields.ANY_KEY_VALUE_LIST, () -> values(this::keyValue));
            case "bytesValue" -> out.bytes(OtlpFields.ANY_BYTES, base64());
            default -> json.skip();
          }
        });
  }

  private void values(Message element) throws MalformedException {
    json.object(
        name -> {
          if (name.equals("values")) {
            each(OtlpFields.LIST_VALUES, element);
          } else {
            json.skip();
          }
        });
  }

  void id(int field) throws MalformedException {
    try {
      out.bytes(field, HexFormat.of().parseHex(json.text()));
    } catch (IllegalArgumentException e) {
      throw json.wrong("id in hexadecimal before the one");
    }
  }

  private byte[] base64() throws MalformedException {
    String text = json.text().replace('-', '+').replace('_', '/');
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw json.wrong("bytes in base64 before the one");
    }
  }

  /** An unsigned number of 32 bits. */
  long count() throws MalformedException {
    long count = json.whole();
    if (count < 0 || count > 0xffff_ffffL) {
      throw json.wrong("number of 32 bits before the one");
    }
    return count;
  }

  long word(List<String> words) throws MalformedException {
    if (!json.isText()) {
      return (int) json.whole();
    }
    int index = words.indexOf(json.text());
    if (index < 0) {
      throw json.wrong("one of " + words + " before the one");
    }
    return index;
  }

  /** A name as it is in JSON, of its original one. */
  static String camel(String name) {
    if (name.indexOf('_') < 0) {
      return name;
    }
    StringBuilder camel = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '_' && i + 1 < name.length()) {
        camel.append(Character.toUpperCase(name.charAt(++i)));
      } else {
        camel.append(c);
      }
    }
    return camel.toString();
  }
}
