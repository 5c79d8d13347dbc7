// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.MetricKind;
import io.goshawk.collector.telemetry.Repeated;
import io.goshawk.collector.telemetry.ResourceGroups;
import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Base64;

/**
 * Writes a batch as one OTLP {@code TracesData} or {@code MetricsData} message in JSON, which is
 * also the body of an OTLP/HTTP request: each encoded field is read and written at once, so that no
 * more of the text is in memory than a small buffer, whatever the spans hold.
 *
 * <p>As the OTLP specification's "JSON Protobuf Encoding" says: lowerCamelCase keys, trace and span
 * ids in hexadecimal, enums as integers, 64-bit integers as strings. Members with their default
 * value are left out, as are fields that OTLP did not have when this was written: they have no
 * names. Confined to one thread.
 */
public final class OtlpJsonWriter implements OtlpWriter {
  private static final String DROPPED_ATTRIBUTES = "droppedAttributesCount";

  /** How OTLP's JSON names the envelopes. */
  private record Words(String resources, String scopes, String messages) {
    static final Words TRACES = new Words("resourceSpans", "scopeSpans", "spans");
    static final Words METRICS = new Words("resourceMetrics", "scopeMetrics", "metrics");
  }

  private final JsonOutput json = new JsonOutput();

  @Override
  public MessageWriter message(EncodedBatch batch) {
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
  void write(EncodedBatch batch, OutputStream out) throws IOException {
    json.begin(out);
    resources(batch);
    json.end();
  }

  /** Writes the message as a line. */
  public void writeLine(EncodedBatch batch, OutputStream out) throws IOException {
    json.begin(out);
    resources(batch);
    json.newline();
    json.end();
  }

  private void resources(EncodedBatch batch) throws IOException {
    Words words =
        switch (batch.signal()) {
          case TRACES -> Words.TRACES;
          case METRICS -> Words.METRICS;
        };
    try {
      json.beginObject();
      json.key(words.resources());
      json.beginArray();
      for (ResourceGroups resource : ResourceGroups.of(batch)) {
        resource(resource, words);
      }
      json.endArray();
      json.endObject();
    } catch (MalformedException e) {
      throw new IllegalStateException("what was checked cannot be read", e);
    }
  }

  private void resource(ResourceGroups home, Words words) throws IOException, MalformedException {
    json.beginObject();
    json.key("resource");
    json.beginObject();
    byte[] resource = home.resource().message();
    attributes(new ProtoReader(resource), OtlpFields.RESOURCE_ATTRIBUTES);
    for (ProtoReader field = new ProtoReader(resource); field.next(); ) {
      if (field.isNumber(OtlpFields.RESOURCE_DROPPED_ATTRIBUTES)) {
        count(DROPPED_ATTRIBUTES, field.number());
      }
    }
    json.endObject();
    json.key(words.scopes());
    json.beginArray();
    for (ResourceGroups.OfScope scope : home.scopes()) {
      scope(scope, words);
    }
    json.endArray();
    schemaUrl(home.resource().beside());
    json.endObject();
  }

  private void scope(ResourceGroups.OfScope home, Words words)
      throws IOException, MalformedException {
    json.beginObject();
    json.key("scope");
    json.beginObject();
    byte[] scope = home.scope().message();
    for (ProtoReader field = new ProtoReader(scope); field.next(); ) {
      if (field.isBytes(OtlpFields.SCOPE_NAME)) {
        text("name", field);
      } else if (field.isBytes(OtlpFields.SCOPE_VERSION)) {
        text("version", field);
      } else if (field.isNumber(OtlpFields.SCOPE_DROPPED_ATTRIBUTES)) {
        count(DROPPED_ATTRIBUTES, field.number());
      }
    }
    attributes(new ProtoReader(scope), OtlpFields.SCOPE_ATTRIBUTES);
    json.endObject();
    json.key(words.messages());
    json.beginArray();
    for (EncodedBatch.Group group : home.groups()) {
      for (ProtoReader messages = group.reader(); messages.next(); ) {
        if (words == Words.TRACES) {
          span(messages);
        } else {
          metric(messages);
        }
      }
    }
    json.endArray();
    schemaUrl(home.scope().beside());
    json.endObject();
  }

  /** The field has the same number beside a resource and beside a scope. */
  private void schemaUrl(byte[] beside) throws IOException, MalformedException {
    for (ProtoReader field = new ProtoReader(beside); field.next(); ) {
      if (field.isBytes(OtlpFields.SCHEMA_URL) && field.length() > 0) {
        text("schemaUrl", field);
      }
    }
  }

  private void span(ProtoReader span) throws IOException, MalformedException {
    json.beginObject();
    // All elements of a list are written where the first is.
    int lists = 0;
    for (ProtoReader field = span.message(); field.next(); ) {
      int number = field.field();
      boolean first = number < Integer.SIZE && (lists & 1 << number) == 0;
      lists |= number < Integer.SIZE ? 1 << number : 0;
      switch (number) {
        case OtlpFields.SPAN_TRACE_ID -> hex("traceId", field);
        case OtlpFields.SPAN_ID -> hex("spanId", field);
        case OtlpFields.SPAN_TRACE_STATE -> text("traceState", field);
        case OtlpFields.SPAN_PARENT_ID -> hex("parentSpanId", field);
        case OtlpFields.SPAN_NAME -> text("name", field);
        case OtlpFields.SPAN_KIND -> number("kind", (int) field.number());
        case OtlpFields.SPAN_START -> unsigned("startTimeUnixNano", field.number());
        case OtlpFields.SPAN_END -> unsigned("endTimeUnixNano", field.number());
        case OtlpFields.SPAN_ATTRIBUTES -> {
          if (first) {
            attributes(span.message(), number);
          }
        }
        case OtlpFields.SPAN_EVENTS -> {
          if (first) {
            list("events", span.message(), number, this::event);
          }
        }
        case OtlpFields.SPAN_LINKS -> {
          if (first) {
            list("links", span.message(), number, this::link);
          }
        }
        case OtlpFields.SPAN_DROPPED_ATTRIBUTES -> count(DROPPED_ATTRIBUTES, field.number());
        case OtlpFields.SPAN_DROPPED_EVENTS -> count("droppedEventsCount", field.number());
        case OtlpFields.SPAN_DROPPED_LINKS -> count("droppedLinksCount", field.number());
        case OtlpFields.SPAN_STATUS -> status(field.message());
        case OtlpFields.SPAN_FLAGS -> count("flags", field.number());
        default -> {
          // A field that has no name in JSON.
        }
      }
    }
    json.endObject();
  }

  private void metric(ProtoReader metric) throws IOException, MalformedException {
    json.beginObject();
    for (ProtoReader field = metric.message(); field.next(); ) {
      switch (field.field()) {
        case OtlpFields.METRIC_NAME -> text("name", field);
        case OtlpFields.METRIC_DESCRIPTION -> text("description", field);
        case OtlpFields.METRIC_UNIT -> text("unit", field);
        case OtlpFields.METRIC_GAUGE -> data("gauge", MetricKind.GAUGE, field);
        case OtlpFields.METRIC_SUM -> data("sum", MetricKind.SUM, field);
        case OtlpFields.METRIC_HISTOGRAM -> data("histogram", MetricKind.HISTOGRAM, field);
        case OtlpFields.METRIC_EXPONENTIAL_HISTOGRAM ->
            data("exponentialHistogram", MetricKind.EXPONENTIAL_HISTOGRAM, field);
        case OtlpFields.METRIC_SUMMARY -> data("summary", MetricKind.SUMMARY, field);
        default -> {
          // Metadata comes below; other fields have no name in JSON.
        }
      }
    }
    list(
        "metadata",
        metric.message(),
        OtlpFields.METRIC_METADATA,
        field -> keyValue(field.message()));
    json.endObject();
  }

  private void data(String key, MetricKind kind, ProtoReader data)
      throws IOException, MalformedException {
    json.key(key);
    json.beginObject();
    for (ProtoReader field = data.message(); field.next(); ) {
      if (field.isNumber(OtlpFields.METRIC_TEMPORALITY)) {
        number("aggregationTemporality", (int) field.number());
      } else if (field.isNumber(OtlpFields.SUM_IS_MONOTONIC)) {
        json.key("isMonotonic");
        json.bool(field.number() != 0);
      }
    }
    list(
        "dataPoints",
        data.message(),
        OtlpFields.METRIC_DATA_POINTS,
        point -> {
          json.beginObject();
          attributes(point.message(), kind.attributes());
          for (ProtoReader field = point.message(); field.next(); ) {
            if (field.field() == OtlpFields.POINT_START) {
              unsigned("startTimeUnixNano", field.number());
            } else if (field.field() == OtlpFields.POINT_TIME) {
              unsigned("timeUnixNano", field.number());
            }
          }
          switch (kind) {
            case GAUGE, SUM -> numberPoint(point.message());
            case HISTOGRAM -> histogramPoint(point);
            case EXPONENTIAL_HISTOGRAM -> exponentialPoint(point.message());
            case SUMMARY -> summaryPoint(point);
          }
          list("exemplars", point.message(), kind.exemplars(), this::exemplar);
          json.endObject();
        });
    json.endObject();
  }

  private void numberPoint(ProtoReader point) throws IOException, MalformedException {
    while (point.next()) {
      switch (point.field()) {
        case OtlpFields.NUMBER_DOUBLE -> real("asDouble", point);
        case OtlpFields.NUMBER_INT -> quotedLong("asInt", point.number());
        case OtlpFields.NUMBER_FLAGS -> count("flags", point.number());
        default -> {
          // Written by who has called.
        }
      }
    }
  }

  private void histogramPoint(ProtoReader field) throws IOException, MalformedException {
    for (ProtoReader point = field.message(); point.next(); ) {
      switch (point.field()) {
        case OtlpFields.POINT_COUNT -> unsigned("count", point.number());
        case OtlpFields.POINT_SUM -> real("sum", point);
        case OtlpFields.HISTOGRAM_MIN -> real("min", point);
        case OtlpFields.HISTOGRAM_MAX -> real("max", point);
        case OtlpFields.HISTOGRAM_FLAGS -> count("flags", point.number());
        default -> {
          // Written by who has called, or below.
        }
      }
    }
    longs("bucketCounts", Repeated.fixed64(field.message(), OtlpFields.HISTOGRAM_BUCKET_COUNTS));
    json.key("explicitBounds");
    json.beginArray();
    for (double bound : Repeated.doubles(field.message(), OtlpFields.HISTOGRAM_BOUNDS)) {
      json.number(bound);
    }
    json.endArray();
  }

  private void exponentialPoint(ProtoReader point) throws IOException, MalformedException {
    while (point.next()) {
      switch (point.field()) {
        case OtlpFields.POINT_COUNT -> unsigned("count", point.number());
        case OtlpFields.POINT_SUM -> real("sum", point);
        case OtlpFields.EXPONENTIAL_SCALE -> number("scale", Repeated.signed(point.number()));
        case OtlpFields.EXPONENTIAL_ZERO_COUNT -> unsigned("zeroCount", point.number());
        case OtlpFields.EXPONENTIAL_POSITIVE -> buckets("positive", point);
        case OtlpFields.EXPONENTIAL_NEGATIVE -> buckets("negative", point);
        case OtlpFields.EXPONENTIAL_MIN -> real("min", point);
        case OtlpFields.EXPONENTIAL_MAX -> real("max", point);
        case OtlpFields.EXPONENTIAL_ZERO_THRESHOLD -> real("zeroThreshold", point);
        case OtlpFields.EXPONENTIAL_FLAGS -> count("flags", point.number());
        default -> {
          // Written by who has called.
        }
      }
    }
  }

  private void buckets(String key, ProtoReader field) throws IOException, MalformedException {
    json.key(key);
    json.beginObject();
    for (ProtoReader buckets = field.message(); buckets.next(); ) {
      if (buckets.isNumber(OtlpFields.BUCKETS_OFFSET)) {
        number("offset", Repeated.signed(buckets.number()));
      }
    }
    longs("bucketCounts", Repeated.varints(field.message(), OtlpFields.BUCKETS_COUNTS));
    json.endObject();
  }

  private void summaryPoint(ProtoReader field) throws IOException, MalformedException {
    for (ProtoReader point = field.message(); point.next(); ) {
      switch (point.field()) {
        case OtlpFields.POINT_COUNT -> unsigned("count", point.number());
        case OtlpFields.POINT_SUM -> real("sum", point);
        case OtlpFields.SUMMARY_FLAGS -> count("flags", point.number());
        default -> {
          // Written by who has called, or below.
        }
      }
    }
    list(
        "quantileValues",
        field.message(),
        OtlpFields.SUMMARY_QUANTILES,
        quantile -> {
          json.beginObject();
          for (ProtoReader pair = quantile.message(); pair.next(); ) {
            switch (pair.field()) {
              case OtlpFields.QUANTILE_QUANTILE -> real("quantile", pair);
              case OtlpFields.QUANTILE_VALUE -> real("value", pair);
              default -> {
                // Has no name in JSON.
              }
            }
          }
          json.endObject();
        });
  }

  private void exemplar(ProtoReader exemplar) throws IOException, MalformedException {
    json.beginObject();
    for (ProtoReader field = exemplar.message(); field.next(); ) {
      switch (field.field()) {
        case OtlpFields.EXEMPLAR_TIME -> unsigned("timeUnixNano", field.number());
        case OtlpFields.EXEMPLAR_DOUBLE -> real("asDouble", field);
        case OtlpFields.EXEMPLAR_INT -> quotedLong("asInt", field.number());
        case OtlpFields.EXEMPLAR_SPAN_ID -> hex("spanId", field);
        case OtlpFields.EXEMPLAR_TRACE_ID -> hex("traceId", field);
        default -> {
          // Attributes come below.
        }
      }
    }
    list(
        "filteredAttributes",
        exemplar.message(),
        OtlpFields.EXEMPLAR_ATTRIBUTES,
        field -> keyValue(field.message()));
    json.endObject();
  }

  private interface Element {
    void write(ProtoReader field) throws IOException, MalformedException;
  }

  /** All fields of that number as an array; nothing if there are none. */
  private void list(String key, ProtoReader message, int number, Element element)
      throws IOException, MalformedException {
    boolean begun = false;
    while (message.next()) {
      if (message.isBytes(number)) {
        if (!begun) {
          json.key(key);
          json.beginArray();
          begun = true;
        }
        element.write(message);
      }
    }
    if (begun) {
      json.endArray();
    }
  }

  private void event(ProtoReader event) throws IOException, MalformedException {
    json.beginObject();
    for (ProtoReader field = event.message(); field.next(); ) {
      switch (field.field()) {
        case OtlpFields.EVENT_TIME -> unsigned("timeUnixNano", field.number());
        case OtlpFields.EVENT_NAME -> text("name", field);
        case OtlpFields.EVENT_DROPPED_ATTRIBUTES -> count(DROPPED_ATTRIBUTES, field.number());
        default -> {
          // Attributes come below.
        }
      }
    }
    attributes(event.message(), OtlpFields.EVENT_ATTRIBUTES);
    json.endObject();
  }

  private void link(ProtoReader link) throws IOException, MalformedException {
    json.beginObject();
    for (ProtoReader field = link.message(); field.next(); ) {
      switch (field.field()) {
        case OtlpFields.LINK_TRACE_ID -> hex("traceId", field);
        case OtlpFields.LINK_SPAN_ID -> hex("spanId", field);
        case OtlpFields.LINK_TRACE_STATE -> text("traceState", field);
        case OtlpFields.LINK_DROPPED_ATTRIBUTES -> count(DROPPED_ATTRIBUTES, field.number());
        case OtlpFields.LINK_FLAGS -> count("flags", field.number());
        default -> {
          // Attributes come below.
        }
      }
    }
    attributes(link.message(), OtlpFields.LINK_ATTRIBUTES);
    json.endObject();
  }

  private void status(ProtoReader field) throws IOException, MalformedException {
    json.key("status");
    json.beginObject();
    while (field.next()) {
      if (field.isBytes(OtlpFields.STATUS_MESSAGE)) {
        text("message", field);
      } else if (field.isNumber(OtlpFields.STATUS_CODE)) {
        number("code", (int) field.number());
      }
    }
    json.endObject();
  }

  /** Those of a message's fields that are key and value. */
  private void attributes(ProtoReader message, int number) throws IOException, MalformedException {
    list("attributes", message, number, field -> keyValue(field.message()));
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
            if (values.isBytes(OtlpFields.LIST_VALUES)) {
              anyValue(values.message());
            }
          }
          endValues();
        }
        case OtlpFields.ANY_KEY_VALUE_LIST -> {
          beginValues("kvlistValue");
          for (ProtoReader values = field.message(); values.next(); ) {
            if (values.isBytes(OtlpFields.LIST_VALUES)) {
              keyValue(values.message());
            }
          }
          endValues();
        }
        case OtlpFields.ANY_BYTES -> {
          int from = field.start();
          byte[] bytes = Arrays.copyOfRange(field.array(), from, from + field.length());
          text("bytesValue", Base64.getEncoder().encodeToString(bytes));
        }
        default -> {
          // A member that has no name in JSON.
        }
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
    if (field.isBytes(field.field())) {
      json.key(key);
      json.hex(field.array(), field.start(), field.length());
    }
  }

  private void text(String key, ProtoReader field) throws IOException {
    if (field.isBytes(field.field())) {
      json.key(key);
      json.string(field.array(), field.start(), field.length());
    }
  }

  private void text(String key, String value) throws IOException {
    json.key(key);
    json.string(value);
  }

  private void number(String key, long value) throws IOException {
    json.key(key);
    json.number(value);
  }

  private void real(String key, ProtoReader field) throws IOException {
    json.key(key);
    json.number(Double.longBitsToDouble(field.number()));
  }

  private void longs(String key, long[] values) throws IOException {
    json.key(key);
    json.beginArray();
    for (long value : values) {
      json.quotedUnsigned(value);
    }
    json.endArray();
  }

  private void quotedLong(String key, long value) throws IOException {
    json.key(key);
    json.quotedLong(value);
  }

  private void unsigned(String key, long value) throws IOException {
    json.key(key);
    json.quotedUnsigned(value);
  }

  /** An unsigned number of 32 bits; of more, who reads Protocol Buffers has these. */
  private void count(String key, long value) throws IOException {
    number(key, value & 0xffff_ffffL);
  }
}
