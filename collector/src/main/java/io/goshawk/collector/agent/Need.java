// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.collector.agent.RowPolicy.Decision;

/**
 * When a row is needed, by spans that need it and spans that miss it: its probes are there at
 * first, leave once {@value #QUIET_SPANS} spans in a row did not need them, and come back when a
 * span missed them. Each return that brought nothing makes the next one wait longer. Confined to
 * the drain thread.
 */
final class Need {

  /** Spans in a row without need after which the probes leave. */
  static final int QUIET_SPANS = 256;

  /** Spans to wait for the next return, by how many returns in a row brought nothing. */
  private static final int[] BACK_OFF_SPANS = {0, 256, 4096, 65536};

  private boolean attached = true;
  // The first stay is not a return, so it counts as none that brought nothing.
  private boolean brought = true;
  private int quiet;
  private int fruitlessReturns;
  private int waited;

  /**
   * Takes the next finished span into account.
   *
   * @param underProbe the span started while the probes were there; attaching takes a while, and
   *     spans that started before tell nothing about their worth, just as those that missed
   *     something in spite of them ask for nothing
   * @param needed they brought something
   * @param missed the span lacks what they might have brought
   */
  Decision observe(boolean underProbe, boolean needed, boolean missed) {
    if (attached != underProbe) {
      return Decision.KEEP;
    }
    if (attached) {
      return observeAttached(needed);
    }
    waited++;
    if (!missed || waited <= BACK_OFF_SPANS[fruitlessReturns]) {
      return Decision.KEEP;
    }
    return recall();
  }

  /** Has the probes back at once, if they are away. */
  Decision recall() {
    if (attached) {
      return Decision.KEEP;
    }
    attached = true;
    brought = false;
    quiet = 0;
    return Decision.ATTACH;
  }

  private Decision observeAttached(boolean needed) {
    if (needed) {
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
