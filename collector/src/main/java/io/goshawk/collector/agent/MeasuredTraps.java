// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.collector.ledger.TrapPrice;
import io.goshawk.loader.probe.CostClass;
import io.goshawk.loader.trap.TrapPrices;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What traps take: measured once, when somebody asks for it first, and assumed until then and where
 * it cannot be measured. Confined to the control thread.
 */
final class MeasuredTraps {

  private static final Logger LOG = Logger.getLogger(MeasuredTraps.class.getName());

  private final Measuring measuring;
  private final Executor worker;
  private final Executor control;

  private TrapPrices prices = TrapPrices.ASSUMED;
  private boolean asked;
  private boolean settled;

  /** A way to measure. */
  @FunctionalInterface
  interface Measuring {
    TrapPrices measure() throws IOException;
  }

  /**
   * Nothing measured yet.
   *
   * @param worker measures
   * @param control has something done by the control thread
   */
  MeasuredTraps(Measuring measuring, Executor worker, Executor control) {
    this.measuring = measuring;
    this.worker = worker;
    this.control = control;
  }

  /** A thread that ends with the task. */
  static void onAnotherThread(Runnable task) {
    TaskThreads.start("traps", task);
  }

  /** As far as they are known. */
  TrapPrices prices() {
    if (!asked) {
      asked = true;
      CompletableFuture.supplyAsync(this::measured, worker)
          .whenCompleteAsync(this::settle, control);
    }
    return prices;
  }

  private TrapPrices measured() {
    try {
      return measuring.measure();
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  private void settle(@Nullable TrapPrices measured, @Nullable Throwable failure) {
    settled = true;
    if (measured != null) {
      prices = measured;
    } else if (failure != null) {
      LOG.fine(() -> "what traps take is assumed: " + FileOpenings.cause(failure).getMessage());
    }
  }

  /** The same for the books; empty until it is known which hold. */
  List<TrapPrice> settled() {
    return settled
        ? Arrays.stream(CostClass.values())
            .map(
                cost ->
                    new TrapPrice(
                        cost.name().toLowerCase(Locale.ROOT),
                        prices.nanos(cost),
                        prices.measured()))
            .toList()
        : List.of();
  }
}
