// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class AnalysesTest {

  private static final Duration NEVER = Duration.ofHours(1);

  @Test
  void oneThatHangsCostsItselfAndIsInterrupted() throws Exception {
    Analyses analyses = new Analyses(Duration.ofMillis(100));
    CountDownLatch interrupted = new CountDownLatch(1);
    CompletableFuture<String> hangs =
        analyses.begin(
            () -> {
              try {
                return String.valueOf(new CountDownLatch(1).await(1, TimeUnit.HOURS));
              } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
              }
            });
    CompletableFuture<String> next = analyses.begin(() -> "done");

    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(hangs::get)
        .withCauseInstanceOf(TimeoutException.class);
    interrupted.await();
    assertThat(next.get()).isEqualTo("done");
  }

  @Test
  void oneThatDiesOfAnErrorCostsItself() throws Exception {
    Analyses analyses = new Analyses(NEVER);
    CompletableFuture<String> dies =
        analyses.begin(
            () -> {
              throw new OutOfMemoryError("of a file that claims too much");
            });
    CompletableFuture<String> next = analyses.begin(() -> "done");

    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(dies::get)
        .withCauseInstanceOf(OutOfMemoryError.class);
    assertThat(next.get()).isEqualTo("done");
  }

  @Test
  void theyAreDoneOneAfterTheOther() throws Exception {
    Analyses analyses = new Analyses(NEVER);
    CountDownLatch first = new CountDownLatch(1);
    CompletableFuture<Boolean> waits = analyses.begin(() -> first.await(1, TimeUnit.HOURS));
    CompletableFuture<Long> next = analyses.begin(first::getCount);

    first.countDown();

    assertThat(waits.get()).isTrue();
    assertThat(next.get()).as("what was open when it began").isZero();
  }
}
