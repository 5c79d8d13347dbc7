// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Compares the spans of a gRPC server with what it and its clients know: that each call that came
 * to it has one span, with the parent that the client sent, the status that it saw, and the queries
 * that were made for it as children.
 */
final class GrpcComparison {

  private static final Pattern QUERY = Pattern.compile("SELECT (q\\d+) FROM calls");

  private static final String NESTED = "goshawk.truth.Calls/Nested";

  /** How often the server is asked in scenarios in which the client tries again. */
  private static final Map<String, Integer> ATTEMPTS = Map.of("retried", 3, "retried in vain", 4);

  /** Names of the codes, by number (grpc/grpc, doc/statuscodes.md). */
  private static final List<String> CODES =
      List.of(
          "OK",
          "CANCELLED",
          "UNKNOWN",
          "INVALID_ARGUMENT",
          "DEADLINE_EXCEEDED",
          "NOT_FOUND",
          "ALREADY_EXISTS",
          "PERMISSION_DENIED",
          "RESOURCE_EXHAUSTED",
          "FAILED_PRECONDITION",
          "ABORTED",
          "OUT_OF_RANGE",
          "UNIMPLEMENTED",
          "INTERNAL",
          "UNAVAILABLE",
          "DATA_LOSS",
          "UNAUTHENTICATED");

  private static final Set<String> ERRORS_OF_SERVERS =
      Set.of(
          "UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS");

  /** What never comes to a handler, and what a client says of its end without having heard it. */
  private static final Set<String> UNREGISTERED = Set.of("no method", "no service", "malformed");

  private static final Set<String> ENDED_BY_CLIENT =
      Set.of(
          "deadline",
          "ignored deadline",
          "cancelled",
          "cancelled with a cause",
          "cut",
          "ignored cancel",
          "lost wait",
          "lost ignore",
          "cut off",
          "stopped");

  /**
   * What has a status in a way of its own, or on a page that is not there unless the program itself
   * has looked: what the agent does not know, it does not say.
   */
  private static final Set<String> HARD_TO_READ =
      Set.of("cold", "refused with an own error", "refused with a cold status");

  private final Map<String, GrpcCall> driven = new HashMap<>();
  private final Map<String, List<GrpcCall>> served = new HashMap<>();
  private final Map<String, GrpcCall> queries = new HashMap<>();
  private final Map<String, Integer> nested = new HashMap<>();
  private final Map<String, TracedSpan> clientSpans = new HashMap<>();
  private final Map<String, List<TracedSpan>> serverSpans = new HashMap<>();
  private final Map<String, Integer> nestedSpans = new HashMap<>();
  private int nestedServerSpans;

  /** Of each client's span without a server's as its child 1, of what is the child of none -1. */
  private final Map<String, Integer> unlinked = new HashMap<>();

  private final Map<String, TracedSpan> querySpans = new HashMap<>();
  private final UtcOffset.Samples clock = new UtcOffset.Samples();
  private final Differences differences = new Differences();
  private final Map<String, Integer> compared = new TreeMap<>();

  private GrpcComparison() {}

  /**
   * Compares a run.
   *
   * @param driven what the clients wrote
   * @param served what the server wrote
   * @param output what the agent wrote
   */
  static GrpcComparison of(Path driven, Path served, Path output) {
    GrpcComparison comparison = new GrpcComparison();
    JsonLines.read(driven, comparison::line);
    JsonLines.read(served, comparison::line);
    TracedSpan.read(output, comparison::take);
    UtcOffset offset = comparison.clock.offset();
    comparison.driven.values().forEach(call -> comparison.compareClient(call, offset));
    comparison.driven.values().forEach(call -> comparison.compareServer(call, offset));
    comparison.queries.values().forEach(comparison::compareQuery);
    comparison.nested.forEach(comparison::compareNested);
    int nested = comparison.nested.values().stream().mapToInt(Integer::intValue).sum();
    if (comparison.nestedServerSpans != nested) {
      comparison.differs(
          "nested calls that the server answers",
          comparison.nestedServerSpans + " spans of " + nested);
    }
    return comparison;
  }

  private void line(JsonObject line) {
    if (line.has("clock")) {
      clock.add(line.getAsJsonObject("clock"));
      return;
    }
    GrpcCall call = GrpcCall.of(line);
    switch (call.kind()) {
      case "client" -> driven.put(call.id(), call);
      case "server" -> served.computeIfAbsent(call.id(), id -> new ArrayList<>()).add(call);
      case "nested" -> {
        same("status, nested", call, 0L, call.code());
        nested.merge(call.parent(), 1, Integer::sum);
      }
      default -> queries.put(call.id(), call);
    }
  }

  private void take(TracedSpan span) {
    if (span.attributes().get("db.query.text") instanceof String text) {
      Matcher query = QUERY.matcher(text);
      if (!query.matches() || !queries.containsKey(query.group(1))) {
        differs("a span of no query", span.toString());
      } else if (querySpans.put(query.group(1), span) != null) {
        differs("more than one span of a query", text);
      }
    } else if (span.name().equals(NESTED)) {
      if (span.kind() == TracedSpan.CLIENT) {
        nestedSpans.merge(span.traceId() + span.parentSpanId(), 1, Integer::sum);
        if (!"bufconn".equals(span.attributes().get("server.address"))) {
          unlinked.merge(span.traceId() + span.spanId(), 1, Integer::sum);
        }
      } else {
        nestedServerSpans++;
        if (span.attributes().containsKey("network.peer.address")) {
          unlinked.merge(span.traceId() + span.parentSpanId(), -1, Integer::sum);
        }
      }
    } else if (!driven.containsKey(span.traceId())) {
      differs("a span of no call", span.toString());
    } else if (span.kind() == TracedSpan.SERVER) {
      serverSpans.computeIfAbsent(span.traceId(), id -> new ArrayList<>()).add(span);
    } else if (clientSpans.put(span.traceId(), span) != null) {
      differs("more than one span, " + driven.get(span.traceId()).scenario(), span.toString());
    }
  }

  /** How many calls were compared, by transport and scenario. */
  Map<String, Integer> comparedByScenario() {
    return compared;
  }

  /**
   * How many of the calls that the server makes itself over TCP, without a traceparent or with one
   * that it was sent, are not the parent of just one span of the server that they come to.
   */
  long unlinked() {
    return unlinked.values().stream().filter(count -> count != 0).count();
  }

  /** What differs: kind of difference, how often, and a few examples each. */
  List<String> differences() {
    return differences.report();
  }

  private static String scenario(GrpcCall call) {
    return call.scenario().substring(call.scenario().indexOf(' ') + 1);
  }

  private static boolean isAnsweredByHttp(GrpcCall call) {
    return call.scenario().startsWith("handler ");
  }

  private void compareClient(GrpcCall call, UtcOffset offset) {
    TracedSpan span = clientSpans.get(call.id());
    String where = "client, " + call.scenario();
    if (span == null) {
      differs("no span, " + where, call.toString());
      return;
    }
    compared.merge(where, 1, Integer::sum);
    same("kind, " + where, call, TracedSpan.CLIENT, span.kind());
    same("parent, " + where, call, call.span(), span.parentSpanId());
    Map<String, Object> attributes = span.attributes();
    String method = call.method().substring(1);
    String code = name(call.code());
    metadata(call, span, where);
    reply(call, call.reply(), span, where);
    same("system, " + where, call, "grpc", attributes.get("rpc.system.name"));
    same("name, " + where, call, method, span.name());
    same("method, " + where, call, method, attributes.get("rpc.method"));
    if (scenario(call).equals("cut")) {
      same("seen, " + where, call, "UNAVAILABLE", code);
    }
    boolean late = "DEADLINE_EXCEEDED".equals(attributes.get("rpc.status_code"));
    if (call.left()) {
      same("error, " + where, call, "panic", attributes.get("error.type"));
      same("status, " + where, call, false, attributes.containsKey("rpc.status_code"));
      same("failed, " + where, call, true, span.failed());
    } else if (isNotKnown(call, span, where)) {
      same("failed, " + where, call, true, span.failed());
      same("error, " + where, call, "_OTHER", attributes.get("error.type"));
    } else if (!late || !scenario(call).equals("ignored deadline")) {
      // Its deadline may end a stream before the application takes the answer that has just come.
      boolean failed = !code.equals("OK") && !(code.equals("CANCELLED") && call.calledOff());
      former(call, span, where);
      same("status, " + where, call, code, attributes.get("rpc.status_code"));
      same("failed, " + where, call, failed, span.failed());
      same("error, " + where, call, failed, attributes.containsKey("error.type"));
    }
    same("server, " + where, call, transport(call), attributes.get("server.address"));
    if (served.containsKey(call.id())) {
      peer(call, span, where);
    }
    long slack = offset.toleranceNanos();
    long start = span.startNanos() - offset.nanos();
    long end = span.endNanos() - offset.nanos();
    within("starts too early, " + where, call, call.enter(), start + slack);
    within("ends too late, " + where, call, end, call.leave() + slack);
  }

  /** Whether a span has no status, as it may. */
  private boolean isNotKnown(GrpcCall call, TracedSpan span, String where) {
    boolean notKnown =
        HARD_TO_READ.contains(scenario(call)) && !span.attributes().containsKey("rpc.status_code");
    if (notKnown) {
      compared.merge(where + ", not known", 1, Integer::sum);
      same(
          "former code, " + where,
          call,
          false,
          span.attributes().containsKey("rpc.grpc.status_code"));
    }
    return notKnown;
  }

  private void compareServer(GrpcCall call, UtcOffset offset) {
    List<GrpcCall> handled = served.getOrDefault(call.id(), List.of());
    List<TracedSpan> spans = serverSpans.getOrDefault(call.id(), List.of());
    String where = call.scenario();
    int expected = UNREGISTERED.contains(scenario(call)) ? 1 : handled.size();
    // One whose client is gone before it has sent its message is answered without a handler.
    boolean answered = expected == 0 && ENDED_BY_CLIENT.contains(scenario(call));
    if (spans.size() != expected && !(answered && spans.size() == 1)) {
      differs(spans.size() + " spans instead of " + expected + ", " + where, call.toString());
      return;
    }
    if (spans.size() > 1) {
      same("attempts, " + where, call, ATTEMPTS.get(scenario(call)), spans.size());
    }
    for (TracedSpan span : spans) {
      compared.merge(where, 1, Integer::sum);
      same("parent, " + where, call, call.span(), span.parentSpanId());
      if (isAnsweredByHttp(call)) {
        same("path, " + where, call, call.method(), span.attributes().get("url.path"));
        continue;
      }
      method(call, span, where);
      metadata(call, span, where);
      reply(call, handled.isEmpty() ? List.of() : handled.get(0).reply(), span, where);
      if (spans.size() > 1) {
        continue; // Which of them is which attempt nobody says.
      }
      status(call, handled, span, where);
      if (!handled.isEmpty()) {
        times(call, handled.get(0), span, offset, where);
      }
    }
  }

  private void method(GrpcCall call, TracedSpan span, String where) {
    String method = call.method().substring(1);
    Map<String, Object> attributes = span.attributes();
    same("system, " + where, call, "grpc", attributes.get("rpc.system.name"));
    if (UNREGISTERED.contains(scenario(call))) {
      same("name, " + where, call, "grpc", span.name());
      same("method, " + where, call, "_OTHER", attributes.get("rpc.method"));
      same("original method, " + where, call, method, attributes.get("rpc.method_original"));
    } else {
      same("name, " + where, call, method, span.name());
      same("method, " + where, call, method, attributes.get("rpc.method"));
    }
    former(call, span, where);
    peer(call, span, where);
    same("server, " + where, call, transport(call), attributes.get("server.address"));
  }

  /** What {@code rpc/dup} asks for besides. */
  private void former(GrpcCall call, TracedSpan span, String where) {
    Map<String, Object> attributes = span.attributes();
    String method = call.method().substring(1);
    int slash = method.lastIndexOf('/');
    same("former system, " + where, call, "grpc", attributes.get("rpc.system"));
    same(
        "former service, " + where,
        call,
        slash < 0 ? "null" : method.substring(0, slash),
        String.valueOf(attributes.get("rpc.service")));
    if (attributes.containsKey("rpc.status_code")) {
      same(
          "former code, " + where,
          call,
          attributes.get("rpc.status_code"),
          name((Long) attributes.get("rpc.grpc.status_code")));
    }
  }

  /**
   * A header has bytes besides, and a trailer a credential. Who ends early may see less of them.
   */
  private void reply(GrpcCall call, List<String> reply, TracedSpan span, String where) {
    if (ENDED_BY_CLIENT.contains(scenario(call))) {
      return;
    }
    boolean header = reply.stream().anyMatch(each -> each.startsWith("header"));
    boolean trailer = reply.stream().anyMatch(each -> each.startsWith("trailer"));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(new byte[] {0, -1});
    bytes.writeBytes(call.id().getBytes(StandardCharsets.UTF_8));
    String binary = Base64.getEncoder().withoutPadding().encodeToString(bytes.toByteArray());
    Map.of(
            "x-reply", reply,
            "reply-bin", header ? List.of(binary) : List.<String>of(),
            "x-api-key", trailer ? List.of("REDACTED") : List.<String>of())
        .forEach(
            (name, values) ->
                same(
                    "reply " + name + ", " + where,
                    call,
                    values.isEmpty() ? "null" : listed(values),
                    String.valueOf(span.attributes().get("rpc.response.metadata." + name))));
    if (header && trailer) {
      compared.merge("answered with metadata, " + span.kind(), 1, Integer::sum);
    }
  }

  /** As an attribute has them. */
  private static String listed(List<String> values) {
    return values.stream()
        .map(value -> "{\"stringValue\":\"" + value + "\"}")
        .collect(Collectors.joining(",", "{\"arrayValue\":{\"values\":[", "]}}"));
  }

  private void metadata(GrpcCall call, TracedSpan span, String where) {
    Map.of(
            "traceparent", "00-" + call.id() + "-" + call.span() + "-01",
            "x-case", call.scenario(),
            "case-bin",
                Base64.getEncoder()
                    .withoutPadding()
                    .encodeToString(call.scenario().getBytes(StandardCharsets.UTF_8)))
        .forEach(
            (name, value) ->
                same(
                    "metadata " + name + ", " + where,
                    call,
                    listed(List.of(value)),
                    String.valueOf(span.attributes().get("rpc.request.metadata." + name))));
  }

  /** The name that was dialled, and that is the authority. */
  private static String transport(GrpcCall call) {
    return call.scenario().substring(0, call.scenario().indexOf(' '));
  }

  private void peer(GrpcCall call, TracedSpan span, String where) {
    same(
        "peer, " + where,
        call,
        transport(call).equals("unix") ? "null" : "127.0.0.1",
        String.valueOf(span.attributes().get("network.peer.address")));
  }

  private void status(GrpcCall call, List<GrpcCall> handled, TracedSpan span, String where) {
    String code = String.valueOf(span.attributes().get("rpc.status_code"));
    String seen = name(call.code());
    if (isNotKnown(call, span, where)) {
      same("failed, " + where, call, false, span.failed());
    } else if (!ENDED_BY_CLIENT.contains(scenario(call)) || seen.equals("OK")) {
      same("status, " + where, call, seen, code);
    } else if (!handled.isEmpty()) {
      // The server cannot know why its client has left; and may have answered before it heard of
      // it.
      String known = name(handled.get(0).code());
      if (!code.equals(known) && !(code.equals("OK") && known.equals("DEADLINE_EXCEEDED"))) {
        differs("status, " + where, call + ": " + code + " instead of " + known);
      }
    }
    same("failed, " + where, call, ERRORS_OF_SERVERS.contains(code), span.failed());
    same(
        "error type, " + where,
        call,
        span.failed() ? code : "null",
        String.valueOf(span.attributes().get("error.type")));
  }

  private static String name(long code) {
    return code < CODES.size() ? CODES.get((int) code) : "CODE(" + code + ")";
  }

  private void times(
      GrpcCall call, GrpcCall handled, TracedSpan span, UtcOffset offset, String where) {
    long slack = offset.toleranceNanos();
    long start = span.startNanos() - offset.nanos();
    long end = span.endNanos() - offset.nanos();
    within("starts too early, " + where, call, call.enter(), start + slack);
    within("starts too late, " + where, call, start, handled.enter() + slack);
    if (ENDED_BY_CLIENT.contains(scenario(call))) {
      return; // A message that does not come, or cannot be sent, ends it before its handler.
    }
    if (!scenario(call).startsWith("too large")) {
      within("ends too early, " + where, call, handled.leave(), end + slack);
    }
    within("ends too late, " + where, call, end, call.leave() + slack);
  }

  private void compareQuery(GrpcCall query) {
    TracedSpan span = querySpans.get(query.id());
    TracedSpan parent = serverSpan(query.parent());
    if (span == null) {
      differs("no span of a query", query.toString());
    } else if (parent != null) {
      String where = driven.get(query.parent()).scenario();
      same("parent of a query, " + where, query, parent.spanId(), span.parentSpanId());
      same("trace of a query, " + where, query, parent.traceId(), span.traceId());
      compared.merge("query of " + where, 1, Integer::sum);
    }
  }

  /** Calls that the server makes itself are children of the one that it makes them for. */
  private void compareNested(String parent, int calls) {
    TracedSpan span = serverSpan(parent);
    if (span != null) {
      int found = nestedSpans.getOrDefault(span.traceId() + span.spanId(), 0);
      if (found != calls) {
        differs(found + " nested calls instead of " + calls, span.toString());
      }
      compared.merge("nested of " + driven.get(parent).scenario(), 1, Integer::sum);
    }
  }

  private TracedSpan serverSpan(String id) {
    List<TracedSpan> spans = serverSpans.getOrDefault(id, List.of());
    return spans.isEmpty() ? null : spans.get(0);
  }

  private void within(String what, GrpcCall call, long earlier, long later) {
    if (earlier > later) {
      differs(what, call + " by " + (earlier - later) + " ns");
    }
  }

  private void same(String what, GrpcCall call, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      differs(what, call + ": " + actual + " instead of " + expected);
    }
  }

  private void differs(String what, String example) {
    differences.add(what, example);
  }
}
