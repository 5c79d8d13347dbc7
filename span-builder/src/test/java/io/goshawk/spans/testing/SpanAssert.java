// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.testing;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/** Assertions about a span. A failure shows the whole span. */
public final class SpanAssert extends AbstractAssert<SpanAssert, SpanData> {

  private SpanAssert(@Nullable SpanData span) {
    super(span, SpanAssert.class);
  }

  /** Begins an assertion about a span. */
  public static SpanAssert assertThatSpan(@Nullable SpanData span) {
    return new SpanAssert(span).isNotNull();
  }

  public SpanAssert hasName(String name) {
    return same("name", name, actual.getName());
  }

  public SpanAssert hasKind(SpanKind kind) {
    return same("kind", kind, actual.getKind());
  }

  public SpanAssert hasStatus(StatusCode status) {
    return same("status", status, actual.getStatus().getStatusCode());
  }

  /** Status Error, with that {@code error.type}. */
  public SpanAssert isError(String errorType) {
    return hasStatus(StatusCode.ERROR).has("error.type", errorType);
  }

  /** Status unset, and no {@code error.type}. */
  public SpanAssert isNoError() {
    return hasStatus(StatusCode.UNSET).hasNone("error.type");
  }

  public SpanAssert hasTraceId(String traceId) {
    return same("trace id", traceId, actual.getTraceId());
  }

  public SpanAssert hasSpanId(String spanId) {
    return same("span id", spanId, actual.getSpanId());
  }

  public SpanAssert isRoot() {
    return same("whether there is a parent", false, actual.getParentSpanContext().isValid());
  }

  /** The parent is that span of another process. */
  public SpanAssert hasRemoteParent(String spanId) {
    same("parent", spanId, actual.getParentSpanId());
    same("parent's trace", actual.getTraceId(), actual.getParentSpanContext().getTraceId());
    return same("whether the parent is remote", true, actual.getParentSpanContext().isRemote());
  }

  /** The parent is that span of this agent. */
  public SpanAssert isChildOf(SpanData parent) {
    same("parent", parent.getSpanId(), actual.getParentSpanId());
    same("trace", parent.getTraceId(), actual.getTraceId());
    if (actual.getStartEpochNanos() < parent.getStartEpochNanos()) {
      throw failure("starts before its parent:%n%s%n%s", SpanText.of(parent), SpanText.of(actual));
    }
    return this;
  }

  public SpanAssert startsAt(long epochNanos) {
    return same("start", epochNanos, actual.getStartEpochNanos());
  }

  public SpanAssert lasts(Duration duration) {
    return same(
        "length",
        duration,
        Duration.ofNanos(actual.getEndEpochNanos() - actual.getStartEpochNanos()));
  }

  /** Has that attribute; a whole number as int or long, strings of an array as a list. */
  public SpanAssert has(String key, Object value) {
    Object expected = value instanceof Integer number ? Long.valueOf(number) : value;
    return same(key, expected, attributes().get(key));
  }

  public <T> SpanAssert has(AttributeKey<T> key, T value) {
    return has(key.getKey(), value);
  }

  public SpanAssert hasNone(String... keys) {
    for (String key : keys) {
      same(key, null, attributes().get(key));
    }
    return this;
  }

  /** Has these attributes and no others. */
  public SpanAssert hasOnly(Map<String, Object> attributes) {
    return same("attributes", new TreeMap<>(attributes), attributes());
  }

  public SpanAssert hasResource(String key, Object value) {
    Map<String, Object> resource = new TreeMap<>();
    actual.getResource().getAttributes().forEach((k, v) -> resource.put(k.getKey(), v));
    Object expected = value instanceof Integer number ? Long.valueOf(number) : value;
    return same("resource's " + key, expected, resource.get(key));
  }

  /** The whole span, in the form of {@link SpanText}. */
  public SpanAssert reads(String text) {
    return same("text", text, SpanText.of(actual));
  }

  private TreeMap<String, Object> attributes() {
    TreeMap<String, Object> attributes = new TreeMap<>();
    actual.getAttributes().forEach((key, value) -> attributes.put(key.getKey(), value));
    return attributes;
  }

  private SpanAssert same(String what, @Nullable Object expected, @Nullable Object found) {
    if (!Objects.equals(expected, found)) {
      throw failureWithActualExpected(
          found,
          expected,
          "%s of the span is%n  %s%nand should be%n  %s%nin%n%s",
          what,
          found,
          expected,
          SpanText.of(actual));
    }
    return this;
  }
}
