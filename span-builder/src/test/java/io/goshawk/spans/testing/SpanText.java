// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.testing;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Instant;
import java.util.TreeMap;

/** A span as text, everything in it, one fact a line, in a fixed order. */
public final class SpanText {
  private SpanText() {}

  /** The text of a span, without its resource. */
  public static String of(SpanData span) {
    StringBuilder text = new StringBuilder();
    line(text, "name", span.getName());
    line(text, "kind", span.getKind());
    line(text, "status", span.getStatus().getStatusCode());
    if (!span.getStatus().getDescription().isEmpty()) {
      line(text, "description", span.getStatus().getDescription());
    }
    line(text, "trace", context(span.getSpanContext()));
    SpanContext parent = span.getParentSpanContext();
    if (parent.isValid()) {
      line(text, "parent", context(parent) + (parent.isRemote() ? " remote" : " local"));
    }
    line(text, "start", Instant.EPOCH.plusNanos(span.getStartEpochNanos()));
    line(text, "nanos", span.getEndEpochNanos() - span.getStartEpochNanos());
    line(
        text,
        "scope",
        "%s %s %s"
            .formatted(
                span.getInstrumentationScopeInfo().getName(),
                span.getInstrumentationScopeInfo().getVersion(),
                span.getInstrumentationScopeInfo().getSchemaUrl()));
    sorted(span.getAttributes()).forEach((key, value) -> line(text, key, value));
    int dropped = span.getTotalAttributeCount() - span.getAttributes().size();
    if (dropped != 0) {
      line(text, "dropped", dropped);
    }
    return text.toString();
  }

  private static String context(SpanContext context) {
    StringBuilder state = new StringBuilder();
    context
        .getTraceState()
        .forEach((key, value) -> state.append(' ').append(key).append('=').append(value));
    return "%s %s %s%s"
        .formatted(
            context.getTraceId(), context.getSpanId(), context.getTraceFlags().asHex(), state);
  }

  private static TreeMap<String, Object> sorted(Attributes attributes) {
    TreeMap<String, Object> sorted = new TreeMap<>();
    attributes.forEach(
        (key, value) ->
            sorted.put(key.getKey(), value instanceof String ? "\"" + value + "\"" : value));
    return sorted;
  }

  private static void line(StringBuilder text, String name, Object value) {
    text.append(name).append(' ').append(value).append('\n');
  }
}
