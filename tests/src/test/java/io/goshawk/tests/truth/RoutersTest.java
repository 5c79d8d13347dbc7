// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Repository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests that gin, echo, chi and gorilla/mux route, over HTTP/1 and HTTP/2, many at a time and
 * with the garbage collector at work: each span has the route that the router itself says it has,
 * or none where that knows none.
 */
class RoutersTest {

  /** 4 workers times 40 requests of all routers. */
  private static final int REQUESTS_PER_ROUND = 4 * 40;

  private static final int ROUNDS = 25;

  private static final int CALLING_ROUNDS = 50;

  /** A call of a handler's: for which request, and how it is made. */
  private static final Pattern CALL = Pattern.compile("of=(\\d+)&how=([a-z-]+)");

  private final Path folder = Repository.scratch("routers");

  @Test
  void everySpanHasTheRouteThatItsRouterSays() {
    assertTruth(GoToolchain.newest().build("tests/go/routers", "."));
  }

  @Test
  void soItHasInAStrippedExecutable() {
    assertTruth(
        GoToolchain.newest().build("tests/go/routers", ".", "-ldflags=-s -w", "-buildmode=pie"));
  }

  @Test
  void ofARequestThatTakesLongItIsWhatTheRouterFoundOrNothing() {
    assertLeftOutWhereItIsGone(GoToolchain.newest());
  }

  @Tag("matrix")
  @Test
  void soItIsWithTheReleaseBefore() {
    assertLeftOutWhereItIsGone(GoToolchain.of("1.26"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mux", "whole", "chi", "gin"})
  void aMuxBehindAnotherRouterHasTheRouteAlsoAfterATimeWithoutOne(String outermost) {
    assertNested("--nested", outermost, "--nested-first");
  }

  @ParameterizedTest
  @ValueSource(strings = {"mux", "whole", "chi", "gin"})
  void soItHasWhereNobodyAskedForItBefore(String outermost) {
    assertNested("--nested", outermost);
  }

  /**
   * Calls that handlers make with the context that their router gives them. gin's own is none that
   * is followed, so a worker that has only that has no parent; nobody has another request's.
   */
  @Test
  void callsWithTheContextOfARouterAreTheRequests() {
    Path traced = folder.resolve("calls.jsonl");
    Path program = GoToolchain.newest().build("tests/go/routers", ".");
    CapturedRun.of(
        folder, traced, program, "--contexts", "--rounds", Integer.toString(CALLING_ROUNDS));
    Map<String, String> requests = new HashMap<>();
    List<TracedSpan> calls = new ArrayList<>();
    TracedSpan.read(
        traced,
        span -> {
          String query = (String) span.attributes().getOrDefault("url.query", "");
          if (span.kind() == TracedSpan.SERVER && query.startsWith("n=")) {
            requests.put(span.spanId(), query.substring(2));
          } else if (CALL.matcher(url(span)).find()) {
            calls.add(span);
          }
        });
    assertThat(requests).hasSize(2 * 4 * CALLING_ROUNDS);
    assertThat(calls).hasSize(3 * requests.size());
    Map<String, Integer> without = new TreeMap<>();
    for (TracedSpan span : calls) {
      Matcher call = CALL.matcher(url(span));
      assertThat(call.find()).isTrue();
      if (span.parentSpanId().isEmpty()) {
        without.merge(call.group(2), 1, Integer::sum);
      } else {
        assertThat(requests.get(span.parentSpanId())).as(url(span)).isEqualTo(call.group(1));
      }
    }
    assertThat(without)
        .doesNotContainKeys("gin-handler", "echo-handler", "echo-goroutine", "echo-worker");
    assertThat(without.getOrDefault("gin-goroutine", 0)).isLessThan(CALLING_ROUNDS);
  }

  private static String url(TracedSpan span) {
    return (String) span.attributes().getOrDefault("url.full", "");
  }

  private void assertNested(String... arguments) {
    Path truth = folder.resolve("nested-truth.jsonl");
    Path traced = folder.resolve("nested-traced.jsonl");
    List<String> all = new ArrayList<>(List.of("--log", truth.toString()));
    all.addAll(List.of(arguments));
    Path program = GoToolchain.newest().build("tests/go/routers", ".");
    CapturedRun.of(folder, traced, program, all.toArray(String[]::new));
    Map<String, String> expected = new HashMap<>();
    JsonLines.read(truth, line -> expected.put("n=" + text(line, "number"), text(line, "route")));
    assertThat(expected).containsValue("/healthz").hasSizeGreaterThan(256);
    Map<String, String> found = routes(traced);
    assertThat(found.keySet()).containsAll(expected.keySet());
    found.keySet().retainAll(expected.keySet());
    found.entrySet().removeAll(expected.entrySet());
    assertThat(found).as("other routes").isEmpty();
  }

  /** A router holds what it has found until it has answered, however long that takes. */
  private void assertLeftOutWhereItIsGone(GoToolchain go) {
    Path truth = folder.resolve("long-truth.jsonl");
    Path traced = folder.resolve("long-traced.jsonl");
    CapturedRun.of(
        folder,
        traced,
        go.build("tests/go/routers", "."),
        "--log",
        truth.toString(),
        "--rounds",
        "3",
        "--outlive");
    Map<String, String> expected = new HashMap<>();
    JsonLines.read(truth, line -> expected.put("n=" + text(line, "number"), text(line, "route")));
    assertThat(expected).hasSize(3 * 4 * 4 * 2);
    Map<String, String> found = new HashMap<>();
    TracedSpan.read(
        traced,
        span -> {
          if (span.kind() == TracedSpan.SERVER) {
            String query = (String) span.attributes().get("url.query");
            found.put(query, (String) span.attributes().getOrDefault("http.route", ""));
            if (expected.getOrDefault(query, "").isEmpty()) {
              assertThat(span.attributes().get("goshawk.truncated").toString())
                  .contains("\"http.route\"");
            } else {
              assertThat(span.attributes()).doesNotContainKey("goshawk.truncated");
            }
          }
        });
    assertThat(found).isEqualTo(expected);
  }

  private void assertTruth(Path program) {
    Path truth = folder.resolve("truth.jsonl");
    Path traced = folder.resolve("traced.jsonl");
    CapturedRun.of(
        folder, traced, program, "--log", truth.toString(), "--rounds", Integer.toString(ROUNDS));
    Map<String, String> expected = new HashMap<>();
    JsonLines.read(truth, line -> expected.put("n=" + text(line, "number"), text(line, "route")));
    Map<String, String> found = routes(traced);
    assertThat(expected).hasSize(ROUNDS * REQUESTS_PER_ROUND);
    assertThat(found).containsOnlyKeys(expected.keySet());
    // What a router had is another request's by the end, if that comes in between: then there is no
    // route.
    long leftOut = expected.entrySet().stream().filter(one -> leftOut(one, found)).count();
    assertThat(leftOut).as("routes that were left out").isLessThan(expected.size() / 100);
    found.keySet().removeIf(query -> found.get(query).isEmpty());
    assertThat(expected).containsAllEntriesOf(found);
  }

  /** The routes of the requests, by their queries. */
  private static Map<String, String> routes(Path traced) {
    Map<String, String> found = new HashMap<>();
    TracedSpan.read(
        traced,
        span -> {
          if (span.kind() == TracedSpan.SERVER) {
            found.put(
                (String) span.attributes().get("url.query"),
                (String) span.attributes().getOrDefault("http.route", ""));
          }
        });
    return found;
  }

  private static boolean leftOut(Map.Entry<String, String> expected, Map<String, String> found) {
    return !expected.getValue().isEmpty() && found.get(expected.getKey()).isEmpty();
  }

  private static String text(JsonObject object, String member) {
    return object.get(member).getAsString();
  }
}
