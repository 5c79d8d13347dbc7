// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.console;

import io.goshawk.collector.telemetry.AttributeMap;
import io.goshawk.collector.telemetry.SpanView;
import io.goshawk.spans.data.FinishedSpan;
import io.goshawk.spans.data.SpanAttributes;
import io.goshawk.spans.otlp.OtlpNumbers;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.AttributeType;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.common.ValueType;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.ArrayList;
import java.util.List;

/** A span without what a waterfall does not show, which may be thousands of times as much. */
final class ShownSpan {
  /** No line is longer. */
  private static final int MAX_CHARS = 500;

  private static final InstrumentationScopeInfo NO_SCOPE = InstrumentationScopeInfo.empty();

  private ShownSpan() {}

  static SpanData of(SpanView span) {
    List<Object> shown = new ArrayList<>();
    for (AttributeKey<?> key : Waterfall.SHOWN_KEYS) {
      Value<?> value = span.attribute(key.getKey());
      if (value != null && value.getType() == type(key)) {
        shown.add(key);
        shown.add(value.getValue() instanceof String text ? beginning(text) : value.getValue());
      }
    }
    AttributeMap attributes = span.attributes();
    for (String key : attributes.keys()) {
      if (CapturedHeader.of(key).isPresent()
          && attributes.get(key).getValue() instanceof List<?> values) {
        shown.add(AttributeKey.stringArrayKey(key));
        shown.add(
            values.stream()
                .map(value -> beginning(value instanceof Value<?> one ? one.asString() : ""))
                .toList());
      }
    }
    return new FinishedSpan(
        beginning(span.name()),
        kind(span.kind()),
        span.traceHigh(),
        span.traceLow(),
        span.spanId(),
        span.parentSpanId(),
        (span.flags() & OtlpNumbers.FLAG_IS_REMOTE) != 0,
        TraceFlags.fromByte((byte) span.flags()),
        TraceState.getDefault(),
        StatusData.create(status(span.statusCode()), ""),
        span.startEpochNanos(),
        span.endEpochNanos(),
        new SpanAttributes(shown.toArray()),
        shown.size() / 2,
        List.of(),
        0,
        resource(span),
        NO_SCOPE);
  }

  private static ValueType type(AttributeKey<?> key) {
    return key.getType() == AttributeType.LONG ? ValueType.LONG : ValueType.STRING;
  }

  /** What cannot be told counts as what the specification says: an internal one. */
  private static SpanKind kind(int number) {
    SpanKind[] kinds = SpanKind.values();
    return number >= 1 && number <= kinds.length ? kinds[number - 1] : SpanKind.INTERNAL;
  }

  private static StatusCode status(int number) {
    StatusCode[] codes = StatusCode.values();
    return number >= 0 && number < codes.length ? codes[number] : StatusCode.UNSET;
  }

  private static Resource resource(SpanView span) {
    Value<?> name = span.resource().attribute(Waterfall.SERVICE_NAME.getKey());
    return name != null && name.getValue() instanceof String text
        ? Resource.create(Attributes.of(Waterfall.SERVICE_NAME, beginning(text)))
        : Resource.empty();
  }

  private static String beginning(String text) {
    return text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS);
  }
}
