// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.collector.ledger.Ledger;
import io.goshawk.loader.ring.RecordHandler;
import io.goshawk.loader.ring.RingReader;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The drain thread: takes records out of the ring. It never waits for a backend, and no record ends
 * it.
 *
 * <p>Records are submitted without waking us, which would cost the traced thread, unless the ring
 * fills or a process begins or ends; so we look by the clock as well.
 */
final class DrainLoop implements Part {

  private static final Logger LOG = Logger.getLogger(DrainLoop.class.getName());

  /** How long a span may wait in the ring; also what an idle agent's wake-ups cost. */
  private static final int POLL_MILLIS = 50;

  private static final int MAX_BATCH = 512;

  /** To count what there is no time for; less than what a part may need beyond its deadline. */
  private static final long COUNTING_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

  private final Supplier<RingReader> openRing;
  private final Records records;
  private final Ledger ledger;
  private boolean failureLogged;
  private @Nullable Thread thread;
  private volatile boolean stopping;
  private volatile boolean late;

  /** What is made of records. All but the last is called on the drain thread. */
  interface Records extends RecordHandler {

    /** Some have been taken: what was made of them may go on. */
    void handOver();

    /** The last one has been taken; what was made of it is handed over next. */
    void end();

    /** The same where no time is left: what waits for more to be known is lost. */
    void endLate();

    /** There is no time left for a record. */
    void left(byte[] records, int offset, int length);

    /** The thread does not end: whatever it still does is to go nowhere. */
    void giveUp() throws InterruptedException;
  }

  /**
   * A loop that was not started.
   *
   * @param records takes each record
   */
  DrainLoop(Supplier<RingReader> openRing, Records records, Ledger ledger) {
    this.openRing = openRing;
    this.records = records;
    this.ledger = ledger;
  }

  @Override
  public String name() {
    return "the drain thread";
  }

  @Override
  public int share() {
    return 2;
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
      attempt(late ? records::endLate : records::end);
      attempt(records::handOver);
    }
  }

  private void take(byte[] bytes, int offset, int length) {
    if (late) {
      records.left(bytes, offset, length);
    } else {
      records.onRecord(bytes, offset, length);
    }
  }

  private void drain(RingReader ring) {
    boolean more = true;
    while (more) {
      try {
        more = ring.drain(this::take, MAX_BATCH) == MAX_BATCH;
      } catch (RuntimeException | Error e) {
        ledger.recordRefused("the builder failed");
        logFailure("a record could not be read; further ones are only counted", e);
      }
      attempt(records::handOver);
    }
  }

  private void attempt(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      // What has gathered is still there, and goes with what comes next.
      logFailure("spans could not be handed over", e);
    }
  }

  private void logFailure(String what, Throwable failure) {
    if (!failureLogged) {
      failureLogged = true;
      LOG.log(Level.SEVERE, what, failure);
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
      late = true;
      LOG.warning("the ring could not be emptied in time; what is left in it is lost");
      TimeUnit.NANOSECONDS.timedJoin(running, COUNTING_NANOS);
    }
    if (running.isAlive()) {
      records.giveUp();
      ledger.drainGivenUp();
    }
  }
}
