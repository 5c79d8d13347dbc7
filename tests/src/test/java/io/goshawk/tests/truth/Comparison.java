// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Compares spans with the truth, one by one, and collects where they differ.
 *
 * <p>A request's span begins after the client sent it and before its handler was entered; it ends
 * after the handler was left and before the server had settled the request, each as far as it is
 * known.
 */
final class Comparison {

  private final Map<String, Exchange> exchanges = new HashMap<>();
  private final Map<String, ServedRequest> served = new HashMap<>();
  private final UtcOffset.Samples clock = new UtcOffset.Samples();
  private final Map<String, TracedSpan> callsById = new HashMap<>();
  private final Map<String, TracedSpan> requestsByKey = new HashMap<>();
  private final Map<String, Integer> spansByExchange = new HashMap<>();
  private final Set<String> spanIds = new HashSet<>();
  private final Set<String> rootTraces = new HashSet<>();
  private final Differences differences = new Differences();
  private final Map<String, Integer> compared = new TreeMap<>();
  private int spans;
  private int calls;
  private int bounded;

  private Comparison() {}

  /**
   * Compares a run.
   *
   * @param driverLog what {@code drive} wrote
   * @param serviceLog what {@code serve} wrote
   * @param output what the agent wrote
   */
  static Comparison of(Path driverLog, Path serviceLog, Path output) {
    Comparison comparison = new Comparison();
    JsonLines.read(driverLog, comparison::driverLine);
    JsonLines.read(
        serviceLog,
        line -> {
          ServedRequest request = ServedRequest.of(line);
          comparison.served.put(request.key(), request);
        });
    UtcOffset offset = comparison.clock.offset();
    List<TracedSpan> spans = new ArrayList<>();
    TracedSpan.read(output, spans::add);
    spans.forEach(comparison::note);
    spans.forEach(span -> comparison.compare(span, offset));
    comparison.countSpans();
    return comparison;
  }

  private void driverLine(JsonObject line) {
    if (line.has("clock")) {
      clock.add(line.getAsJsonObject("clock"));
    } else {
      Exchange exchange = Exchange.of(line);
      exchanges.put(exchange.key(), exchange);
    }
  }

  /** How many spans were compared. */
  int spans() {
    return spans;
  }

  /** How many others there were, of requests that the service itself sends to its upstream. */
  int calls() {
    return calls;
  }

  /** How many of them had all four bounds on their times. */
  int bounded() {
    return bounded;
  }

  /** How many spans there must be. */
  long expectedSpans() {
    return exchanges.values().stream().mapToInt(Exchange::spans).sum();
  }

  /** How many requests net/http served, sampled or not. */
  long expectedRequests() {
    return exchanges.values().stream().mapToInt(Exchange::requests).sum();
  }

  /** How many kinds of request there were, each with how many spans. */
  Map<String, Integer> comparedByKind() {
    return compared;
  }

  /**
   * What differs: kind of difference, how often, and a few examples each. Empty if nothing does.
   */
  List<String> differences() {
    return differences.report();
  }

  private void note(TracedSpan span) {
    if (span.kind() == TracedSpan.CLIENT) {
      callsById.put(span.spanId(), span);
    } else {
      requestsByKey.put(key(span), span);
    }
  }

  private static String key(TracedSpan span) {
    return span.requestId() + " " + span.path();
  }

  private void compare(TracedSpan span, UtcOffset offset) {
    if (span.kind() == TracedSpan.CLIENT) {
      calls++;
      return;
    }
    spans++;
    String key = key(span);
    Exchange exchange = exchanges.get(key);
    if (exchange == null) {
      differs("a span of no request", span.toString());
      return;
    }
    spansByExchange.merge(key, 1, Integer::sum);
    compared.merge(exchange.kind(), 1, Integer::sum);
    fields(span, exchange);
    trace(span, exchange);
    times(span, exchange, offset);
  }

  private void fields(TracedSpan span, Exchange exchange) {
    same("name", exchange, exchange.name(), span.name());
    same("kind", exchange, TracedSpan.SERVER, span.kind());
    exchange
        .attributes()
        .forEach(
            (attribute, value) -> {
              Object actual = span.attributes().get(attribute);
              if (exchange.prefixes().contains(attribute)) {
                if (!(actual instanceof String text)
                    || text.isEmpty()
                    || !value.toString().startsWith(text)) {
                  differs(attribute + " is no prefix", exchange + " has " + actual);
                }
              } else {
                same(attribute, exchange, value, actual);
              }
            });
    for (String attribute : exchange.absent()) {
      same(attribute, exchange, null, span.attributes().get(attribute));
    }
    Object status = span.attributes().getOrDefault("http.response.status_code", 0L);
    if (!(status instanceof Long code) || !exchange.statuses().contains(code.intValue())) {
      differs(
          "http.response.status_code in " + exchange.kind(),
          exchange + ": " + status + " instead of " + exchange.statuses());
    }
    if (!exchange.failed().equals("either")) {
      same("status is error", exchange, exchange.failed().equals("yes"), span.failed());
    }
  }

  private void trace(TracedSpan span, Exchange exchange) {
    if (!spanIds.add(span.spanId()) || !span.spanId().matches("(?!0{16})[0-9a-f]{16}")) {
      differs("span id", exchange + ": " + span.spanId());
    }
    same("tracestate", exchange, exchange.traceState(), span.traceState());
    if (!exchange.sentBy().isEmpty()) {
      sender(span, exchange);
      return;
    }
    if (exchange.traceId().isEmpty()) {
      if (!rootTraces.add(span.traceId()) || !span.traceId().matches("(?!0{32})[0-9a-f]{32}")) {
        differs("trace id of a root", exchange + ": " + span.traceId());
      }
    } else {
      same("trace id", exchange, exchange.traceId(), span.traceId());
    }
    same("parent", exchange, exchange.parentId(), span.parentSpanId());
  }

  /** A handler has sent it: between the two requests stands the call that it made. */
  private void sender(TracedSpan span, Exchange exchange) {
    TracedSpan sender = requestsByKey.get(exchange.senderKey());
    TracedSpan call = callsById.get(span.parentSpanId());
    if (sender == null || call == null || !call.parentSpanId().equals(sender.spanId())) {
      differs("parent of what a handler sent", exchange + ": " + span.parentSpanId());
    } else {
      same("trace id of what a handler sent", exchange, sender.traceId(), span.traceId());
    }
  }

  private void times(TracedSpan span, Exchange exchange, UtcOffset offset) {
    long start = span.startNanos() - offset.nanos();
    long end = span.endNanos() - offset.nanos();
    long slack = offset.toleranceNanos();
    ServedRequest request = served.get(exchange.key());
    if (end < start) {
      differs("ends before it starts", exchange.toString());
    }
    within("starts before it was sent", exchange, exchange.sent() - slack, start);
    if (request == null) {
      // Answered by net/http itself, such as OPTIONS *.
      within("starts after it was answered", exchange, start, exchange.done() + slack);
      return;
    }
    within("starts after its handler", exchange, start, request.enter() + slack);
    within("ends before its handler", exchange, request.leave() - slack, end);
    if (request.settled() != 0) {
      within("ends after the server settled it", exchange, end, request.settled() + slack);
    }
    if (exchange.endsByDone()) {
      within("ends after the client saw the end", exchange, end, exchange.done() + slack);
    }
    if (request.settled() != 0 || exchange.endsByDone()) {
      bounded++;
    }
  }

  private void countSpans() {
    for (Exchange exchange : exchanges.values()) {
      int actual = spansByExchange.getOrDefault(exchange.key(), 0);
      if (actual != exchange.spans()) {
        differs(
            actual + " spans instead of " + exchange.spans() + " for " + exchange.kind(),
            exchange.toString());
      }
    }
  }

  private void within(String what, Exchange exchange, long earlier, long later) {
    if (earlier > later) {
      differs(what, exchange + " by " + (earlier - later) + " ns");
    }
  }

  private void same(
      String what, Exchange exchange, @Nullable Object expected, @Nullable Object actual) {
    if (expected == null ? actual != null : !expected.equals(actual)) {
      differs(what, exchange + ": " + actual + " instead of " + expected);
    }
  }

  private void differs(String what, String example) {
    differences.add(what, example);
  }
}
