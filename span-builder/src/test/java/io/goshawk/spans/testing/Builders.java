package io.goshawk.spans.testing;

import io.goshawk.spans.BuildResult;
import io.goshawk.spans.BuildResult.Built;
import io.goshawk.spans.BuildResult.Refused;
import io.goshawk.spans.SpanBuilder;
import io.goshawk.spans.SpanSettings;
import io.goshawk.spans.time.ClockSample;
import io.goshawk.spans.time.TimeBase;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Span builders for tests, on a machine that booted at 2026-11-21T00:00:00Z. */
public final class Builders {

  /** UTC of monotonic zero. */
  public static final long BOOT_EPOCH_NANOS = 1_795_219_200_000_000_000L;

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

  public static BuildResult build(SpanBuilder builder, byte[] record) {
    ByteBuffer buffer = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
    return builder.build(buffer, 0, record.length);
  }

  public static SpanData span(HttpRecord record) {
    return span(builder(), record);
  }

  public static SpanData span(SpanBuilder builder, HttpRecord record) {
    BuildResult result = build(builder, record.bytes());
    if (result instanceof Built built) {
      return built.span();
    }
    Refused refused = (Refused) result;
    throw new AssertionError("refused: " + refused.reason() + ", " + refused.detail());
  }
}
