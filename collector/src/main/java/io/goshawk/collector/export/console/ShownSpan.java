// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.console;

import io.goshawk.spans.data.FinishedSpan;
import io.goshawk.spans.data.SpanAttributes;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.ArrayList;
import java.util.List;

/** A span without what a waterfall does not show, which may be thousands of times as much. */
final class ShownSpan {
  /** No line is longer. */
  private static final int MAX_CHARS = 500;

  private ShownSpan() {}

  static SpanData of(SpanData span) {
    List<Object> shown = new ArrayList<>();
    for (AttributeKey<?> key : Waterfall.SHOWN_KEYS) {
      Object value = span.getAttributes().get(key);
      if (value != null) {
        shown.add(key);
        shown.add(value instanceof String text ? beginning(text) : value);
      }
    }
    return new FinishedSpan(
        beginning(span.getName()),
        span.getKind(),
        id(span.getTraceId(), 0),
        id(span.getTraceId(), 16),
        id(span.getSpanId(), 0),
        id(span.getParentSpanId(), 0),
        span.getParentSpanContext().isRemote(),
        span.getSpanContext().getTraceFlags(),
        TraceState.getDefault(),
        StatusData.create(span.getStatus().getStatusCode(), ""),
        span.getStartEpochNanos(),
        span.getEndEpochNanos(),
        new SpanAttributes(shown.toArray()),
        shown.size() / 2,
        List.of(),
        span.getResource(),
        span.getInstrumentationScopeInfo());
  }

  private static String beginning(String text) {
    return text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS);
  }

  private static long id(String hex, int from) {
    return Long.parseUnsignedLong(hex, from, from + 16, 16);
  }
}
