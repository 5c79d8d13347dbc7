// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** The ways a user ends a command. */
final class Endings {

  private static final int SIGNALLED = 128;

  private Endings() {}

  /**
   * Calls the handler for SIGINT, SIGTERM and SIGHUP. Whoever asks a third time does not want to
   * wait for a tidy end.
   */
  static void onSignal(Consumer<Signal> handler) {
    AtomicInteger count = new AtomicInteger();
    for (Signal signal : Signal.ENDING) {
      if (!signal.ignored()) {
        signal.handle(
            () -> {
              if (count.incrementAndGet() > 2) {
                Runtime.getRuntime().halt(SIGNALLED + signal.number());
              }
              handler.accept(signal);
            });
      }
    }
  }
}
