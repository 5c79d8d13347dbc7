// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.testing;

import io.goshawk.collector.telemetry.EncodedBatch;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.ArrayList;
import java.util.List;

/** Server spans as the agent makes them, and traces of them. */
public final class TestSpans {
  /** 2026-11-21T04:00:00Z. */
  public static final long START = 1_795_233_600_000_000_000L;

  private static final String SCHEMA = "https://opentelemetry.io/schemas/1.45.0";
  public static final InstrumentationScopeInfo SCOPE =
      InstrumentationScopeInfo.builder("goshawk/net/http")
          .setVersion("0.1.0")
          .setSchemaUrl(SCHEMA)
          .build();

  private TestSpans() {}

  public static Resource service(String name) {
    return Resource.create(
        Attributes.builder()
            .put("service.name", name)
            .put("service.instance.id", "627cc493-f310-47de-96bd-71410b7dec09")
            .put("process.pid", 4711)
            .put("process.runtime.name", "go")
            .put("process.runtime.version", "go1.27.4")
            .put("telemetry.sdk.name", "goshawk")
            .put("telemetry.sdk.language", "go")
            .build(),
        SCHEMA);
  }

  public static String traceId(long number) {
    return String.format("0af7651916cd43dd%016x", number);
  }

  public static String spanId(long number) {
    return String.format("%016x", number);
  }

  public static SpanContext context(long trace, long span) {
    return SpanContext.create(
        traceId(trace), spanId(span), TraceFlags.getSampled(), TraceState.getDefault());
  }

  /** A request of a few milliseconds; each number gives another span of another trace. */
  public static TestSpan request(Resource resource, long number) {
    return new TestSpan(
        "GET /orders/{id}",
        SpanKind.SERVER,
        context(number, number),
        SpanContext.getInvalid(),
        StatusData.unset(),
        START + number * 1_000,
        START + number * 1_000 + 2_500_000,
        attributes(number),
        List.of(),
        List.of(),
        14,
        SCOPE,
        resource);
  }

  private static Attributes attributes(long number) {
    return Attributes.builder()
        .put("http.request.method", "GET")
        .put("url.path", "/orders/" + number)
        .put("url.query", "verbose=1")
        .put("url.scheme", "http")
        .put("http.route", "/orders/{id}")
        .put("http.response.status_code", 200)
        .put("server.address", "shop.example.com")
        .put("server.port", 8080)
        .put("client.address", "10.1.2.3")
        .put("network.peer.address", "10.1.2.3")
        .put("network.peer.port", 40_000 + number % 1000)
        .put("network.protocol.version", "1.1")
        .put("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0")
        .put("http.response.body.size", 1234)
        .build();
  }

  /** That many requests of one service. */
  public static List<SpanData> requests(int count) {
    Resource resource = service("shop");
    List<SpanData> spans = new ArrayList<>(count);
    for (int i = 1; i <= count; i++) {
      spans.add(request(resource, i));
    }
    return spans;
  }

  public static EncodedBatch batch(int count) {
    return EncodedSpans.of(requests(count));
  }

  /**
   * A span within a trace.
   *
   * @param parent the parent's number; 0 for none
   * @param startMillis after {@link #START}
   */
  public static TestSpan span(
      String service,
      String name,
      long trace,
      long number,
      long parent,
      long startMillis,
      long lengthMillis,
      Attributes attributes,
      StatusData status) {
    return new TestSpan(
        name,
        SpanKind.SERVER,
        context(trace, number),
        parent == 0 ? SpanContext.getInvalid() : context(trace, parent),
        status,
        START + startMillis * 1_000_000,
        START + (startMillis + lengthMillis) * 1_000_000,
        attributes,
        List.of(),
        List.of(),
        attributes.size(),
        SCOPE,
        service(service));
  }
}
