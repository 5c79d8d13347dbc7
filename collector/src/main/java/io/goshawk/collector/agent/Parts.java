package io.goshawk.collector.agent;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Starts parts in their order and stops them in the opposite one. Confined to one thread. */
final class Parts {

  private static final Logger LOG = Logger.getLogger(Parts.class.getName());

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
      } catch (RuntimeException e) {
        stop(System.nanoTime());
        throw e;
      }
      started.push(part);
    }
  }

  /** Stops what was started; a part that fails to does not keep the others from it. */
  void stop(long deadlineNanos) {
    boolean interrupted = false;
    while (!started.isEmpty()) {
      Part part = started.pop();
      try {
        part.stop(deadlineNanos);
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (RuntimeException e) {
        LOG.log(Level.SEVERE, part.name() + " did not stop as it should", e);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
