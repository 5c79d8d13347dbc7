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
 * extra probe. So the probe is there at first, leaves once {@value #QUIET_SPANS} spans in a row did
 * not need it, and comes back when a span ends without a route that should have had one. A service
 * whose routes are not a mux's at all would bring it back for ever; each return that brought
 * nothing makes the next one wait longer.
 */
final class RouteProbePolicy implements RowPolicy {

  static final RowPolicy.Kind KIND =
      new RowPolicy.Kind("http.route", RecordType.RECORD_HTTP_SERVER, RouteProbePolicy::new);

  private static final int ROUTE =
      HttpServerRecord.OFFSET_STRINGS + HttpString.HTTP_ROUTE.value() * StringRef.SIZE;

  /** Spans in a row without need after which the probe leaves. */
  static final int QUIET_SPANS = 256;

  /** Spans to wait for the next return, by how many returns in a row brought nothing. */
  private static final int[] BACK_OFF_SPANS = {0, 256, 4096, 65536};

  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;

  private boolean attached = true;
  // The first stay is not a return, so it counts as none that brought nothing.
  private boolean brought = true;
  private int quiet;
  private int fruitlessReturns;
  private int waited;

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
   * @param underProbe the span started while the probe was there; attaching takes a while, and
   *     spans that started before tell nothing about its worth, just as those that ended without a
   *     route in spite of it ask for nothing
   * @param copied the mux's Request was not the server's
   * @param routed the span has a route
   * @param status its HTTP status
   */
  Decision observe(boolean underProbe, boolean copied, boolean routed, int status) {
    if (attached != underProbe) {
      return Decision.KEEP;
    }
    if (attached) {
      return observeAttached(copied);
    }
    waited++;
    // A mux that matches nothing answers 404 or 405 by itself: no probe would find a route.
    boolean routeMissing = !routed && status != NOT_FOUND && status != METHOD_NOT_ALLOWED;
    if (!routeMissing || waited <= BACK_OFF_SPANS[fruitlessReturns]) {
      return Decision.KEEP;
    }
    attached = true;
    brought = false;
    quiet = 0;
    return Decision.ATTACH;
  }

  private Decision observeAttached(boolean copied) {
    if (copied) {
      brought = true;
      quiet = 0;
      fruitlessReturns = 0;
      return Decision.KEEP;
    }
    if (++quiet < QUIET_SPANS) {
      return Decision.KEEP;
    }
    attached = false;
    waited = 0;
    if (!brought && fruitlessReturns < BACK_OFF_SPANS.length - 1) {
      fruitlessReturns++;
    }
    return Decision.DETACH;
  }
}
