// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.HttpServerFlag;
import io.goshawk.abi.HttpServerRecord;
import io.goshawk.abi.HttpString;
import io.goshawk.abi.RecordType;
import io.goshawk.abi.StringRef;

/**
 * When the probe of {@code ServeMux.ServeHTTP} is worth its trap, for one binary.
 *
 * <p>A mux writes the pattern it matched into the Request it was given. Where that is the server's
 * own Request the end probe finds the pattern there; only middleware that hands a copy on needs the
 * extra probe, and it comes back when a span ends without a route that should have had one. A
 * service whose routes are not a mux's at all would bring it back for ever, but for {@link Need}.
 */
final class RouteProbePolicy implements RowPolicy {

  static final RowPolicy.Kind KIND =
      new RowPolicy.Kind("http.route", RecordType.RECORD_HTTP_SERVER, RouteProbePolicy::new);

  private static final int ROUTE =
      HttpServerRecord.OFFSET_STRINGS + HttpString.HTTP_ROUTE.value() * StringRef.SIZE;

  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;

  private final Need need = new Need();

  @Override
  public Decision observe(byte[] record, int offset, boolean underProbe) {
    return observe(
        underProbe,
        (HttpServerRecord.flags(record, offset) & HttpServerFlag.HTTP_ROUTE_COPIED.value()) != 0,
        StringRef.length(record, offset + ROUTE) > 0,
        HttpServerRecord.status(record, offset));
  }

  /**
   * Takes the next finished span into account.
   *
   * @param underProbe the span started while the probe was there
   * @param copied the mux's Request was not the server's
   * @param routed the span has a route
   * @param status its HTTP status
   */
  Decision observe(boolean underProbe, boolean copied, boolean routed, int status) {
    // A mux that matches nothing answers 404 or 405 by itself: no probe would find a route.
    boolean routeMissing = !routed && status != NOT_FOUND && status != METHOD_NOT_ALLOWED;
    return need.observe(underProbe, copied, routeMissing);
  }
}
