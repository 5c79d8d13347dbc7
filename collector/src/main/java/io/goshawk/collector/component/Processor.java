// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.component;

import io.goshawk.collector.telemetry.EncodedBatch;
import java.util.Optional;

/**
 * Changes data on its way. Its methods are called by one thread at a time and do not block; it says
 * of every span whether it goes on, is dropped, or is held.
 */
public interface Processor {

  /** Where a processor's spans end up. */
  interface Output {

    /** They go on. Takes the batch over. */
    void emit(EncodedBatch batch);

    /** They do not. The batch stays the caller's to release. */
    void drop(String reason, long spans);
  }

  /** Takes the batch over: emits it, or others in its place, or releases it. */
  void process(EncodedBatch batch, Output output);

  /**
   * Called now and then, for what it does by time.
   *
   * @param nowNanos see {@link System#nanoTime()}
   * @return nanoseconds after which it wants to be called again at the latest; {@link
   *     Long#MAX_VALUE} for never
   */
  default long tick(long nowNanos, Output output) {
    return Long.MAX_VALUE;
  }

  /** Emits what it holds. Called last. */
  default void drain(Output output) {}

  /** Why it would drop everything that came now; empty while it does not. Asked by any thread. */
  default Optional<String> refusal() {
    return Optional.empty();
  }

  /** How many spans it holds. */
  default long held() {
    return 0;
  }
}
