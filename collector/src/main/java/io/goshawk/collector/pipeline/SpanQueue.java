// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import io.goshawk.collector.ledger.ExporterAccount;
import io.goshawk.spans.otlp.SpanBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one exporter, bounded in spans, those under way included, and in bytes: memory is
 * bounded whatever the backend does.
 *
 * <p>The drain thread offers and never waits; the worker takes and settles; anyone may ask for a
 * flush or close it. The lock is held for a few assignments, never during an export.
 */
final class SpanQueue {
  /**
   * Of what waits or is under way in all queues of a pipeline together; further batches are dropped
   * and counted. Reached before the bound in spans only when spans are larger than a kilobyte or
   * two.
   */
  static final int MAX_BYTES = 12 * 1024 * 1024;

  /**
   * Of one request, unless a single span is larger: a Collector takes no more than 4 MiB over gRPC
   * (confighttp and configgrpc, max_recv_msg_size_mib).
   */
  static final int MAX_REQUEST_BYTES = 2 * 1024 * 1024;

  private record Waiting(SpanBatch batch, long sinceNanos) {}

  private final DeliverySettings settings;
  private final int maxBytes;
  private final ExporterAccount account;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Condition flushed = lock.newCondition();
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private int waitingSpans;
  private int waitingBytes;
  private int underWaySpans;
  private int underWayBytes;
  // Running numbers of spans: taken in, settled, and how far flushes were asked for and done.
  private long accepted;
  private long settled;
  private long flushWanted;
  private long flushDone;
  private long version;
  private boolean closed;
  private boolean abandoned;
  private long closeDeadlineNanos;

  SpanQueue(DeliverySettings settings, int maxBytes, ExporterAccount account) {
    this.settings = settings;
    this.maxBytes = maxBytes;
    this.account = account;
  }

  /**
   * Takes as many of the spans as there is room for and counts the rest as dropped. The batch stays
   * the caller's to release.
   *
   * @return how many it had no room for
   */
  int offer(SpanBatch batch, long nowNanos) {
    lock.lock();
    try {
      int size = batch.size();
      if (closed) {
        account.receivedTooLate(size);
        return 0;
      }
      int room = settings.queueSpans() - waitingSpans - underWaySpans;
      boolean fits = waitingBytes + underWayBytes + batch.bytes() <= maxBytes;
      int taken = fits ? Math.min(size, room) : 0;
      int before = waitingSpans;
      if (taken > 0) {
        // First what may want for memory, then the books.
        SpanBatch kept = taken == size ? batch.retain() : batch.head(taken);
        waiting.add(new Waiting(kept, nowNanos));
        waitingSpans += taken;
        waitingBytes += kept.bytes();
        accepted += taken;
      }
      account.received(taken, size - taken);
      // The worker needs to know of the first, to set its timer, and of the one that fills a batch.
      if (taken > 0
          && (before == 0
              || before < settings.batchSpans() && waitingSpans >= settings.batchSpans())) {
        wakeWorker();
      }
      return size - taken;
    } finally {
      lock.unlock();
    }
  }

  /** The next request's spans, the caller's to release; or null if it is not yet time. */
  @Nullable SpanBatch take(long nowNanos) {
    lock.lock();
    try {
      if (waitingSpans == 0 || nanosUntilReady(nowNanos) > 0) {
        return null;
      }
      List<SpanBatch> parts = new ArrayList<>();
      int room = settings.batchSpans();
      int bytes = 0;
      while (room > 0 && !waiting.isEmpty()) {
        SpanBatch first = waiting.element().batch();
        if (bytes > 0 && bytes + first.requestBytes() > MAX_REQUEST_BYTES) {
          break;
        }
        int fitting = bytes > 0 ? first.size() : first.countWithin(MAX_REQUEST_BYTES);
        SpanBatch part = takeFirst(Math.min(room, fitting));
        parts.add(part);
        room -= part.size();
        bytes += part.requestBytes();
      }
      return SpanBatch.concat(parts);
    } finally {
      lock.unlock();
    }
  }

  /** Takes so many spans off the first batch that waits. */
  private SpanBatch takeFirst(int count) {
    Waiting first = waiting.remove();
    SpanBatch part = first.batch();
    if (part.size() > count) {
      waiting.addFirst(new Waiting(part.tail(count), first.sinceNanos()));
      SpanBatch whole = part;
      part = whole.head(count);
      whole.release();
    }
    waitingSpans -= part.size();
    waitingBytes -= part.bytes();
    underWaySpans += part.size();
    underWayBytes += part.bytes();
    return part;
  }

  /**
   * Spans that were taken are done with, one way or the other.
   *
   * @return false if they were counted as abandoned in the meantime
   */
  boolean settle(SpanBatch batch) {
    lock.lock();
    try {
      if (abandoned) {
        return false;
      }
      settled += batch.size();
      underWaySpans -= batch.size();
      underWayBytes -= batch.bytes();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Nanoseconds until the oldest span has waited long enough; 0: now; MAX_VALUE: none waits. */
  long nanosUntilReady(long nowNanos) {
    lock.lock();
    try {
      Waiting oldest = waiting.peek();
      if (oldest == null) {
        return Long.MAX_VALUE;
      }
      if (closed || settled < flushWanted || waitingSpans >= settings.batchSpans()) {
        return 0;
      }
      return Math.max(0, settings.maxDelay().toNanos() - (nowNanos - oldest.sinceNanos()));
    } finally {
      lock.unlock();
    }
  }

  /** Spans waiting or under way. */
  int load() {
    lock.lock();
    try {
      return waitingSpans + underWaySpans;
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

  /** Counts everything that is still here as dropped at shutdown. Does nothing the second time. */
  void abandon() {
    lock.lock();
    try {
      closed = true;
      if (!abandoned) {
        abandoned = true;
        account.droppedAtShutdown(waitingSpans + underWaySpans);
        waiting.forEach(batch -> batch.batch().release());
        waiting.clear();
        waitingSpans = 0;
        waitingBytes = 0;
        underWaySpans = 0;
        underWayBytes = 0;
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
