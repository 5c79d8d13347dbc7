// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.capture;

import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A record to keep: the first whose span has these attributes.
 *
 * @param name of its files
 * @param asked what the request was, for the reader
 * @param attributes by key; {@value #ANY} is any value, {@value #NONE} no such attribute
 */
record Wanted(String name, String asked, Map<String, String> attributes) {
  private static final String ANY = "any";
  private static final String NONE = "none";
  private static final String TRACESTATE = "tracestate";

  private static Wanted of(String name, String asked, String... attributes) {
    Map<String, String> map =
        IntStream.range(0, attributes.length / 2)
            .boxed()
            .collect(Collectors.toMap(i -> attributes[2 * i], i -> attributes[2 * i + 1]));
    return new Wanted(name, asked, map);
  }

  private static Wanted http1(String name, String asked, String route) {
    return of(
        name, asked, "http.route", route, "network.protocol.version", "1.1", "url.scheme", "http");
  }

  private static Wanted http2(String name, String asked, String route) {
    return of(
        name, asked, "http.route", route, "network.protocol.version", "2", "url.scheme", "https");
  }

  /** Every kind of request that says something of its own about spans. */
  static final List<Wanted> HTTP =
      List.of(
          http1("plain-http1", "GET over HTTP/1.1", "/plain/{id}"),
          http2("plain-http2-tls", "GET over HTTP/2 and TLS", "/plain/{id}"),
          of(
              "plain-h2c",
              "GET over HTTP/2 without TLS",
              "http.route",
              "/plain/{id}",
              "network.protocol.version",
              "2",
              "url.scheme",
              "http"),
          of("http10", "GET over HTTP/1.0", "network.protocol.version", "1.0"),
          of("parent", "with traceparent and tracestate", TRACESTATE, ANY),
          of("forwarded", "with Forwarded", "client.address", "2001:db8::17"),
          of("forwarded-for", "with X-Forwarded-For", "client.address", "203.0.113.7"),
          of("forwarded-host", "with X-Forwarded-Host", "server.address", "shop.example"),
          of("query", "GET with a query", "url.query", "name=a%20b&x=%C3%A9&empty="),
          of("escaped", "GET of an escaped path", "url.path", "/plain/a%2Fb%20c"),
          of("head", "HEAD", "http.request.method", "HEAD"),
          of("bare", "GET past the ServeMux", "url.path", "/bare"),
          http2("echo", "POST", "/echo"),
          of(
              "echo-chunked",
              "POST, chunked body",
              "http.route",
              "/echo",
              "http.request.body.size",
              NONE),
          of("no-content", "DELETE, answered with 204", "http.response.status_code", "204"),
          of("unavailable", "PUT, answered with 503", "url.path", "/status/503"),
          http1("early-hints", "GET, 103 before 202", "/hints"),
          of("not-found", "GET of no route", "http.response.status_code", "404"),
          of("method-not-allowed", "PATCH of a GET route", "http.response.status_code", "405"),
          of("unknown-method", "BREW", "http.request.method_original", "BREW"),
          of("lower-case-method", "get", "http.request.method_original", "get"),
          of("options-star", "OPTIONS *", "url.path", "*"),
          of("absolute-form", "GET in absolute form", "server.address", "absolute.example"),
          of("long-url", "GET with a long query", "goshawk.truncated", "[url.query]"),
          http1("panic", "the handler panics before it writes", "/panic"),
          http2("panic-late", "the handler panics after it has written", "/panic/late"),
          http1("abort-late", "http.ErrAbortHandler after some writing", "/abort/late"),
          http1("goexit", "runtime.Goexit", "/goexit"),
          http2("recovered", "middleware recovers and answers 500", "/recovered"),
          http1("upgrade", "hijacked with Upgrade", "/upgrade"),
          http1("takeover", "hijacked without Upgrade", "/takeover"),
          http1("nested-mux", "a ServeMux in a ServeMux", "/item/{id}"),
          http1("copied-request", "middleware copies the request", "/copied/{id}"),
          http1("timeout-handler", "http.TimeoutHandler answers 503", "/limit/slow"),
          http2("wrapped-writer", "middleware wraps the ResponseWriter", "/wrapped"));

  boolean accepts(SpanData span) {
    Map<String, String> found =
        span.getAttributes().asMap().entrySet().stream()
            .collect(Collectors.toMap(e -> e.getKey().getKey(), e -> e.getValue().toString()));
    if (!span.getSpanContext().getTraceState().isEmpty()) {
      found.put(TRACESTATE, ANY);
    }
    return attributes.entrySet().stream()
        .allMatch(
            wanted -> {
              String value = found.getOrDefault(wanted.getKey(), NONE);
              return wanted.getValue().equals(ANY)
                  ? !value.equals(NONE)
                  : value.equals(wanted.getValue());
            });
  }
}
