// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;

/**
 * What one side knows of a gRPC call, or the server of a query that it made. Times are nanoseconds
 * of CLOCK_MONOTONIC.
 *
 * @param id the trace of the call's traceparent; what a query asks for
 * @param kind server, client or sql
 * @param scenario what the driver did, with the transport before it; empty on the server's side
 * @param span span id of the traceparent
 * @param parent the call that a query was made for
 * @param code that the client saw; of the server, that of the call's context when the handler
 *     returned
 * @param calledOff whether the client has cancelled the context that it gave the call
 * @param left whether the call has not returned, but was left by a panic or {@code runtime.Goexit}
 * @param reply values of {@code x-reply} in the header and the trailer of the response
 */
record GrpcCall(
    String id,
    String kind,
    String scenario,
    String method,
    String span,
    String parent,
    long code,
    boolean calledOff,
    boolean left,
    List<String> reply,
    long enter,
    long leave) {

  static GrpcCall of(JsonObject line) {
    return new GrpcCall(
        text(line, "id"),
        text(line, "kind"),
        text(line, "case"),
        text(line, "method"),
        text(line, "span"),
        text(line, "parent"),
        line.get("code").getAsLong(),
        line.has("calledOff"),
        line.has("left"),
        line.has("reply")
            ? line.getAsJsonArray("reply").asList().stream().map(JsonElement::getAsString).toList()
            : List.of(),
        line.get("enter").getAsLong(),
        line.get("leave").getAsLong());
  }

  private static String text(JsonObject line, String member) {
    return line.has(member) ? line.get(member).getAsString() : "";
  }
}
