// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.testing;

import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.spans.data.AttributeLimits;
import io.goshawk.spans.otlp.EncodedKey;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.otlp.SpanBuffer;
import io.goshawk.spans.otlp.SpanDraft;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;

/** Spans that are objects in the form in which the agent hands them to its exporters. */
public final class EncodedSpans {
  private final FieldEncoder encoder = new FieldEncoder(AttributeLimits.DEFAULT);
  private final SpanDraft draft = new SpanDraft(encoder);
  private final SpanBuffer buffer = new SpanBuffer();

  /**
   * A batch of those spans.
   *
   * @param spans without events and links, and with attributes that are strings, whole numbers or
   *     lists of strings: no others come from the kernel
   */
  public static EncodedBatch of(List<? extends SpanData> spans) {
    return new EncodedSpans().encode(spans);
  }

  /** As {@link #of}, again and again. */
  public EncodedBatch encode(List<? extends SpanData> spans) {
    for (SpanData span : spans) {
      encode(span);
    }
    return EncodedBatch.of(buffer.take());
  }

  @SuppressWarnings("unchecked")
  private void encode(SpanData span) {
    if (!span.getEvents().isEmpty() || !span.getLinks().isEmpty()) {
      throw new IllegalArgumentException("events or links: " + span);
    }
    draft.clear();
    draft.name(encoder.name(span.getName()), span.getKind());
    draft.status(span.getStatus());
    draft.traceState(span.getSpanContext().getTraceState());
    span.getAttributes()
        .forEach(
            (key, value) -> {
              switch (key.getType()) {
                case STRING -> draft.put((AttributeKey<String>) key, (String) value);
                case LONG -> draft.put(new EncodedKey((AttributeKey<Long>) key), (Long) value);
                case STRING_ARRAY ->
                    draft.put((AttributeKey<List<String>>) key, (List<String>) value);
                default -> throw new IllegalArgumentException(key + " is a " + key.getType());
              }
            });
    draft.ids(
        id(span.getTraceId(), 0),
        id(span.getTraceId(), 16),
        id(span.getSpanId(), 0),
        id(span.getParentSpanId(), 0),
        span.getParentSpanContext().isRemote(),
        span.getSpanContext().getTraceFlags());
    draft.finish(
        span.getStartEpochNanos(),
        span.getEndEpochNanos(),
        span.getResource(),
        span.getInstrumentationScopeInfo(),
        buffer);
  }

  private static long id(String hex, int from) {
    return Long.parseUnsignedLong(hex, from, from + 16, 16);
  }
}
