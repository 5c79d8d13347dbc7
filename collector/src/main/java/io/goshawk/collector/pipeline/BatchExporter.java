// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import io.goshawk.collector.telemetry.EncodedBatch;

/**
 * A place where spans go. All methods are called by the one worker thread that {@link
 * QueuedExporter} gives it.
 */
public interface BatchExporter {

  /**
   * Delivers the spans, or says why not. May block as long as its own timeout says; when it has
   * returned, it no longer reads the batch.
   *
   * @throws InterruptedException if the pipeline's time to shut down is over
   */
  ExportOutcome export(EncodedBatch batch) throws InterruptedException;

  /**
   * Called when no batch is ready, for what an exporter does by time alone.
   *
   * @param nowNanos the pipeline's clock, see {@link System#nanoTime()}
   * @return nanoseconds after which it wants to be called again; {@link Long#MAX_VALUE} for never
   */
  default long idle(long nowNanos) {
    return Long.MAX_VALUE;
  }

  /**
   * What became of spans that were {@linkplain ExportOutcome#HELD held}, since it was asked last.
   * Asked after each of the other calls but {@link #close()}.
   */
  default Settled settled() {
    return Settled.NOTHING;
  }

  /**
   * Spans that are no longer held.
   *
   * @param exported how many of them were delivered
   * @param refused how many of them were not, and never will be
   * @param reason why they were refused and, where one is known, the mend; else empty
   */
  record Settled(long exported, long refused, String reason) {
    static final Settled NOTHING = new Settled(0, 0, "");
  }

  /** Writes out whatever it holds back. */
  default void flush() {}

  /** Flushes and lets go of its resources. The last call. */
  default void close() {}
}
