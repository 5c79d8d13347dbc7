// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import io.goshawk.collector.log.Counted;
import io.goshawk.collector.log.LogLimit;
import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What the log says about one exporter: the first trouble at once, the same kind again at most once
 * a minute with the spans concerned since, and the end of it. Confined to the worker's thread, but
 * for {@link #queueFull}.
 */
final class DeliveryLog {
  private static final Logger LOGGER = Logger.getLogger("io.goshawk.export");
  private static final String SPAN = "span";

  private final String exporter;
  private final LogLimit rejected = new LogLimit();
  private final LogLimit warned = new LogLimit();
  private final LogLimit refused = new LogLimit();
  private final LogLimit retrying = new LogLimit();
  private final LogLimit gaveUp = new LogLimit();
  private final LogLimit recovered = new LogLimit();
  private final LogLimit halved = new LogLimit();
  private final LogLimit failed = new LogLimit();
  private boolean inTrouble;

  // Of the thread that fills the queue.
  private final LogLimit queueFull = new LogLimit();
  private final LogLimit notKept = new LogLimit();

  /** Why the queue is not emptied; empty if nothing is known. */
  private volatile String hindrance = "";

  DeliveryLog(String exporter) {
    this.exporter = exporter;
  }

  void accepted(long nowNanos, long rejectedSpans, String message) {
    if (inTrouble) {
      inTrouble = false;
      hindrance = "";
      if (recovered.due(nowNanos, 0)) {
        LOGGER.log(Level.INFO, "{0}: delivers again", exporter);
      }
    }
    if (rejectedSpans > 0 && rejected.due(nowNanos, rejectedSpans)) {
      warn("rejected " + rejected.amount(rejectedSpans, SPAN) + said(message));
    } else if (rejectedSpans == 0 && !message.isEmpty() && warned.due(nowNanos, 0)) {
      warn("took the spans and warns" + said(message));
    }
  }

  void refused(long nowNanos, long spans, String reason) {
    inTrouble = true;
    if (refused.due(nowNanos, spans)) {
      warn("refused " + refused.amount(spans, SPAN) + ", not retried" + said(reason));
    }
  }

  void retrying(long nowNanos, long waitingSpans, String reason, long pauseNanos) {
    inTrouble = true;
    hindrance = reason;
    if (retrying.due(nowNanos, 0)) {
      warn(
          String.format(
              Locale.ROOT,
              "cannot deliver, tries again in %.1f s, %s %s%s",
              pauseNanos / 1e9,
              Counted.of(waitingSpans, SPAN),
              waitingSpans == 1 ? "waits" : "wait",
              said(reason)));
    }
  }

  void halved(long nowNanos, long spans, String reason) {
    if (halved.due(nowNanos, spans)) {
      warn(
          "takes no request as large, sent again in halves: "
              + halved.amount(spans, SPAN)
              + said(reason));
    }
  }

  /** A defect of ours, or no memory, has cost spans. */
  void failed(long nowNanos, long spans, Throwable cause) {
    if (failed.due(nowNanos, spans)) {
      LOGGER.log(
          Level.SEVERE,
          exporter + ": failed, and should not have; lost " + failed.amount(spans, SPAN),
          cause);
    }
  }

  /** The queue has no room; said by the thread that fills it. */
  void queueFull(long nowNanos, long spans) {
    if (queueFull.due(nowNanos, spans)) {
      warn("its queue is full, dropped " + queueFull.amount(spans, SPAN) + said(hindrance));
    }
  }

  /** What waits is kept on a disk that does not take more; said by the thread that fills it. */
  void notKept(long nowNanos, long spans, String reason) {
    if (notKept.due(nowNanos, spans)) {
      warn(
          "its queue on disk takes no more, dropped " + notKept.amount(spans, SPAN) + said(reason));
    }
  }

  void gaveUp(long nowNanos, long spans, String reason) {
    if (gaveUp.due(nowNanos, spans)) {
      warn("gave up " + gaveUp.amount(spans, SPAN) + " after retries" + said(reason));
    }
  }

  void droppedAtShutdown(long spans) {
    if (spans > 0) {
      warn(
          Counted.of(spans, SPAN)
              + " dropped, which could not be delivered in the time to shut down"
              + said(hindrance));
    }
  }

  void late() {
    warn("was not done in time; what it still has is counted as dropped");
  }

  void closeFailed(Throwable cause) {
    warn("could not be closed" + said(String.valueOf(cause)));
  }

  private void warn(String message) {
    LOGGER.log(Level.WARNING, "{0}: {1}", new Object[] {exporter, message});
  }

  private static String said(String message) {
    return message.isEmpty() ? "" : ": " + message;
  }
}
