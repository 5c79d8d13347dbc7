// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The control thread: does what others ask for, one after the other, and some things by the clock.
 * A job that fails costs only itself.
 */
final class ControlLoop implements Part {

  private static final Logger LOG = Logger.getLogger(ControlLoop.class.getName());

  private final LinkedBlockingQueue<Runnable> jobs = new LinkedBlockingQueue<>();
  private final Runnable everySecond;
  private final Runnable scan;
  private volatile long scanIntervalNanos;
  private final LongSupplier nanoClock;
  private final Thread thread;
  private boolean stopped;

  /**
   * A loop that was not started.
   *
   * @param everySecond what is done each second
   * @param scan what is done each {@code scanIntervalNanos}
   */
  ControlLoop(Runnable everySecond, Runnable scan, long scanIntervalNanos, LongSupplier nanoClock) {
    this.everySecond = everySecond;
    this.scan = scan;
    this.scanIntervalNanos = scanIntervalNanos;
    this.nanoClock = nanoClock;
    this.thread = new Thread(this::run, "control");
    thread.setDaemon(true);
  }

  /** Scans so often from the next time on; from any thread. */
  void scanEvery(long nanos) {
    scanIntervalNanos = nanos;
  }

  @Override
  public String name() {
    return "the control thread";
  }

  @Override
  public int share() {
    return 2;
  }

  @Override
  public void start() {
    thread.start();
  }

  /** Has it done soon; from any thread. */
  void submit(Runnable job) {
    jobs.add(job);
  }

  /** Has it done and waits for the answer. Not for the control thread itself. */
  <T> T call(Supplier<T> job) {
    return CompletableFuture.supplyAsync(job, this::submit).join();
  }

  private void run() {
    long second = TimeUnit.SECONDS.toNanos(1);
    long nextTick = nanoClock.getAsLong() + second;
    long nextScan = nanoClock.getAsLong() + scanIntervalNanos;
    while (!stopped) {
      long now = nanoClock.getAsLong();
      if (now >= nextTick) {
        attempt(everySecond);
        nextTick = now + second;
      }
      if (now >= nextScan) {
        attempt(scan);
        nextScan = nanoClock.getAsLong() + scanIntervalNanos;
      }
      try {
        Runnable job = jobs.poll(Math.min(nextTick, nextScan) - now, TimeUnit.NANOSECONDS);
        if (job != null) {
          attempt(job);
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static void attempt(Runnable job) {
    try {
      job.run();
    } catch (RuntimeException | Error e) {
      LOG.log(Level.SEVERE, "a job of the control thread failed", e);
    }
  }

  /** Finishes what was asked for until now, then ends the thread. */
  @Override
  public void stop(long deadlineNanos) throws InterruptedException {
    submit(() -> stopped = true);
    TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, deadlineNanos - System.nanoTime()));
    if (thread.isAlive()) {
      LOG.warning("the control thread is still busy; what it was asked for is given up");
      thread.interrupt();
    }
  }
}
