// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;

/** Calls that a program makes by a script, which says of each what its span must be. */
final class ScriptedCalls {
  private static final Map<String, Integer> KINDS =
      Map.of(
          "", TracedSpan.CLIENT, "producer", TracedSpan.PRODUCER, "consumer", TracedSpan.CONSUMER);

  private final List<JsonObject> calls = new ArrayList<>();

  /** The spans that have sent messages, by topic, partition and offset. */
  private final Map<String, String> senders = new HashMap<>();

  private final UtcOffset.Samples clock = new UtcOffset.Samples();
  private final SoftAssertions all = new SoftAssertions();

  private ScriptedCalls(Path truth) {
    JsonLines.read(
        truth,
        line -> {
          if (line.has("clock")) {
            clock.add(line.getAsJsonObject("clock"));
          } else {
            calls.add(line);
          }
        });
  }

  /**
   * Compares what was traced with the truth, call by call: those that are made for a request with
   * its children, all others with the roots.
   *
   * @return how many calls there were
   */
  static int assertTraced(Path truth, Path traced) {
    ScriptedCalls script = new ScriptedCalls(truth);
    List<TracedSpan> spans = new ArrayList<>();
    TracedSpan.read(traced, spans::add);
    script.compare(spans);
    script.all.assertAll();
    return script.calls.size();
  }

  private void compare(List<TracedSpan> spans) {
    Map<String, String> requests = new HashMap<>();
    Map<String, List<TracedSpan>> byRequest = new HashMap<>();
    for (TracedSpan span : spans) {
      if (span.kind() == TracedSpan.SERVER) {
        requests.put(span.spanId(), (String) span.attributes().get("url.path"));
      }
      if (span.kind() == TracedSpan.PRODUCER
          && span.attributes().get("messaging.kafka.offset") instanceof Long offset) {
        String place =
            "%s/%s/%d"
                .formatted(
                    span.attributes().get("messaging.destination.name"),
                    span.attributes().get("messaging.destination.partition.id"),
                    offset);
        all.assertThat(senders.put(place, span.spanId())).as(place).isNull();
      }
    }
    for (TracedSpan span : spans) {
      if (span.kind() != TracedSpan.SERVER) {
        String request =
            span.parentSpanId().isEmpty()
                ? ""
                : requests.getOrDefault(span.parentSpanId(), "an unknown span");
        byRequest.computeIfAbsent(request, key -> new ArrayList<>()).add(span);
      }
    }
    Map<String, List<JsonObject>> truth =
        calls.stream().collect(Collectors.groupingBy(call -> text(call, "request")));
    assertThat(byRequest).containsOnlyKeys(truth.keySet());
    truth.forEach((request, its) -> compare(its, byRequest.get(request)));
  }

  /** Compares calls that were made one after the other. */
  private void compare(List<JsonObject> its, List<TracedSpan> spans) {
    its.sort(Comparator.comparing(call -> call.get("enter").getAsLong()));
    spans.sort(Comparator.comparing(TracedSpan::startNanos));
    assertThat(names(spans)).isEqualTo(its.stream().map(call -> text(call, "name")).toList());
    for (int i = 0; i < its.size(); i++) {
      compare(its.get(i), spans.get(i));
    }
  }

  private static List<String> names(List<TracedSpan> spans) {
    return spans.stream().map(TracedSpan::name).toList();
  }

  private void compare(JsonObject call, TracedSpan span) {
    String what = "%s of %s".formatted(span, call);
    all.assertThat(span.kind()).as(what).isEqualTo(KINDS.get(text(call, "kind")));
    all.assertThat(span.failed()).as(what).isEqualTo(call.has("failed"));
    all.assertThat(span.attributes().containsKey("error.type")).as(what).isEqualTo(span.failed());
    all.assertThat(span.attributes()).as(what).containsAllEntriesOf(attributes(call));
    if (call.has("without")) {
      for (JsonElement key : call.getAsJsonArray("without")) {
        all.assertThat(span.attributes()).as(what).doesNotContainKey(key.getAsString());
      }
    }
    if (call.has("senders")) {
      List<String> expected = new ArrayList<>();
      call.getAsJsonArray("senders").forEach(sender -> expected.add(senderOf(sender)));
      all.assertThat(span.linkedSpans()).as(what).containsExactlyInAnyOrderElementsOf(expected);
    } else {
      all.assertThat(span.links())
          .as(what)
          .hasSize(call.has("links") ? call.get("links").getAsInt() : 0);
    }
    all.assertThat(span.droppedLinks())
        .as(what)
        .isEqualTo(call.has("dropped") ? call.get("dropped").getAsInt() : 0);
    long enter = call.get("enter").getAsLong();
    long leave = call.get("leave").getAsLong();
    if (call.has("waited")) {
      Object waited = span.attributes().get("goshawk.db.connection.wait_nanos");
      all.assertThat(waited).as(what).isNotNull();
      if (waited != null) {
        all.assertThat((Long) waited)
            .as(what)
            .isBetween(call.get("waited").getAsLong(), leave - enter);
      }
    }
    UtcOffset offset = clock.offset();
    all.assertThat(span.startNanos() - offset.nanos())
        .as(what)
        .isGreaterThanOrEqualTo(enter - offset.toleranceNanos());
    all.assertThat(span.endNanos() - offset.nanos())
        .as(what)
        .isLessThanOrEqualTo(leave + offset.toleranceNanos());
  }

  /** The span that has sent a message, which the program knows by its place or its traceparent. */
  private String senderOf(JsonElement sender) {
    String text = sender.getAsString();
    return text.contains("/")
        ? senders.getOrDefault(text, "nobody for " + text)
        : text.split("-")[2];
  }

  private static Map<String, Object> attributes(JsonObject call) {
    Map<String, Object> expected = new HashMap<>();
    if (call.has("attributes")) {
      for (Map.Entry<String, JsonElement> each : call.getAsJsonObject("attributes").entrySet()) {
        boolean number = each.getValue().getAsJsonPrimitive().isNumber();
        expected.put(
            each.getKey(),
            number ? (Object) each.getValue().getAsLong() : each.getValue().getAsString());
      }
    }
    if (call.has("error")) {
      expected.put("error.type", text(call, "error"));
    }
    return expected;
  }

  private static String text(JsonObject line, String member) {
    return line.has(member) ? line.get(member).getAsString() : "";
  }
}
