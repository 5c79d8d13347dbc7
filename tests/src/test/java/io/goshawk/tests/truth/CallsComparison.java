// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compares the spans of the service {@code calls} with what it knows: that each call has one span,
 * under the right parent, in the right trace, with the right status, inside the times of the call.
 */
final class CallsComparison {

  /** A request has its id at the end of its path, a statement as the word after the first. */
  private static final Pattern ID = Pattern.compile("([a-z]+\\d+(?:_\\d+)*(?:_r)?)(?![\\w/])");

  private final Map<String, Call> calls = new HashMap<>();
  private final Map<String, TracedSpan> spans = new HashMap<>();
  private final List<TracedSpan> nameless = new ArrayList<>();
  private final UtcOffset.Samples clock = new UtcOffset.Samples();
  private final Differences differences = new Differences();
  private final Map<String, Integer> compared = new TreeMap<>();
  private final Map<String, Integer> sources = new TreeMap<>();
  private final Map<String, Integer> byBirth = new TreeMap<>();
  private final Map<String, Integer> foundByBirth = new TreeMap<>();
  private int unanswered;
  private int foundUnanswered;

  private CallsComparison() {}

  /**
   * Compares a run.
   *
   * @param truths what the services wrote
   * @param output what the agent wrote
   */
  static CallsComparison of(List<Path> truths, Path output) {
    CallsComparison comparison = new CallsComparison();
    truths.forEach(truth -> JsonLines.read(truth, comparison::line));
    TracedSpan.read(output, comparison::take);
    UtcOffset offset = comparison.clock.offset();
    comparison.calls.values().forEach(call -> comparison.compare(call, offset));
    return comparison;
  }

  private void line(JsonObject line) {
    if (line.has("clock")) {
      clock.add(line.getAsJsonObject("clock"));
    } else {
      Call call = Call.of(line);
      calls.put(call.key(), call);
    }
  }

  private static String kind(TracedSpan span) {
    if (span.attributes().containsKey("db.system.name")) {
      return span.name().startsWith("PREPARE ") ? "prepare" : "sql";
    }
    return span.kind() == TracedSpan.SERVER ? "server" : "client";
  }

  private void take(TracedSpan span) {
    String kind = kind(span);
    String text =
        String.valueOf(
            span.attributes()
                .get(
                    switch (kind) {
                      case "server" -> "url.path";
                      case "client" -> "url.full";
                      default -> "db.query.text";
                    }));
    Matcher id = ID.matcher(text);
    if (!id.find()) {
      nameless.add(span);
      return;
    }
    String key = kind + " " + id.group(1);
    if (!calls.containsKey(key)) {
      differs("a span of no call", span.toString());
    } else if (spans.put(key, span) != null) {
      differs("more than one span of " + calls.get(key).scenario(), key);
    }
  }

  /** How many spans were compared, by scenario. */
  Map<String, Integer> comparedByScenario() {
    return compared;
  }

  /** How many spans there must be. */
  int expectedSpans() {
    return calls.size();
  }

  /** How many traces the calls are in. */
  long traces() {
    return spans.values().stream().map(TracedSpan::traceId).distinct().count();
  }

  /** Spans that have no id, such as those of a transaction's end. */
  List<TracedSpan> nameless() {
    return nameless;
  }

  /** How many parents were found in which way, by {@code goshawk.parent.source}. */
  Map<String, Integer> sources() {
    return sources;
  }

  /** The share of calls whose parent only the birth of their goroutine tells, and that have it. */
  double recallByBirth() {
    return byBirth.isEmpty() ? 1 : (double) sum(foundByBirth) / sum(byBirth);
  }

  /** How many calls have the parent that only the birth of their goroutine tells, by scenario. */
  Map<String, Integer> foundByBirth() {
    return foundByBirth;
  }

  private static int sum(Map<String, Integer> counts) {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** The share of requests that were served and not answered, and have the span of their client. */
  double recallOfUnanswered() {
    return unanswered == 0 ? 1 : (double) foundUnanswered / unanswered;
  }

  /** What differs: kind of difference, how often, and a few examples each. */
  List<String> differences() {
    return differences.report();
  }

  private void compare(Call call, UtcOffset offset) {
    TracedSpan span = spans.get(call.key());
    String where = call.kind() + " of " + call.scenario();
    if (span == null) {
      differs("no span, " + where, call.id());
      return;
    }
    compared.merge(call.scenario(), 1, Integer::sum);
    parent(call, span, where);
    if (call.status() != 0) {
      same(
          "status, " + where,
          call,
          (long) call.status(),
          span.attributes().get("http.response.status_code"));
    }
    same("failed, " + where, call, call.failed(), span.failed());
    if (!call.url().isEmpty()) {
      same("url.full, " + where, call, call.url(), span.attributes().get("url.full"));
    }
    if (!call.error().isEmpty()) {
      same("error.type, " + where, call, call.error(), span.attributes().get("error.type"));
    }
    if (!call.link().isEmpty()) {
      same("links, " + where, call, List.of(call.link()), span.links());
    }
    times(call, span, offset, where);
  }

  private void parent(Call call, TracedSpan span, String where) {
    sources.merge(
        call.kind() + " " + span.attributes().get("goshawk.parent.source"), 1, Integer::sum);
    Call client = call.kind().equals("server") ? calls.get("client " + call.id()) : null;
    boolean kept = span.parentSpanId().equals(call.remoteSpan());
    if (client != null && client.isParentOfServer() && !(client.shared() && kept)) {
      if (!client.answered()) {
        unanswered++;
        foundUnanswered += kept ? 0 : 1;
      } else if (kept) {
        differs("no link, " + where, call.id());
      }
      if (kept) {
        return;
      }
      child(call, span, spans.get(client.key()), where);
      return;
    }
    if (!call.remoteSpan().isEmpty()) {
      same("remote parent, " + where, call, call.remoteSpan(), span.parentSpanId());
      same("trace, " + where, call, call.remoteTrace(), span.traceId());
      return;
    }
    if (call.parent().isEmpty()) {
      same("parent of a root, " + where, call, "", span.parentSpanId());
      return;
    }
    TracedSpan parent =
        spans.get(call.parent().contains(" ") ? call.parent() : "server " + call.parent());
    if (parent != null && call.byBirth()) {
      byBirth.merge(call.scenario(), 1, Integer::sum);
      if (span.parentSpanId().isEmpty()) {
        return;
      }
      foundByBirth.merge(call.scenario(), 1, Integer::sum);
    }
    child(call, span, parent, where);
  }

  private void child(Call call, TracedSpan span, TracedSpan parent, String where) {
    if (parent == null) {
      return; // That one is told for itself.
    }
    same("parent, " + where, call, parent.spanId(), span.parentSpanId());
    same("trace, " + where, call, parent.traceId(), span.traceId());
    if (span.startNanos() < parent.startNanos()) {
      differs("starts before its parent, " + where, call.id());
    }
  }

  private void times(Call call, TracedSpan span, UtcOffset offset, String where) {
    long slack = offset.toleranceNanos();
    long start = span.startNanos() - offset.nanos();
    long end = span.endNanos() - offset.nanos();
    boolean server = call.kind().equals("server");
    within(
        "starts too early, " + where,
        call,
        server ? start : call.enter(),
        server ? call.enter() + slack : start + slack);
    within(
        "ends too late, " + where,
        call,
        server ? call.leave() : end,
        server ? end + slack : call.leave() + slack);
    within("ends before it starts, " + where, call, start, end);
  }

  private void within(String what, Call call, long earlier, long later) {
    if (earlier > later) {
      differs(what, call.id() + " by " + (earlier - later) + " ns");
    }
  }

  private void same(String what, Call call, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      differs(what, call.id() + ": " + actual + " instead of " + expected);
    }
  }

  private void differs(String what, String example) {
    differences.add(what, example);
  }
}
