package io.goshawk.spans.data;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.Arrays;
import java.util.List;

/**
 * A span being described. One draft serves one span after the other; {@link #finish} makes the
 * value. Confined to the thread of the span builder.
 */
public final class SpanDraft {
  private final AttributeLimits limits;
  private Object[] pairs = new Object[64];
  private int used;
  private int putAttributes;
  private String name = "";
  private SpanKind kind = SpanKind.INTERNAL;
  private StatusData status = StatusData.unset();
  private TraceState traceState = TraceState.getDefault();
  private long traceHigh;
  private long traceLow;
  private long spanId;
  private long parentSpanId;
  private boolean parentIsRemote;
  private TraceFlags traceFlags = TraceFlags.getDefault();

  public SpanDraft(AttributeLimits limits) {
    this.limits = limits;
  }

  /** Empties the draft for the next span, which has to get its own ids. */
  public void clear() {
    used = 0;
    putAttributes = 0;
    name = "";
    kind = SpanKind.INTERNAL;
    status = StatusData.unset();
    traceState = TraceState.getDefault();
  }

  /** Sets what the span is called, and which side of a call it is. */
  public void name(String name, SpanKind kind) {
    this.name = name;
    this.kind = kind;
  }

  /** Sets the status; unset unless this is called. */
  public void status(StatusData status) {
    this.status = status;
  }

  /** Sets the tracestate that came in with the parent. */
  public void traceState(TraceState traceState) {
    this.traceState = traceState;
  }

  /** Adds a string attribute, cut to the limit. A key must not be put twice. */
  public void put(AttributeKey<String> key, String value) {
    if (mayPut()) {
      add(key, cut(value));
    }
  }

  /** Adds a whole number. A key must not be put twice. */
  public void put(AttributeKey<Long> key, long value) {
    if (mayPut()) {
      add(key, value);
    }
  }

  /** Adds a whole number that is boxed already. A key must not be put twice. */
  public void put(AttributeKey<Long> key, Long value) {
    if (mayPut()) {
      add(key, value);
    }
  }

  /** Adds strings, each cut to the limit. A key must not be put twice. */
  public void put(AttributeKey<List<String>> key, List<String> values) {
    if (mayPut()) {
      add(key, values.stream().map(this::cut).toList());
    }
  }

  private boolean mayPut() {
    return putAttributes++ < limits.count();
  }

  private void add(AttributeKey<?> key, Object value) {
    if (used == pairs.length) {
      pairs = Arrays.copyOf(pairs, 2 * used);
    }
    pairs[used++] = key;
    pairs[used++] = value;
  }

  private String cut(String value) {
    int limit = limits.valueLength();
    if (value.length() <= limit) {
      return value;
    }
    boolean splitsPair = limit > 0 && Character.isHighSurrogate(value.charAt(limit - 1));
    return value.substring(0, splitsPair ? limit - 1 : limit);
  }

  /**
   * Sets which span it is, and whose child: as in {@link NumericIds}.
   *
   * @param parentSpanId 0 for a root
   */
  public void ids(
      long traceHigh,
      long traceLow,
      long spanId,
      long parentSpanId,
      boolean parentIsRemote,
      TraceFlags traceFlags) {
    this.traceHigh = traceHigh;
    this.traceLow = traceLow;
    this.spanId = spanId;
    this.parentSpanId = parentSpanId;
    this.parentIsRemote = parentIsRemote;
    this.traceFlags = traceFlags;
  }

  /** The span described, with what does not depend on its library. */
  public SpanData finish(
      long startEpochNanos, long endEpochNanos, Resource resource, InstrumentationScopeInfo scope) {
    Attributes attributes = new SpanAttributes(Arrays.copyOf(pairs, used));
    return new FinishedSpan(
        name,
        kind,
        traceHigh,
        traceLow,
        spanId,
        parentSpanId,
        parentIsRemote,
        traceFlags,
        traceState,
        status,
        startEpochNanos,
        endEpochNanos,
        attributes,
        putAttributes,
        resource,
        scope);
  }
}
