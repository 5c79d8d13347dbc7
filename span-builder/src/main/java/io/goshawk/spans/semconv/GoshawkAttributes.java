// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.semconv;

import io.opentelemetry.api.common.AttributeKey;
import java.util.List;

/** Goshawk's own attribute keys. */
public final class GoshawkAttributes {

  /**
   * Names of the attributes whose value is only the beginning of what the target had, because
   * records are bounded, or that are missing because the target's memory could not be read. {@code
   * http.request.header} in it means that the request had more headers than were searched, so that
   * attributes made from headers, or the parent, may be missing; {@code tracestate}, that it was
   * longer than what is kept. Absent from a span that is whole. On a resource it names the first of
   * those that its bounds cut or left out.
   */
  public static final AttributeKey<List<String>> TRUNCATED =
      AttributeKey.stringArrayKey("goshawk.truncated");

  /**
   * Bytes that the text of a query had, where {@code db.query.text} is made from its beginning
   * only, or is cut. Absent where all of it is there.
   */
  public static final AttributeKey<Long> DB_QUERY_LENGTH =
      AttributeKey.longKey("goshawk.db.query.length");

  /**
   * Nanoseconds for which a call to a database waited until others gave a connection back to the
   * pool: of one call what the metric {@code db.client.connection.wait_time} has of all. Absent if
   * it did not wait.
   */
  public static final AttributeKey<Long> DB_CONNECTION_WAIT =
      AttributeKey.longKey("goshawk.db.connection.wait_nanos");

  /**
   * Nanoseconds from the return of a query until the rows it returned were closed, for which they
   * held a connection. Absent if there are none, as for a statement that was only executed, or if
   * they were not closed soon enough for the span to say so.
   */
  public static final AttributeKey<Long> DB_ROWS_HELD =
      AttributeKey.longKey("goshawk.db.rows.held_nanos");

  /**
   * Nanoseconds for which an HTTP request waited for a connection, its own being made or others'
   * being given back. Absent if one was idle.
   */
  public static final AttributeKey<Long> HTTP_CONNECTION_WAIT =
      AttributeKey.longKey("goshawk.http.connection.wait_nanos");

  /**
   * Nanoseconds for which the addresses of a host were looked up: of one connection what the metric
   * {@code dns.lookup.duration} has of all. On the first request that uses a connection, if it was
   * made while that waited, as are the next two.
   */
  public static final AttributeKey<Long> HTTP_CONNECTION_LOOKUP =
      AttributeKey.longKey("goshawk.http.connection.lookup_nanos");

  /** Nanoseconds that it took to connect to one of them. */
  public static final AttributeKey<Long> HTTP_CONNECTION_CONNECT =
      AttributeKey.longKey("goshawk.http.connection.connect_nanos");

  /** Nanoseconds that the TLS handshake took. */
  public static final AttributeKey<Long> HTTP_CONNECTION_HANDSHAKE =
      AttributeKey.longKey("goshawk.http.connection.handshake_nanos");

  /**
   * Who says which span is the parent: {@code none} (a root), {@code remote} (a traceparent that
   * came in), {@code application} (one that the application sends), {@code context}, {@code
   * goroutine}, {@code ancestor} or {@code link}. Only on request.
   */
  public static final AttributeKey<String> PARENT_SOURCE =
      AttributeKey.stringKey("goshawk.parent.source");

  private GoshawkAttributes() {}
}
