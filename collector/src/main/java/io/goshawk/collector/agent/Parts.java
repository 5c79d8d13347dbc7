// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Starts parts in their order and stops them in the opposite one. Confined to one thread. */
final class Parts {

  private static final Logger LOG = Logger.getLogger(Parts.class.getName());

  /** What a part may need beyond its deadline, to say that it has missed it. */
  private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(700);

  private final List<Part> parts;
  private final Deque<Part> started = new ArrayDeque<>();

  Parts(List<Part> parts) {
    this.parts = List.copyOf(parts);
  }

  /** Starts all; if one cannot, those before it are stopped and what it threw goes on. */
  void start() {
    for (Part part : parts) {
      try {
        part.start();
      } catch (RuntimeException | Error e) {
        stop(System.nanoTime());
        throw e;
      }
      started.push(part);
    }
  }

  /**
   * Stops what was started, each within its share of the time that is left then; what one does not
   * need is the others'. A part that fails to stop, or does not in time, does not keep the others
   * from it.
   *
   * @return whether all have stopped as they should
   */
  boolean stop(long deadlineNanos) {
    boolean all = true;
    boolean interrupted = false;
    while (!started.isEmpty()) {
      int shares = started.stream().mapToInt(Part::share).sum();
      Part part = started.pop();
      long now = System.nanoTime();
      long own = now + Math.max(0, deadlineNanos - now) / shares * part.share();
      try {
        all &= stop(part, own);
      } catch (InterruptedException e) {
        interrupted = true;
        all = false;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return all;
  }

  /** On a thread of its own: a part that is stuck is left behind. */
  private static boolean stop(Part part, long deadlineNanos) throws InterruptedException {
    FutureTask<@Nullable Void> stopping =
        new FutureTask<>(
            () -> {
              part.stop(deadlineNanos);
              return null;
            });
    Thread thread = new Thread(stopping, "stop");
    thread.setDaemon(true);
    thread.start();
    try {
      // The part keeps its deadline by itself if it can.
      stopping.get(
          Math.max(0, deadlineNanos - System.nanoTime()) + GRACE_NANOS, TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      stopping.cancel(true);
      LOG.warning(() -> part.name() + ": not stopped in time, given up");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof InterruptedException interrupt) {
        throw interrupt;
      }
      LOG.log(Level.SEVERE, part.name() + " did not stop as it should", cause);
    }
    return false;
  }
}
