// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Looks into files of others, one after the other, each on a thread of its own and for a limited
 * time: whatever is wrong with a file costs that file. May be used from any thread.
 */
final class Analyses {

  private final Duration limit;
  private CompletableFuture<?> last = CompletableFuture.completedFuture(null);

  Analyses(Duration limit) {
    this.limit = limit;
  }

  /**
   * Begins once those asked for before are done or out of time.
   *
   * @return completed by another thread, with a {@link TimeoutException} when the time is over
   */
  synchronized <T> CompletableFuture<T> begin(Callable<T> analysis) {
    CompletableFuture<T> next =
        last.handle((done, failure) -> null).thenCompose(ready -> run(analysis));
    last = next;
    return next;
  }

  private <T> CompletableFuture<T> run(Callable<T> analysis) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                result.complete(analysis.call());
              } catch (Throwable e) {
                // Also what a hostile file can bring about: no memory left, no stack left.
                result.completeExceptionally(e);
              }
            },
            "analysis");
    thread.setDaemon(true);
    thread.start();
    return result
        .orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((done, failure) -> thread.interrupt());
  }
}
