// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.component;

/**
 * Ends pipelines and begins others: takes data and gives other data. What becomes of what it takes
 * it writes into one account, what it gives into another. Pipelines bring batches from several
 * threads; it must not block them.
 */
public interface Connector extends BatchConsumer {

  /**
   * Called now and then, by one thread, for what it does by time.
   *
   * @param nowNanos see {@link System#nanoTime()}
   * @return nanoseconds after which it wants to be called again at the latest
   */
  long tick(long nowNanos);

  /** Gives everything that it has. Called last. */
  void drain();
}
