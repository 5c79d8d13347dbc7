package io.goshawk.collector.agent;

/**
 * A part of the agent that starts and stops. Both are called once, by the thread that starts and
 * stops the agent; a part that was not started is not stopped.
 */
interface Part {

  /** Its name in messages. */
  String name();

  /** Starts it; if this throws, the part has cleaned up after itself. */
  void start();

  /**
   * Stops it, in time if that can be.
   *
   * @param deadlineNanos on the scale of {@link System#nanoTime()}
   */
  void stop(long deadlineNanos) throws InterruptedException;

  /** How a part stops. */
  @FunctionalInterface
  interface Stop {
    void stop(long deadlineNanos) throws InterruptedException;
  }

  /** A part made of two actions. */
  static Part of(String name, Runnable start, Stop stop) {
    return new Part() {
      @Override
      public String name() {
        return name;
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
