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

  private final Supplier<RingReader> openRing;
  private final RecordHandler records;
  private final Runnable handOver;
  private final Runnable atEnd;
  private final Ledger ledger;
  private boolean failureLogged;
  private @Nullable Thread thread;
  private volatile boolean stopping;

  /**
   * A loop that was not started.
   *
   * @param records takes each record
   * @param handOver called when some have been taken: what was made of them may go on
   * @param atEnd called when the last one has been taken, before that is handed over
   */
  DrainLoop(
      Supplier<RingReader> openRing,
      RecordHandler records,
      Runnable handOver,
      Runnable atEnd,
      Ledger ledger) {
    this.openRing = openRing;
    this.records = records;
    this.handOver = handOver;
    this.atEnd = atEnd;
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
      attempt(atEnd);
      attempt(handOver);
    }
  }

  private void drain(RingReader ring) {
    boolean more = true;
    while (more) {
      try {
        more = ring.drain(records, MAX_BATCH) == MAX_BATCH;
      } catch (RuntimeException | Error e) {
        ledger.recordRefused("the builder failed");
        logFailure("a record could not be read; further ones are only counted", e);
      }
      attempt(handOver);
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
      LOG.warning("the ring could not be emptied in time; what is left in it is lost");
    }
  }
}
