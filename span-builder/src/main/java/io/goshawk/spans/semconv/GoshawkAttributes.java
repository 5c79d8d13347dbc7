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
   * Who says which span is the parent: {@code none} (a root), {@code remote} (a traceparent that
   * came in), {@code application} (one that the application sends), {@code context}, {@code
   * goroutine}, {@code ancestor} or {@code link}. Only on request.
   */
  public static final AttributeKey<String> PARENT_SOURCE =
      AttributeKey.stringKey("goshawk.parent.source");

  private GoshawkAttributes() {}
}
