package io.goshawk.collector.agent;

import io.goshawk.abi.RecordHeader;
import io.goshawk.abi.RecordType;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.loader.ring.RingReader;
import io.goshawk.spans.otlp.SpanBatch;
import io.goshawk.spans.otlp.SpanBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The drain thread: ring records become spans, and spans batches that go to the pipeline. It never
 * waits for a backend, and no record ends it.
 *
 * <p>Records are submitted without waking us, which would cost the traced thread, unless the ring
 * fills or a process begins or ends; so we look by the clock as well.
 */
final class DrainLoop implements Part {

  private static final Logger LOG = Logger.getLogger(DrainLoop.class.getName());

  /** How long a span may wait in the ring; also what an idle agent's wake-ups cost. */
  private static final int POLL_MILLIS = 50;

  private static final int MAX_BATCH = 512;

  private final Supplier<RingReader> openRing;
  private final SpanRecords spans;
  private final ProcessEvents events;
  private final Ledger ledger;
  private final Consumer<SpanBatch> pipeline;
  private final SpanBuffer batch = new SpanBuffer();
  private long read;
  private boolean failureLogged;
  private @Nullable Thread thread;
  private volatile boolean stopping;

  /** What makes spans of records. */
  interface SpanRecords {

    /** Adds the span of a record; nothing if it was refused, which is in the ledger then. */
    void build(byte[] ring, int offset, int length, SpanBuffer spans);
  }

  DrainLoop(
      Supplier<RingReader> openRing,
      SpanRecords spans,
      ProcessEvents events,
      Ledger ledger,
      Consumer<SpanBatch> pipeline) {
    this.openRing = openRing;
    this.spans = spans;
    this.events = events;
    this.ledger = ledger;
    this.pipeline = pipeline;
  }

  @Override
  public String name() {
    return "the drain thread";
  }

  @Override
  public void start() {
    RingReader ring = openRing.get();
    thread = new Thread(() -> run(ring), "drain");
    thread.setDaemon(true);
    thread.start();
  }

  private void run(RingReader ring) {
    try (ring) {
      while (!stopping) {
        ring.poll(POLL_MILLIS);
        drain(ring);
      }
      // Every program returns at once by now, so this empties it for good.
      drain(ring);
    }
  }

  private void drain(RingReader ring) {
    boolean more = true;
    while (more) {
      try {
        more = ring.drain(this::onRecord, MAX_BATCH) == MAX_BATCH;
      } catch (RuntimeException e) {
        ledger.recordRefused("the builder failed");
        if (!failureLogged) {
          failureLogged = true;
          LOG.log(Level.SEVERE, "a record could not be read; further ones are only counted", e);
        }
      }
      handOver();
    }
  }

  private void onRecord(byte[] ring, int offset, int length) {
    int type = RecordHeader.type(ring, offset);
    int pid = RecordHeader.tgid(ring, offset);
    if (type == RecordType.RECORD_PROCESS_EXEC.value()) {
      events.executed(pid);
    } else if (type == RecordType.RECORD_PROCESS_EXIT.value()) {
      events.exited(pid);
    } else {
      read++;
      spans.build(ring, offset, length, batch);
    }
  }

  private void handOver() {
    if (read > 0) {
      ledger.recordsRead(read);
      read = 0;
    }
    if (batch.size() > 0) {
      ledger.spansBuilt(batch.size());
      pipeline.accept(batch.take());
    }
  }

  /** Empties the ring, hands the last batch over and ends the thread. */
  @Override
  public void stop(long deadlineNanos) throws InterruptedException {
    stopping = true;
    Thread running = thread;
    if (running == null) {
      return;
    }
    TimeUnit.NANOSECONDS.timedJoin(running, Math.max(1, deadlineNanos - System.nanoTime()));
    if (running.isAlive()) {
      LOG.warning("the ring could not be emptied in time; what is left in it is lost");
    }
  }
}
