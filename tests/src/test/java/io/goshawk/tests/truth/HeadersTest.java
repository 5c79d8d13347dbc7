// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Repository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Headers that become attributes, against those that client and server have set and seen. */
class HeadersTest {
  private static final int REQUESTS = 200;
  private static final int PROTOCOLS = 3;

  private static final Set<String> REQUEST =
      Set.of(
          "x-tenant", "x-request-id", "authorization", "x-session-token", "cookie", "x-raw-name");

  private static final Set<String> RESPONSE = Set.of("x-reply", "set-cookie");

  /** Credentials, and what the pattern below fits. */
  private static final Set<String> REDACTED =
      Set.of("authorization", "cookie", "set-cookie", "x-session-token");

  private static final String PATTERN = "SESSION";

  /** Of each header and of each of its values. */
  private static final int MOST_VALUES = 8;

  private static final int MOST_BYTES = 512;

  private final Path folder = Repository.scratch("headers");

  static List<GoToolchain> toolchains() {
    return GoToolchain.all();
  }

  @ParameterizedTest
  @MethodSource("toolchains")
  void headersThatAreAskedForAreAttributes(GoToolchain go) {
    assertTruth(
        go,
        Map.of(),
        List.of(
            "--capture-headers=server_request=" + String.join(",", REQUEST),
            "--capture-headers=server_response=" + String.join(",", RESPONSE),
            "--capture-headers=client_request=" + String.join(",", REQUEST),
            "--capture-headers=client_response=" + String.join(",", RESPONSE),
            "--capture-headers=redact=" + PATTERN));
  }

  @Test
  void theVariablesOfOtherInstrumentationsAskForThem() {
    assertTruth(
        GoToolchain.newest(),
        Map.of(
            "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS", String.join(",", REQUEST),
            "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_RESPONSE_HEADERS", String.join(",", RESPONSE),
            "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_CLIENT_REQUEST", String.join(",", REQUEST),
            "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_CLIENT_RESPONSE", String.join(",", RESPONSE),
            "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS", PATTERN),
        List.of(),
        "-ldflags=-s -w");
  }

  @Test
  void withoutBeingAskedForThereAreNone() {
    List<TracedSpan> spans = spans(GoToolchain.newest(), Map.of(), List.of());
    assertThat(spans).hasSize(2 * PROTOCOLS * REQUESTS);
    assertThat(spans).allSatisfy(span -> assertThat(headers(span, "http.")).isEmpty());
  }

  private void assertTruth(
      GoToolchain go, Map<String, String> environment, List<String> options, String... flags) {
    List<TracedSpan> spans = spans(go, environment, options, flags);
    Map<String, Map<String, List<String>>> truth = truth();
    assertThat(spans).hasSize(2 * PROTOCOLS * REQUESTS);
    for (TracedSpan span : spans) {
      boolean isServer = span.kind() == TracedSpan.SERVER;
      String side = isServer ? "server" : "client";
      String path =
          isServer
              ? span.path()
              : String.valueOf(span.attributes().get("url.full")).replaceFirst("^\\w+://[^/]+", "");
      Set<String> cut = new TreeSet<>();
      Map<String, List<String>> request =
          expected(truth.get(path + " " + side + "_request"), REQUEST, "http.request.header.", cut);
      Map<String, List<String>> response =
          expected(
              truth.get(path + " " + side + "_response"), RESPONSE, "http.response.header.", cut);
      assertThat(headers(span, "http.request.header.")).as("%s", span).isEqualTo(request);
      assertThat(headers(span, "http.response.header.")).as("%s", span).isEqualTo(response);
      assertThat(new TreeSet<>(texts(span.attributes().get("goshawk.truncated"))))
          .as("%s", span)
          .isEqualTo(cut);
    }
  }

  private List<TracedSpan> spans(
      GoToolchain go, Map<String, String> environment, List<String> options, String... flags) {
    Path traced = folder.resolve("traced.jsonl");
    CapturedRun.of(
        folder,
        environment,
        options,
        traced,
        go.build("tests/go/truth", "./headers", flags),
        "--requests",
        String.valueOf(REQUESTS),
        "--log",
        folder.resolve("truth.jsonl").toString());
    List<TracedSpan> spans = new ArrayList<>();
    TracedSpan.read(traced, spans::add);
    return spans;
  }

  /** The headers of each message, by its path and side. */
  private Map<String, Map<String, List<String>>> truth() {
    Map<String, Map<String, List<String>>> truth = new HashMap<>();
    JsonLines.read(
        folder.resolve("truth.jsonl"),
        line -> {
          Map<String, List<String>> headers = new TreeMap<>();
          line.getAsJsonObject("headers")
              .asMap()
              .forEach(
                  (name, values) ->
                      headers.put(name.toLowerCase(Locale.ROOT), strings(values.getAsJsonArray())));
          truth.put(line.get("path").getAsString() + " " + line.get("side").getAsString(), headers);
        });
    return truth;
  }

  private static Map<String, List<String>> expected(
      Map<String, List<String>> seen, Set<String> names, String prefix, Set<String> cut) {
    Map<String, List<String>> expected = new TreeMap<>();
    for (String name : names) {
      List<String> values = seen.getOrDefault(name, List.of());
      if (values.isEmpty()) {
        continue;
      }
      List<String> kept = new ArrayList<>(values.subList(0, Math.min(MOST_VALUES, values.size())));
      boolean redacted = REDACTED.contains(name);
      if (values.size() > MOST_VALUES
          || (!redacted && kept.stream().anyMatch(v -> v.length() > MOST_BYTES))) {
        cut.add(prefix + name);
      }
      kept.replaceAll(
          v -> redacted ? "REDACTED" : v.substring(0, Math.min(MOST_BYTES, v.length())));
      expected.put(name, kept);
    }
    return expected;
  }

  private static Map<String, List<String>> headers(TracedSpan span, String prefix) {
    Map<String, List<String>> headers = new TreeMap<>();
    span.attributes()
        .forEach(
            (key, value) -> {
              if (key.startsWith(prefix) && key.contains(".header.")) {
                headers.put(key.substring(prefix.length()), texts(value));
              }
            });
    return headers;
  }

  /** An attribute that is a list of strings. */
  private static List<String> texts(Object value) {
    if (value == null) {
      return Collections.emptyList();
    }
    JsonArray values =
        JsonParser.parseString(value.toString())
            .getAsJsonObject()
            .getAsJsonObject("arrayValue")
            .getAsJsonArray("values");
    List<String> texts = new ArrayList<>();
    values.forEach(each -> texts.add(each.getAsJsonObject().get("stringValue").getAsString()));
    return texts;
  }

  private static List<String> strings(JsonArray values) {
    List<String> strings = new ArrayList<>();
    for (JsonElement value : values) {
      strings.add(value.getAsString());
    }
    return strings;
  }
}
