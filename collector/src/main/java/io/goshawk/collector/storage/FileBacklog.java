// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.storage;

import io.goshawk.collector.log.Counted;
import io.goshawk.collector.pipeline.Backlog;
import io.goshawk.collector.storage.SegmentLog.Entry;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.EncodedRequest;
import io.goshawk.collector.telemetry.OtlpRequests;
import io.goshawk.config.component.Signal;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What waits for an exporter, in a {@link SegmentLog}: each batch is a record that holds an OTLP
 * request. Memory holds what is under way, the record it is from, and, while the exporter keeps up,
 * the few records behind it, which then need not be read.
 *
 * <p>What was settled is not there again, so that at most one request is sent twice for each time
 * that the process is killed. Used by one thread at a time.
 */
final class FileBacklog implements Backlog {
  /** Records in memory have no more than that, of a heap of tens of megabytes. */
  private static final int MAX_RECENT_BYTES = 1 << 20;

  private static final Logger LOGGER = Logger.getLogger("io.goshawk.storage");

  /**
   * Spans that were taken from one record.
   *
   * @param first the number of the first of them in the record
   * @param end where the next record begins, if these are the record's last; else null
   */
  private record Taken(Position record, int first, int spans, @Nullable Position end) {}

  private final String name;
  private final Signal signal;
  private final SegmentLog log;
  private final LongSupplier nanoClock;
  private final Deque<Taken> underWay = new ArrayDeque<>();

  /** A record, and the batch that was written there. */
  private record Kept(Entry entry, EncodedBatch batch) {}

  /** The records right behind the one that is being taken; a new one only if these are all. */
  private final Deque<Kept> recent = new ArrayDeque<>();

  private long recentBytes;

  /** The record that is being taken, and what of it was not taken yet. */
  private @Nullable Entry open;

  private @Nullable EncodedBatch rest;
  private int restFirst;

  private Position next;
  private long spans;
  private long bytes;
  private long batches;
  private long oldestNanos;
  private long lost;

  /**
   * @param name whose it is, for the log
   * @param signal what its batches are of
   */
  FileBacklog(String name, Signal signal, SegmentLog log, LongSupplier nanoClock) {
    this.name = name;
    this.signal = signal;
    this.log = log;
    this.nanoClock = nanoClock;
    next = log.begin();
    spans = log.items();
    bytes = log.bytes();
    batches = log.records();
    oldestNanos = nanoClock.getAsLong();
    if (spans > 0) {
      LOGGER.log(
          Level.INFO,
          "{0}: its queue on disk has {1} of an earlier run",
          new Object[] {name, Counted.of(spans, "item")});
    }
  }

  @Override
  public long spans() {
    return spans;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public long batches() {
    return batches;
  }

  @Override
  public void add(EncodedBatch batch, long nowNanos) throws IOException {
    EncodedRequest request = EncodedRequest.of(batch);
    boolean behindRecent = batches == recent.size() + (open == null ? 0 : 1);
    Entry entry = log.append(request.length(), request::writeTo, batch.size());
    if (behindRecent && recentBytes + request.length() <= MAX_RECENT_BYTES) {
      // What is settled is told by its number in the record.
      recent.add(new Kept(entry, batch.inRequestOrder()));
      recentBytes += request.length();
    }
    if (spans == 0) {
      oldestNanos = nowNanos;
    }
    spans += batch.size();
    bytes += request.length();
    batches++;
  }

  @Override
  public long oldestNanos() {
    return oldestNanos;
  }

  @Override
  public @Nullable EncodedBatch first() {
    return rest == null ? readNext() : rest;
  }

  @Override
  public EncodedBatch takeFirst(int count) {
    EncodedBatch all = rest;
    Entry entry = open;
    if (all == null || entry == null) {
      throw new IllegalStateException("spans of no record");
    }
    oldestNanos = nanoClock.getAsLong();
    EncodedBatch part = all.head(count);
    EncodedBatch behind = all.tail(count);
    all.release();
    boolean last = behind.size() == 0;
    underWay.add(new Taken(entry.begin(), restFirst, part.size(), last ? entry.end() : null));
    spans -= part.size();
    if (last) {
      behind.release();
      gone(entry);
    } else {
      rest = behind;
      restFirst += part.size();
    }
    return part;
  }

  /** Reads the next record that can be; null if there is none. */
  private @Nullable EncodedBatch readNext() {
    while (spans > 0) {
      Kept kept = recent.poll();
      if (kept != null) {
        recentBytes -= kept.entry().length();
        open = kept.entry();
        restFirst = 0;
        rest = kept.batch();
        return rest;
      }
      Entry entry;
      try {
        entry = log.read(next);
      } catch (IOException e) {
        lost("cannot be read: " + e.getMessage(), spans);
        spans = 0;
        return null;
      }
      if (entry == null) {
        lost("it ends before what was written", spans);
        spans = 0;
        return null;
      }
      int skip = entry.begin().skip();
      EncodedBatch batch = decode(entry);
      if (batch != null) {
        open = entry;
        restFirst = skip;
        rest = skip == 0 ? batch : batch.tail(skip);
        return rest;
      }
      lost("it is not as it was written", entry.items() - skip);
      spans -= entry.items() - skip;
      gone(entry);
    }
    return null;
  }

  private @Nullable EncodedBatch decode(Entry entry) {
    if (entry.payload() == null) {
      return null;
    }
    try {
      EncodedBatch batch = OtlpRequests.decode(signal, entry.payload());
      return batch.size() == entry.items() ? batch : null;
    } catch (MalformedException e) {
      return null;
    }
  }

  /** Nothing more is to be taken of a record. */
  private void gone(Entry entry) {
    open = null;
    rest = null;
    next = entry.end();
    bytes -= entry.length();
    batches--;
  }

  private void lost(String why, long count) {
    lost += count;
    LOGGER.log(
        Level.SEVERE,
        "{0}: its queue on disk has lost {1}: {2}",
        new Object[] {name, Counted.of(count, "item"), why});
  }

  @Override
  public long takeLost() {
    long taken = lost;
    lost = 0;
    return taken;
  }

  @Override
  public void settled(int count) {
    int left = count;
    Position done = null;
    while (left > 0) {
      Taken taken = underWay.remove();
      if (taken.spans() > left) {
        // A request that was too large is settled in parts.
        int first = taken.first() + left;
        underWay.addFirst(new Taken(taken.record(), first, taken.spans() - left, taken.end()));
        done = taken.record().withSkip(first);
        left = 0;
      } else {
        left -= taken.spans();
        done =
            taken.end() == null
                ? taken.record().withSkip(taken.first() + taken.spans())
                : taken.end();
      }
    }
    if (done != null) {
      acknowledge(done);
    }
  }

  private void acknowledge(Position done) {
    try {
      log.acknowledge(done);
    } catch (IOException e) {
      LOGGER.log(
          Level.WARNING,
          "{0}: what was delivered cannot be written down and will be delivered again after a"
              + " restart: {1}",
          new Object[] {name, e.getMessage()});
    }
  }

  @Override
  public boolean survives() {
    return true;
  }

  @Override
  public void close() {
    recent.forEach(kept -> kept.batch().release());
    recent.clear();
    if (rest != null) {
      rest.release();
      rest = null;
    }
    try {
      log.close();
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "{0}: {1}", new Object[] {name, e.getMessage()});
    }
  }
}
