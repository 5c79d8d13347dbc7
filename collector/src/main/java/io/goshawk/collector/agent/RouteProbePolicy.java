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
 * extra probe, and a mux behind another router. Without it such a request has no route, or the one
 * of what is above. So a binary that has once needed the probe keeps it.
 *
 * <p>From others it leaves, and comes back when a span ends without a route that should have had
 * one, or with a route that none had while the probe was there to see whether that is the last
 * word. It stays until it has seen one with that. A service whose routes are not a mux's at all
 * would bring it back for ever, but for {@link Need}.
 */
final class RouteProbePolicy implements RowPolicy {

  static final RowPolicy.Kind KIND =
      new RowPolicy.Kind("http.route", RecordType.RECORD_HTTP_SERVER, RouteProbePolicy::new);

  /** Spans to wait for a second one with a route that brought the probe back. */
  static final int PATIENCE_SPANS = 65536;

  private static final int ROUTE =
      HttpServerRecord.OFFSET_STRINGS + HttpString.HTTP_ROUTE.value() * StringRef.SIZE;

  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;

  private final Need need = new Need();
  private final SeenRoutes lastWords = new SeenRoutes();
  private boolean lasting;
  private long awaited;
  private int patience;

  @Override
  public Decision observe(byte[] record, int offset, boolean underProbe) {
    int flags = HttpServerRecord.flags(record, offset);
    int at = offset + ROUTE;
    return observe(
        underProbe,
        (flags & HttpServerFlag.HTTP_ROUTE_COPIED.value()) != 0,
        (flags & HttpServerFlag.HTTP_ROUTE_UNPROVEN.value()) != 0,
        record,
        offset + StringRef.offset(record, at),
        StringRef.length(record, at),
        HttpServerRecord.status(record, offset));
  }

  /**
   * Takes the next finished span into account.
   *
   * @param underProbe the span started while the probe was there
   * @param copied only the probe knows its route
   * @param leftOut another router has a route that is not told
   * @param bytes hold the route
   * @param length of the route; 0: it has none
   * @param status its HTTP status
   */
  Decision observe(
      boolean underProbe,
      boolean copied,
      boolean leftOut,
      byte[] bytes,
      int offset,
      int length,
      int status) {
    if (lasting) {
      return Decision.KEEP;
    }
    if (underProbe && copied) {
      return last();
    }
    if (length > 0) {
      long route = SeenRoutes.key(bytes, offset, length, status);
      if (!underProbe && !lastWords.contains(route)) {
        return recall(route);
      }
      if (underProbe && !lastWords.add(route)) {
        return last();
      }
      if (route == awaited) {
        patience = 0;
      }
    }
    boolean awaits = underProbe && patience > 0;
    if (awaits) {
      patience--;
    }
    // A mux that matches nothing answers 404 or 405 by itself: no probe would find a route.
    boolean missing =
        length == 0 && !leftOut && status != NOT_FOUND && status != METHOD_NOT_ALLOWED;
    return need.observe(underProbe, awaits, missing);
  }

  private Decision last() {
    lasting = true;
    return need.recall();
  }

  private Decision recall(long route) {
    Decision decision = need.recall();
    if (decision == Decision.ATTACH) {
      awaited = route;
      patience = PATIENCE_SPANS;
    }
    return decision;
  }
}
