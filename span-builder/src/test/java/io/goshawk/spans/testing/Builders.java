// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.testing;

import io.goshawk.spans.SpanBuilder;
import io.goshawk.spans.SpanSettings;
import io.goshawk.spans.otlp.SpanBuffer;
import io.goshawk.spans.record.Refusal;
import io.goshawk.spans.time.ClockSample;
import io.goshawk.spans.time.TimeBase;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Span builders for tests, on a machine that booted at 2026-11-21T00:00:00Z. */
public final class Builders {

  /** UTC of monotonic zero. */
  public static final long BOOT_EPOCH_NANOS = 1_795_219_200_000_000_000L;

  /** What became of a record: one of the two. */
  public record Result(@Nullable SpanData span, @Nullable Refusal refusal) {}

  private Builders() {}

  public static SpanBuilder builder() {
    return builder(SpanSettings.defaults("1.2.3"));
  }

  public static SpanBuilder builder(SpanSettings settings) {
    return new SpanBuilder(
        settings,
        tgid -> Resource.empty(),
        new TimeBase(new ClockSample(1, BOOT_EPOCH_NANOS + 1, 1, 100)));
  }

  public static Result build(SpanBuilder builder, byte[] record) {
    return build(builder, record, 0, record.length);
  }

  public static Result build(SpanBuilder builder, byte[] bytes, int offset, int length) {
    SpanBuffer spans = new SpanBuffer();
    Refusal refusal = builder.build(bytes, offset, length, spans);
    if (spans.size() != (refusal == null ? 1 : 0)) {
      throw new AssertionError(spans.size() + " spans with the refusal " + refusal);
    }
    List<SpanData> built = DecodedSpans.of(spans.take());
    return new Result(refusal == null ? built.get(0) : null, refusal);
  }

  public static SpanData span(HttpRecord record) {
    return span(builder(), record);
  }

  public static SpanData span(SpanBuilder builder, HttpRecord record) {
    Result result = build(builder, record.bytes());
    if (result.span() == null) {
      throw new AssertionError("refused: " + result.refusal());
    }
    return result.span();
  }
}
