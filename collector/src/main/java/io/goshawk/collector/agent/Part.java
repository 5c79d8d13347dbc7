// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

/**
 * A part of the agent that starts and stops. Both are called once, one after the other; a part that
 * was not started is not stopped.
 */
interface Part {

  /** Its name in messages. */
  String name();

  /** Starts it; if this throws, the part has cleaned up after itself. */
  void start();

  /**
   * Stops it, on a thread made for that. Who needs longer is interrupted and given up.
   *
   * @param deadlineNanos on the scale of {@link System#nanoTime()}
   */
  void stop(long deadlineNanos) throws InterruptedException;

  /** How much of the time to stop is this part's, compared with the others; at least 1. */
  default int share() {
    return 1;
  }

  /** How a part stops. */
  @FunctionalInterface
  interface Stop {
    void stop(long deadlineNanos) throws InterruptedException;
  }

  /** A part made of two actions, which needs little time to stop. */
  static Part of(String name, Runnable start, Stop stop) {
    return of(name, 1, start, stop);
  }

  /** A part made of two actions, with its {@link #share()}. */
  static Part of(String name, int share, Runnable start, Stop stop) {
    return new Part() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public int share() {
        return share;
      }

      @Override
      public void start() {
        start.run();
      }

      @Override
      public void stop(long deadlineNanos) throws InterruptedException {
        stop.stop(deadlineNanos);
      }
    };
  }
}
