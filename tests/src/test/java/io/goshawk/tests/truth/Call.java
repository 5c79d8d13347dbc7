// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import com.google.gson.JsonObject;

/**
 * What the service {@code calls} knows of one span that there must be. Times are nanoseconds of
 * CLOCK_MONOTONIC.
 *
 * @param kind server, client, prepare or sql
 * @param scenario what it belongs to
 * @param parent id of the request whose server span is its parent; empty: none is
 * @param byBirth whether only the birth of its goroutine tells the parent, so that it may be
 *     missing
 * @param remoteSpan span id of a parent that came over the wire, or is the application's own
 * @param remoteTrace its trace
 * @param link a trace that it must have a link to
 * @param status of HTTP; 0: there was no answer
 */
record Call(
    String id,
    String kind,
    String scenario,
    String parent,
    boolean byBirth,
    String remoteSpan,
    String remoteTrace,
    String link,
    int status,
    boolean failed,
    long enter,
    long leave) {

  static Call of(JsonObject line) {
    return new Call(
        text(line, "id"),
        text(line, "kind"),
        text(line, "case"),
        text(line, "parent"),
        flag(line, "byBirth"),
        text(line, "remoteSpan"),
        text(line, "remoteTrace"),
        text(line, "link"),
        line.has("status") ? line.get("status").getAsInt() : 0,
        flag(line, "failed"),
        line.get("enter").getAsLong(),
        line.get("leave").getAsLong());
  }

  private static boolean flag(JsonObject line, String member) {
    return line.has(member) && line.get(member).getAsBoolean();
  }

  private static String text(JsonObject line, String member) {
    return line.has(member) ? line.get(member).getAsString() : "";
  }

  /** What no other call has. */
  String key() {
    return kind + " " + id;
  }
}
