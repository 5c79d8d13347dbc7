package io.goshawk.collector.pipeline;

import io.goshawk.collector.ledger.ExporterAccount;
import io.goshawk.spans.otlp.SpanBatch;
import java.util.OptionalLong;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes batches from one queue to one exporter, tries again where that may help, and writes the
 * outcome into the ledger.
 *
 * <p>{@link #step} is one turn of its loop and holds all decisions; {@link #run} only waits between
 * the turns.
 */
final class ExportWorker implements Runnable {
  /** From {@link #step}: nothing is left to do, ever. */
  static final long DONE = -1;

  private final TraceExporter exporter;
  private final SpanQueue queue;
  private final ExporterAccount account;
  private final RetrySettings retrySettings;
  private final LongSupplier nanoClock;
  private final DoubleSupplier random;
  private final DeliveryLog log;

  private @Nullable SpanBatch underWay;
  private @Nullable Backoff backoff;
  private long notBeforeNanos;

  ExportWorker(
      TraceExporter exporter,
      SpanQueue queue,
      ExporterAccount account,
      RetrySettings retrySettings,
      LongSupplier nanoClock,
      DoubleSupplier random) {
    this.exporter = exporter;
    this.queue = queue;
    this.account = account;
    this.retrySettings = retrySettings;
    this.nanoClock = nanoClock;
    this.random = random;
    this.log = new DeliveryLog(exporter.name());
  }

  @Override
  public void run() {
    try {
      while (true) {
        long seen = queue.version();
        long pause = step(nanoClock.getAsLong());
        if (pause == DONE) {
          return;
        }
        if (pause > 0) {
          queue.awaitChange(seen, pause);
        }
      }
    } catch (InterruptedException e) {
      // The time to shut down is over: what is left is abandoned below.
    } finally {
      queue.abandon();
      log.droppedAtShutdown(account.counts().droppedAtShutdown());
      closeExporter();
    }
  }

  /**
   * Delivers at most one batch.
   *
   * @return nanoseconds until the next turn has something to do; {@link #DONE} after the last
   */
  long step(long nowNanos) throws InterruptedException {
    if (underWay == null) {
      underWay = queue.take(nowNanos);
      if (underWay == null) {
        return withoutBatch(nowNanos);
      }
      backoff = null;
    } else if (queue.closed() && notBeforeNanos - queue.closeDeadlineNanos() > 0) {
      settle(underWay, account::droppedAtShutdown);
      return 0;
    } else if (notBeforeNanos - nowNanos > 0) {
      long untilRetry = notBeforeNanos - nowNanos;
      return Math.max(1, Math.min(untilRetry, exporter.idle(nowNanos)));
    }
    deliver(underWay, nowNanos);
    return 0;
  }

  private long withoutBatch(long nowNanos) {
    if (queue.flushDue()) {
      exporter.flush();
      queue.flushed();
      return 0;
    }
    long untilReady = queue.nanosUntilReady(nowNanos);
    if (untilReady == Long.MAX_VALUE && queue.closed()) {
      return DONE;
    }
    return Math.max(1, Math.min(untilReady, exporter.idle(nowNanos)));
  }

  private void deliver(SpanBatch batch, long nowNanos) throws InterruptedException {
    ExportOutcome outcome;
    try {
      outcome = exporter.export(batch);
    } catch (RuntimeException e) {
      // A bug in an exporter must not end its thread, and through it all later spans.
      outcome = new ExportOutcome.Refused("the exporter failed: " + e);
    }
    long size = batch.size();
    if (outcome instanceof ExportOutcome.Accepted accepted) {
      long rejected = Math.min(size, Math.max(0, accepted.rejectedSpans()));
      settle(batch, spans -> account.exported(spans, rejected));
      log.accepted(nowNanos, rejected, accepted.message());
    } else if (outcome instanceof ExportOutcome.Refused refused) {
      settle(batch, account::refused);
      log.refused(nowNanos, size, refused.reason());
    } else if (outcome instanceof ExportOutcome.Retryable retryable) {
      retryLater(batch, nowNanos, retryable);
    }
  }

  private void retryLater(SpanBatch batch, long triedNanos, ExportOutcome.Retryable retryable) {
    if (backoff == null) {
      backoff = new Backoff(retrySettings, random, triedNanos);
    }
    // The pause counts from the answer, which may have come long after the try.
    long answeredNanos = nanoClock.getAsLong();
    OptionalLong next = backoff.next(answeredNanos, retryable.retryAfter());
    if (next.isPresent()) {
      notBeforeNanos = next.getAsLong();
      log.retrying(answeredNanos, queue.load(), retryable.reason(), notBeforeNanos - answeredNanos);
    } else {
      settle(batch, account::gaveUp);
      log.gaveUp(answeredNanos, batch.size(), retryable.reason());
    }
  }

  private interface Entry {
    void of(long spans);
  }

  private void settle(SpanBatch batch, Entry entry) {
    underWay = null;
    backoff = null;
    if (queue.settle()) {
      entry.of(batch.size());
    }
    batch.release();
  }

  private void closeExporter() {
    try {
      exporter.close();
    } catch (RuntimeException e) {
      log.closeFailed(e);
    }
  }
}
