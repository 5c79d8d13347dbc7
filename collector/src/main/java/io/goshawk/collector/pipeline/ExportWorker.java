// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import io.goshawk.collector.ledger.ExporterAccount;
import io.goshawk.collector.telemetry.EncodedBatch;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
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

  /** An exporter that failed to look after itself is asked again. */
  private static final long AFTER_FAILURE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final BatchExporter exporter;
  private final BatchQueue queue;
  private final ExporterAccount account;
  private final RetrySettings retrySettings;
  private final LongSupplier nanoClock;
  private final DoubleSupplier random;
  private final DeliveryLog log;

  /** What was taken from the queue: one batch, or the parts of one that was too large. */
  private final Deque<EncodedBatch> underWay = new ArrayDeque<>();

  // Of the first of them.
  private @Nullable Backoff backoff;
  private long notBeforeNanos;
  private boolean triedAtTheEnd;

  ExportWorker(
      BatchExporter exporter,
      BatchQueue queue,
      ExporterAccount account,
      RetrySettings retrySettings,
      LongSupplier nanoClock,
      DoubleSupplier random,
      DeliveryLog log) {
    this.exporter = exporter;
    this.queue = queue;
    this.account = account;
    this.retrySettings = retrySettings;
    this.nanoClock = nanoClock;
    this.random = random;
    this.log = log;
  }

  @Override
  public void run() {
    try {
      while (true) {
        long seen = queue.version();
        long pause = step(nanoClock.getAsLong());
        if (pause == DONE) {
          flush(nanoClock.getAsLong());
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
    if (underWay.isEmpty()) {
      EncodedBatch batch = queue.take(nowNanos);
      if (batch == null) {
        return withoutBatch(nowNanos);
      }
      underWay.add(batch);
    } else if (backoff != null && notBeforeNanos - nowNanos > 0) {
      if (!queue.closed() || triedAtTheEnd && notBeforeNanos - queue.closeDeadlineNanos() <= 0) {
        return Math.max(1, Math.min(notBeforeNanos - nowNanos, idle(nowNanos)));
      }
      if (triedAtTheEnd && queue.survives()) {
        return DONE;
      }
      if (triedAtTheEnd) {
        settle(account::droppedAtShutdown);
        return 0;
      }
      // There may be no time for the whole pause, but there is for one try more.
    }
    deliver(nowNanos);
    return 0;
  }

  private long withoutBatch(long nowNanos) {
    if (queue.flushDue()) {
      flush(nowNanos);
      queue.flushed();
      return 0;
    }
    long untilReady = queue.nanosUntilReady(nowNanos);
    if (untilReady == Long.MAX_VALUE && queue.closed()) {
      return DONE;
    }
    return Math.max(1, Math.min(untilReady, idle(nowNanos)));
  }

  private long idle(long nowNanos) {
    try {
      return exporter.idle(nowNanos);
    } catch (RuntimeException | Error e) {
      log.failed(nowNanos, 0, e);
      return AFTER_FAILURE_NANOS;
    } finally {
      enterSettled(nowNanos);
    }
  }

  private void flush(long nowNanos) {
    try {
      exporter.flush();
    } catch (RuntimeException | Error e) {
      log.failed(nowNanos, 0, e);
    } finally {
      enterSettled(nowNanos);
    }
  }

  /** Into the books: what the exporter has held and holds no longer. */
  private void enterSettled(long nowNanos) {
    BatchExporter.Settled settled = exporter.settled();
    long exported = queue.unhold(settled.exported());
    if (exported > 0) {
      account.exported(exported, 0);
      log.accepted(nowNanos, 0, "");
    }
    long refused = queue.unhold(settled.refused());
    if (refused > 0) {
      account.refused(refused);
      log.refused(nowNanos, refused, settled.reason());
    }
  }

  private void deliver(long nowNanos) throws InterruptedException {
    EncodedBatch batch = underWay.element();
    int size = batch.size();
    triedAtTheEnd = queue.closed();
    ExportOutcome outcome;
    try {
      outcome = exporter.export(batch);
    } catch (RuntimeException | Error e) {
      // A defect or a want of memory costs this batch, not the thread and with it all later spans.
      settle(account::failed);
      log.failed(nowNanos, size, e);
      return;
    }
    if (outcome instanceof ExportOutcome.Accepted accepted) {
      long rejected = Math.min(size, Math.max(0, accepted.rejectedSpans()));
      settle(spans -> account.exported(spans, rejected));
      log.accepted(nowNanos, rejected, accepted.message());
    } else if (outcome instanceof ExportOutcome.Held) {
      hold();
      enterSettled(nowNanos);
    } else if (outcome instanceof ExportOutcome.Refused refused) {
      settle(account::refused);
      log.refused(nowNanos, size, refused.reason());
    } else if (outcome instanceof ExportOutcome.TooLarge tooLarge) {
      if (!batch.divides()) {
        settle(account::refused);
        log.refused(nowNanos, size, tooLarge.reason() + "; it is too large by itself");
      } else {
        halve();
        log.halved(nowNanos, size, tooLarge.reason());
      }
    } else if (outcome instanceof ExportOutcome.Retryable retryable) {
      retryLater(nowNanos, retryable);
    }
  }

  /** So that spans which are too large go without those beside them. */
  private void halve() {
    EncodedBatch whole = underWay.element();
    int half = Math.max(1, whole.size() / 2);
    EncodedBatch head = whole.head(half);
    EncodedBatch tail = whole.tail(half);
    underWay.remove();
    underWay.addFirst(tail);
    underWay.addFirst(head);
    whole.release();
    backoff = null;
  }

  private void retryLater(long triedNanos, ExportOutcome.Retryable retryable) {
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
      log.gaveUp(answeredNanos, underWay.element().size(), retryable.reason());
      settle(account::gaveUp);
    }
  }

  private interface Entry {
    void of(long spans);
  }

  /** The first of what is under way is done with. */
  private void settle(Entry entry) {
    EncodedBatch batch = underWay.remove();
    backoff = null;
    if (queue.settle(batch)) {
      entry.of(batch.size());
    }
    batch.release();
  }

  /** The first of what is under way is the exporter's now. */
  private void hold() {
    EncodedBatch batch = underWay.remove();
    backoff = null;
    queue.hold(batch);
    batch.release();
  }

  private void closeExporter() {
    try {
      exporter.close();
    } catch (RuntimeException | Error e) {
      log.closeFailed(e);
    }
  }
}
