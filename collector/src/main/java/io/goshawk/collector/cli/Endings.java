// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.logging.Logger;

/** The ways a user ends a command. */
final class Endings {

  private static final Logger LOG = Logger.getLogger(Endings.class.getName());

  private static final int SIGNALLED = 128;

  private Endings() {}

  /**
   * Calls the handler for SIGINT, SIGTERM and SIGHUP. Whoever asks a third time does not want to
   * wait for a tidy end.
   */
  static void onSignal(Consumer<Signal> handler) {
    onSignal(Signal.ENDING, handler);
  }

  /** The same for some of them. */
  static void onSignal(List<Signal> signals, Consumer<Signal> handler) {
    AtomicInteger count = new AtomicInteger();
    for (Signal signal : signals) {
      if (signal.equals(Signal.INT) && signal.ignored()) {
        LOG.info(
            "SIGINT is ignored, as it is where a shell that runs a script starts something with &;"
                + " SIGTERM ends this");
      }
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
