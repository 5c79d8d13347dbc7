// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.testing;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;

/** Spans with everything that OTLP can say, in every combination: for tests of encodings. */
public final class RandomSpans {
  private static final String[] TEXTS = {
    "",
    "plain",
    "quote \" backslash \\ slash /",
    "\u0000\u001f\n\r\t\u007f",
    "häßlich €",
    "🦅 hawk",
    "long ".repeat(200)
  };

  private RandomSpans() {}

  /** One to eight spans of two resources and two scopes. */
  public static List<SpanData> some(RandomGenerator random) {
    List<SpanData> spans = new ArrayList<>();
    List<Resource> resources = List.of(resource(random), resource(random));
    List<InstrumentationScopeInfo> scopes = List.of(scope(random), scope(random));
    for (int i = random.nextInt(8); i >= 0; i--) {
      spans.add(span(random, pick(random, resources), pick(random, scopes)));
    }
    return spans;
  }

  /** The same of spans that say no more than those of the agent. */
  public static List<SpanData> someOfTheAgents(RandomGenerator random) {
    List<SpanData> spans = new ArrayList<>();
    for (SpanData span : some(random)) {
      TestSpan any = (TestSpan) span;
      AttributesBuilder attributes = Attributes.builder();
      if (random.nextBoolean()) {
        attributes.put("text", text(random)).put("number", random.nextLong());
        attributes.put("texts", text(random), text(random)).put("another", text(random));
      }
      Attributes own = attributes.build();
      SpanContext parent =
          any.parent().isValid()
              ? SpanContext.createFromRemoteParent(
                  any.getTraceId(),
                  any.getParentSpanId(),
                  any.context().getTraceFlags(),
                  any.context().getTraceState())
              : SpanContext.getInvalid();
      spans.add(
          new TestSpan(
              any.name(),
              any.kind(),
              any.context(),
              parent,
              any.status(),
              any.startNanos(),
              any.endNanos(),
              own,
              List.of(),
              List.of(),
              own.size(),
              any.scope(),
              any.resource()));
    }
    return spans;
  }

  private static TestSpan span(
      RandomGenerator random, Resource resource, InstrumentationScopeInfo scope) {
    Attributes attributes = attributes(random);
    List<EventData> events = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      Attributes own = attributes(random);
      events.add(
          EventData.create(
              random.nextLong() >>> 1, text(random), own, own.size() + random.nextInt(2)));
    }
    List<LinkData> links = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      links.add(LinkData.create(context(random), attributes(random)));
    }
    return new TestSpan(
        text(random),
        SpanKind.values()[random.nextInt(5)],
        context(random),
        random.nextBoolean() ? context(random) : SpanContext.getInvalid(),
        StatusData.create(StatusCode.values()[random.nextInt(3)], text(random)),
        random.nextLong() >>> 1,
        random.nextLong() >>> 1,
        attributes,
        events,
        links,
        attributes.size() + random.nextInt(2),
        scope,
        resource);
  }

  private static SpanContext context(RandomGenerator random) {
    String trace = HexFormat.of().toHexDigits(random.nextLong() | 1);
    String span = HexFormat.of().toHexDigits(random.nextLong() | 1);
    TraceFlags flags = TraceFlags.fromByte((byte) random.nextInt(256));
    TraceState state =
        random.nextBoolean()
            ? TraceState.getDefault()
            : TraceState.builder().put("a", "1").put("b", "two").build();
    return random.nextBoolean()
        ? SpanContext.create(trace + span, span, flags, state)
        : SpanContext.createFromRemoteParent(trace + span, span, flags, state);
  }

  private static Resource resource(RandomGenerator random) {
    return Resource.create(attributes(random), random.nextBoolean() ? "https://schema" : null);
  }

  private static InstrumentationScopeInfo scope(RandomGenerator random) {
    var scope = InstrumentationScopeInfo.builder(text(random)).setAttributes(attributes(random));
    if (random.nextBoolean()) {
      scope.setVersion("0.1.0").setSchemaUrl("https://schema");
    }
    return scope.build();
  }

  private static Attributes attributes(RandomGenerator random) {
    AttributesBuilder attributes = Attributes.builder();
    if (random.nextBoolean()) {
      attributes.put("text", text(random));
      attributes.put("flag", random.nextBoolean());
      attributes.put(
          "int", pick(random, List.of(0L, -1L, 9L, 10L, Long.MIN_VALUE, Long.MAX_VALUE)));
      attributes.put("any int", random.nextLong());
      attributes.put("double", pick(random, List.of(0.0, -1.5, 1e300, Double.MIN_VALUE)));
      attributes.put("no number", pick(random, List.of(Double.NaN, Double.NEGATIVE_INFINITY)));
      attributes.put("texts", text(random), text(random));
      attributes.put("flags", true, false);
      attributes.put("ints", 1L, random.nextLong());
      attributes.put("doubles", random.nextDouble(), Double.POSITIVE_INFINITY);
      attributes.put("none", new long[0]);
      attributes.put(AttributeKey.valueKey("any"), value(random, 3));
    }
    return attributes.build();
  }

  private static Value<?> value(RandomGenerator random, int depth) {
    return switch (random.nextInt(depth == 0 ? 6 : 8)) {
      case 0 -> Value.of(text(random));
      case 1 -> Value.of(random.nextBoolean());
      case 2 -> Value.of(random.nextLong());
      case 3 -> Value.of(random.nextDouble());
      case 4 -> Value.of(new byte[] {1, 2, (byte) random.nextInt()});
      case 5 -> Value.empty();
      case 6 -> Value.of(value(random, depth - 1), value(random, depth - 1));
      default ->
          Value.of(
              KeyValue.of("a", value(random, depth - 1)),
              KeyValue.of(text(random), value(random, depth - 1)));
    };
  }

  private static String text(RandomGenerator random) {
    return TEXTS[random.nextInt(TEXTS.length)];
  }

  private static <T> T pick(RandomGenerator random, List<T> values) {
    return values.get(random.nextInt(values.size()));
  }
}
