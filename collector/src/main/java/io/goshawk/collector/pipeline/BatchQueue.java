// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import io.goshawk.collector.ledger.ExporterAccount;
import io.goshawk.collector.pipeline.DeliverySettings.Sizer;
import io.goshawk.collector.telemetry.EncodedBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one exporter, in a {@link Backlog}, bounded in spans, those under way included,
 * and in bytes: memory and disk are bounded whatever the backend does.
 *
 * <p>The drain thread offers and never waits; the worker takes and settles; anyone may ask for a
 * flush or close it. The lock is held for a few assignments and, where what waits is in files, for
 * reading or writing one batch; never during an export.
 */
final class BatchQueue {
  /**
   * Of one request, unless a single span is larger: a Collector takes no more than 4 MiB over gRPC
   * (confighttp and configgrpc, max_recv_msg_size_mib).
   */
  static final int MAX_REQUEST_BYTES = 2 * 1024 * 1024;

  private final DeliverySettings settings;
  private final ExporterAccount account;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Condition flushed = lock.newCondition();
  private Backlog waiting = new MemoryBacklog();
  private long maxBytes;
  private int underWaySpans;
  private long underWayBytes;
  private long heldSpans;
  // Running numbers of spans: taken in, settled, and how far flushes were asked for and done.
  private long accepted;
  private long settled;
  private long flushWanted;
  private long flushDone;
  private long version;
  private boolean closed;
  private boolean abandoned;
  private long closeDeadlineNanos;

  BatchQueue(DeliverySettings settings, long maxBytes, ExporterAccount account) {
    this.settings = settings;
    this.maxBytes = maxBytes;
    this.account = account;
  }

  /**
   * Keeps what waits elsewhere than in memory. To be called before anything else.
   *
   * @param limitBytes the most of it that waits or is under way
   */
  void keepIn(Backlog backlog, long limitBytes) {
    lock.lock();
    try {
      waiting = backlog;
      maxBytes = limitBytes;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes as many of the spans as there is room for and counts the rest as dropped. The batch stays
   * the caller's to release.
   *
   * @return how many it had no room for
   * @throws UncheckedIOException if they could not be kept, and were counted as dropped
   */
  int offer(EncodedBatch batch, long nowNanos) {
    lock.lock();
    try {
      int size = batch.size();
      if (closed) {
        account.receivedTooLate(size);
        return 0;
      }
      int taken = Math.min(size, room(batch));
      boolean wasEmpty = waiting.spans() == 0;
      boolean wasFull = enoughForARequest();
      if (taken > 0) {
        // First what may want for memory or for disk, then the books.
        keep(batch, taken, nowNanos);
        accepted += taken;
      }
      account.received(taken, size - taken);
      // The worker needs to know of the first, to set its timer, and of the one that fills a batch.
      if (taken > 0 && (wasEmpty || !wasFull && enoughForARequest())) {
        wakeWorker();
      }
      return size - taken;
    } finally {
      lock.unlock();
    }
  }

  private void keep(EncodedBatch batch, int taken, long nowNanos) {
    EncodedBatch kept = taken == batch.size() ? batch.retain() : batch.head(taken);
    try {
      waiting.add(kept, nowNanos);
    } catch (IOException e) {
      account.notKept(batch.size());
      throw new UncheckedIOException(e);
    } finally {
      kept.release();
    }
  }

  /** How many of its spans there is room for. */
  private int room(EncodedBatch batch) {
    if (waiting.bytes() + underWayBytes + batch.bytes() > maxBytes) {
      return 0;
    }
    return switch (settings.sizer()) {
      case REQUESTS ->
          waiting.batches() + (underWaySpans > 0 ? 1 : 0) < settings.queueSize()
              ? Integer.MAX_VALUE
              : 0;
      case ITEMS ->
          (int) Math.min(Integer.MAX_VALUE, settings.queueSize() - waiting.spans() - underWaySpans);
      case BYTES ->
          waiting.bytes() + underWayBytes + batch.bytes() <= settings.queueSize()
              ? Integer.MAX_VALUE
              : 0;
    };
  }

  /** Whether what waits need not wait for more. */
  private boolean enoughForARequest() {
    long waits = settings.batching().sizer() == Sizer.BYTES ? waiting.bytes() : waiting.spans();
    return waits >= settings.batching().minSize();
  }

  /** The next request's spans, the caller's to release; or null if it is not yet time. */
  @Nullable EncodedBatch take(long nowNanos) {
    lock.lock();
    try {
      if (waiting.spans() == 0 || nanosUntilReady(nowNanos) > 0) {
        return null;
      }
      EncodedBatch taken =
          waiting.take(
              settings.batching().maxSpans(),
              Math.min(MAX_REQUEST_BYTES, settings.batching().maxBytes()));
      long lost = waiting.takeLost();
      settled += lost;
      account.unreadable(lost);
      if (taken != null) {
        underWaySpans += taken.size();
        underWayBytes += taken.bytes();
      }
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Spans that were taken are done with, one way or the other.
   *
   * @return false if they were counted as abandoned in the meantime
   */
  boolean settle(EncodedBatch batch) {
    lock.lock();
    try {
      if (abandoned) {
        return false;
      }
      settled += batch.size();
      underWaySpans -= batch.size();
      underWayBytes -= batch.bytes();
      waiting.settled(batch.size());
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Spans that were taken are held by the exporter: they count as settled for flushes and take no
   * room here, but what becomes of them is not in the books yet.
   */
  void hold(EncodedBatch batch) {
    lock.lock();
    try {
      if (settle(batch)) {
        heldSpans += batch.size();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Spans are no longer held.
   *
   * @return how many of them are to be entered into the books: not those that are there already,
   *     since they were abandoned or their exporter failed
   */
  long unhold(long spans) {
    lock.lock();
    try {
      long counted = Math.min(spans, heldSpans);
      heldSpans -= counted;
      return counted;
    } finally {
      lock.unlock();
    }
  }

  /** Nanoseconds until the oldest span has waited long enough; 0: now; MAX_VALUE: none waits. */
  long nanosUntilReady(long nowNanos) {
    lock.lock();
    try {
      if (waiting.spans() == 0) {
        return Long.MAX_VALUE;
      }
      if (closed || settled < flushWanted || enoughForARequest()) {
        return 0;
      }
      return Math.max(
          0, settings.batching().maxDelay().toNanos() - (nowNanos - waiting.oldestNanos()));
    } finally {
      lock.unlock();
    }
  }

  /** What waits or is under way, in what the queue's size is counted in. */
  long size() {
    lock.lock();
    try {
      return switch (settings.sizer()) {
        case REQUESTS -> waiting.batches() + (underWaySpans > 0 ? 1 : 0);
        case ITEMS -> waiting.spans() + underWaySpans;
        case BYTES -> waiting.bytes() + underWayBytes;
      };
    } finally {
      lock.unlock();
    }
  }

  /** Requests that are being delivered. */
  long underWay() {
    lock.lock();
    try {
      return underWaySpans > 0 ? 1 : 0;
    } finally {
      lock.unlock();
    }
  }

  /** Spans waiting, under way, or held by the exporter. */
  long load() {
    lock.lock();
    try {
      return waiting.spans() + underWaySpans + heldSpans;
    } finally {
      lock.unlock();
    }
  }

  /** Asks for everything offered until now to be delivered without delay. */
  void requestFlush() {
    lock.lock();
    try {
      // One more than was accepted last time, so that an exporter that holds spans back is asked
      // too.
      flushWanted = Math.max(flushWanted, accepted);
      // Also when nothing new came: an exporter may hold spans back.
      flushDone = Math.min(flushDone, flushWanted - 1);
      wakeWorker();
    } finally {
      lock.unlock();
    }
  }

  /** Whether everything that a flush waits for has been settled, so that the exporter can flush. */
  boolean flushDue() {
    lock.lock();
    try {
      return flushDone < flushWanted && settled >= flushWanted;
    } finally {
      lock.unlock();
    }
  }

  /** The exporter has flushed. */
  void flushed() {
    lock.lock();
    try {
      if (settled >= flushWanted) {
        flushDone = flushWanted;
        flushed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the flush that was asked for.
   *
   * @return whether it was done in time
   */
  boolean awaitFlushed(long limitNanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = limitNanos;
      while (flushDone < flushWanted) {
        if (left <= 0 || abandoned) {
          return false;
        }
        left = flushed.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Takes no more spans; what is here should be delivered by the deadline. */
  void close(long deadlineNanos) {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        closeDeadlineNanos = deadlineNanos;
        wakeWorker();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether what is not delivered is there again in the next run. */
  boolean survives() {
    lock.lock();
    try {
      return waiting.survives();
    } finally {
      lock.unlock();
    }
  }

  boolean closed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Meaningful once closed. */
  long closeDeadlineNanos() {
    lock.lock();
    try {
      return closeDeadlineNanos;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Counts everything that is still here as dropped at shutdown, unless it is there again in the
   * next run. Does nothing the second time.
   */
  void abandon() {
    lock.lock();
    try {
      closed = true;
      if (!abandoned) {
        abandoned = true;
        account.droppedAtShutdown(heldSpans);
        heldSpans = 0;
        if (!waiting.survives()) {
          account.droppedAtShutdown(waiting.spans() + underWaySpans);
          underWaySpans = 0;
          underWayBytes = 0;
        }
        waiting.close();
        flushed.signalAll();
        wakeWorker();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Grows with every event that the worker should look at. */
  long version() {
    lock.lock();
    try {
      return version;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until {@link #version()} differs from the one given, or the time is over. */
  void awaitChange(long seen, long limitNanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = limitNanos;
      while (version == seen && left > 0) {
        // A year: awaitNanos adds to the clock, and MAX_VALUE would overflow.
        left = changed.awaitNanos(Math.min(left, TimeUnit.DAYS.toNanos(365)));
      }
    } finally {
      lock.unlock();
    }
  }

  private void wakeWorker() {
    version++;
    changed.signal();
  }
}
