// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A request as the driver sent it, and what must come of it. Times are CLOCK_MONOTONIC nanoseconds.
 *
 * @param sentBy path of the request whose handler has sent this one; empty if the driver has
 * @param requests 1, or 0 if net/http refuses it before it is a request
 * @param spans how many spans it makes: 1, or 0 if its parent is not sampled or it is no request
 * @param attributes expected values, {@link Long} or {@link String}
 * @param absent attributes that must not be there
 * @param prefixes attributes that may have been cut short
 * @param statuses one of these is the status code; 0 stands for none
 * @param failed {@code yes}, {@code no} or {@code either}
 * @param traceId of the span that sent it; empty if it begins a trace, or if another request did
 * @param parentId that span's; empty likewise
 * @param endsByDone whether the client can have seen the end only after the server's own end
 */
record Exchange(
    String id,
    String path,
    String sentBy,
    String kind,
    int requests,
    int spans,
    String name,
    Map<String, Object> attributes,
    List<String> absent,
    List<String> prefixes,
    List<Integer> statuses,
    String failed,
    String traceId,
    String parentId,
    String traceState,
    long sent,
    long done,
    boolean endsByDone) {

  static Exchange of(JsonObject line) {
    Map<String, Object> attributes = new HashMap<>();
    List<String> absent = new ArrayList<>();
    line.getAsJsonObject("attributes")
        .asMap()
        .forEach(
            (key, value) -> {
              if (value.isJsonNull()) {
                absent.add(key);
              } else {
                attributes.put(
                    key,
                    value.getAsJsonPrimitive().isNumber()
                        ? (Object) value.getAsLong()
                        : value.getAsString());
              }
            });
    return new Exchange(
        line.get("id").getAsString(),
        line.get("path").getAsString(),
        line.get("sentBy").getAsString(),
        line.get("kind").getAsString(),
        line.get("requests").getAsInt(),
        line.get("spans").getAsInt(),
        line.get("name").getAsString(),
        attributes,
        absent,
        list(line, "prefixes").stream().map(JsonElement::getAsString).toList(),
        list(line, "statuses").stream().map(JsonElement::getAsInt).toList(),
        line.get("failed").getAsString(),
        line.get("traceId").getAsString(),
        line.get("parentId").getAsString(),
        line.get("traceState").getAsString(),
        line.get("sent").getAsLong(),
        line.get("done").getAsLong(),
        line.get("endsByDone").getAsBoolean());
  }

  private static List<JsonElement> list(JsonObject line, String member) {
    JsonElement list = line.get(member);
    return list.isJsonNull() ? List.of() : list.getAsJsonArray().asList();
  }

  /** Tells apart the requests of a run: a proxied one has a second path inside the service. */
  String key() {
    return id + " " + path;
  }

  /** The {@link #key} of the request whose handler has sent this one; empty if the driver has. */
  String senderKey() {
    return sentBy.isEmpty() ? "" : id + " " + sentBy;
  }

  @Override
  public String toString() {
    return kind + " " + key();
  }
}
