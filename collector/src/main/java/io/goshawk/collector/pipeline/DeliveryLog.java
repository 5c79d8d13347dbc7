package io.goshawk.collector.pipeline;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What the log says about one exporter: the first trouble at once, the same kind again at most once
 * a minute with the spans concerned since, and the end of it. Confined to the worker's thread.
 */
final class DeliveryLog {
  private static final Logger LOGGER = Logger.getLogger("io.goshawk.export");
  private static final long EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** One kind of message and how much of it was kept quiet. */
  private static final class Kind {
    private boolean said;
    private long saidNanos;
    private long quietSpans;

    /** Whether to say it now; counts what was not said. */
    boolean due(long nowNanos, long spans) {
      if (said && nowNanos - saidNanos < EVERY_NANOS) {
        quietSpans += spans;
        return false;
      }
      said = true;
      saidNanos = nowNanos;
      return true;
    }

    long takeQuiet() {
      long quiet = quietSpans;
      quietSpans = 0;
      return quiet;
    }
  }

  private final String exporter;
  private final Kind rejected = new Kind();
  private final Kind warned = new Kind();
  private final Kind refused = new Kind();
  private final Kind retrying = new Kind();
  private final Kind gaveUp = new Kind();
  private final Kind recovered = new Kind();
  private boolean inTrouble;

  DeliveryLog(String exporter) {
    this.exporter = exporter;
  }

  void accepted(long nowNanos, long rejectedSpans, String message) {
    if (inTrouble) {
      inTrouble = false;
      if (recovered.due(nowNanos, 0)) {
        LOGGER.log(Level.INFO, "{0}: delivers again", exporter);
      }
    }
    if (rejectedSpans > 0 && rejected.due(nowNanos, rejectedSpans)) {
      warn("rejected " + spans(rejectedSpans, rejected) + said(message));
    } else if (rejectedSpans == 0 && !message.isEmpty() && warned.due(nowNanos, 0)) {
      warn("took the spans and warns" + said(message));
    }
  }

  void refused(long nowNanos, long spans, String reason) {
    inTrouble = true;
    if (refused.due(nowNanos, spans)) {
      warn("refused " + spans(spans, refused) + ", not retried" + said(reason));
    }
  }

  void retrying(long nowNanos, long waitingSpans, String reason, long pauseNanos) {
    inTrouble = true;
    if (retrying.due(nowNanos, 0)) {
      warn(
          String.format(
              Locale.ROOT,
              "cannot deliver, tries again in %.1f s, %,d spans wait%s",
              pauseNanos / 1e9,
              waitingSpans,
              said(reason)));
    }
  }

  void gaveUp(long nowNanos, long spans, String reason) {
    if (gaveUp.due(nowNanos, spans)) {
      warn("gave up " + spans(spans, gaveUp) + " after retries" + said(reason));
    }
  }

  void droppedAtShutdown(long spans) {
    if (spans > 0) {
      warn(String.format(Locale.ROOT, "%,d spans dropped: the time to shut down was over", spans));
    }
  }

  void closeFailed(RuntimeException cause) {
    warn("could not be closed" + said(String.valueOf(cause)));
  }

  private void warn(String message) {
    LOGGER.log(Level.WARNING, "{0}: {1}", new Object[] {exporter, message});
  }

  private static String spans(long now, Kind kind) {
    long quiet = kind.takeQuiet();
    String text = String.format(Locale.ROOT, "%,d spans", now);
    return quiet == 0 ? text : text + String.format(Locale.ROOT, " (and %,d since)", quiet);
  }

  private static String said(String message) {
    return message.isEmpty() ? "" : ": " + message;
  }
}
