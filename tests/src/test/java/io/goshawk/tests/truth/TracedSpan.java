// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A span in the agent's output file (OTLP/JSON, a {@code TracesData} per line). Attribute values
 * are {@link Long} or {@link String}, truth values too; times are nanoseconds of UTC; links are the
 * trace ids they lead to, and linked spans the span ids.
 */
record TracedSpan(
    String name,
    String traceId,
    String spanId,
    String parentSpanId,
    String traceState,
    int kind,
    boolean failed,
    long startNanos,
    long endNanos,
    Map<String, Object> attributes,
    List<String> links,
    List<String> linkedSpans,
    int droppedLinks) {

  // SpanKind of OTLP
  static final int SERVER = 2;
  static final int CLIENT = 3;
  static final int PRODUCER = 4;
  static final int CONSUMER = 5;

  /** Reads every span of a file. */
  static void read(Path file, Consumer<TracedSpan> consumer) {
    JsonLines.read(
        file,
        traces -> {
          for (JsonElement resource : traces.getAsJsonArray("resourceSpans")) {
            for (JsonElement scope : resource.getAsJsonObject().getAsJsonArray("scopeSpans")) {
              for (JsonElement span : scope.getAsJsonObject().getAsJsonArray("spans")) {
                consumer.accept(of(span.getAsJsonObject()));
              }
            }
          }
        });
  }

  private static TracedSpan of(JsonObject span) {
    Map<String, Object> attributes = new HashMap<>();
    if (span.has("attributes")) {
      for (JsonElement each : span.getAsJsonArray("attributes")) {
        JsonObject attribute = each.getAsJsonObject();
        JsonObject value = attribute.getAsJsonObject("value");
        attributes.put(
            attribute.get("key").getAsString(),
            value.has("intValue")
                ? (Object) value.get("intValue").getAsLong()
                : value.has("stringValue")
                    ? value.get("stringValue").getAsString()
                    : value.has("boolValue")
                        ? value.get("boolValue").getAsString()
                        : value.toString());
      }
    }
    JsonObject status = span.has("status") ? span.getAsJsonObject("status") : new JsonObject();
    return new TracedSpan(
        text(span, "name"),
        text(span, "traceId"),
        text(span, "spanId"),
        text(span, "parentSpanId"),
        text(span, "traceState"),
        span.get("kind").getAsInt(),
        status.has("code") && status.get("code").getAsInt() == 2,
        span.get("startTimeUnixNano").getAsLong(),
        span.get("endTimeUnixNano").getAsLong(),
        Map.copyOf(attributes),
        links(span, "traceId"),
        links(span, "spanId"),
        span.has("droppedLinksCount") ? span.get("droppedLinksCount").getAsInt() : 0);
  }

  private static List<String> links(JsonObject span, String id) {
    List<String> ids = new ArrayList<>();
    if (span.has("links")) {
      span.getAsJsonArray("links").forEach(link -> ids.add(text(link.getAsJsonObject(), id)));
    }
    return List.copyOf(ids);
  }

  private static String text(JsonObject object, String member) {
    return object.has(member) ? object.get(member).getAsString() : "";
  }

  /** The id of the request, which it carried as its User-Agent; empty if it had none. */
  String requestId() {
    return attributes.get("user_agent.original") instanceof String agent ? agent : "";
  }

  String path() {
    return attributes.get("url.path") instanceof String path ? path : "";
  }
}
