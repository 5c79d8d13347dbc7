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
 * @param hidden whether nobody can know which request of a server it becomes
 * @param shared whether that may not be known, because its connection is also others'
 * @param status of HTTP; 0: there was no answer
 * @param url what {@code url.full} must be; empty: what has the id in it
 * @param error what {@code error.type} must be; empty: that is not known
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
    boolean hidden,
    boolean shared,
    int status,
    boolean failed,
    String url,
    String error,
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
        flag(line, "hidden"),
        flag(line, "shared"),
        line.has("status") ? line.get("status").getAsInt() : 0,
        flag(line, "failed"),
        text(line, "url"),
        text(line, "error"),
        line.get("enter").getAsLong(),
        line.get("leave").getAsLong());
  }

  private static boolean flag(JsonObject line, String member) {
    return line.has(member) && line.get(member).getAsBoolean();
  }

  private static String text(JsonObject line, String member) {
    return line.has(member) ? line.get(member).getAsString() : "";
  }

  /**
   * Whether it is known of a request of a client that it is the parent of what a server gets: where
   * the application sends a traceparent of its own, and not just what it was sent, that is.
   */
  boolean isParentOfServer() {
    return remoteSpan.isEmpty() && link.isEmpty() && !hidden;
  }

  /**
   * Whether a client got an answer. Where it did not, it may have been gone, and its connection
   * with it, when the server began: then it may not be known whose the request was.
   */
  boolean answered() {
    return status != 0;
  }

  /** What no other call has. */
  String key() {
    return kind + " " + id;
  }
}
