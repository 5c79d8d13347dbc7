// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.goshawk.collector.component.StartException;
import io.goshawk.collector.ledger.ExporterCounts;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.testing.Contexts;
import io.goshawk.collector.testing.EncodedSpans;
import io.goshawk.collector.testing.TestSpans;
import io.goshawk.config.component.Signal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The pipeline with its real threads. */
@Timeout(20)
class QueuedExporterTest {
  private static final DeliverySettings AT_ONCE =
      DeliverySettings.ofSpans(1_000, 100, Duration.ZERO, RetrySettings.DEFAULT);

  private final Ledger ledger = new Ledger();

  private static class Recorder implements BatchExporter {
    final AtomicInteger spans = new AtomicInteger();
    final AtomicBoolean closed = new AtomicBoolean();

    @Override
    public ExportOutcome export(EncodedBatch batch) throws InterruptedException {
      spans.addAndGet(batch.size());
      return ExportOutcome.ACCEPTED;
    }

    @Override
    public void close() {
      closed.set(true);
    }
  }

  /** Does not answer until it is interrupted. */
  private static final class Stuck extends Recorder {
    final CountDownLatch entered = new CountDownLatch(1);

    @Override
    public ExportOutcome export(EncodedBatch batch) throws InterruptedException {
      entered.countDown();
      new CountDownLatch(1).await();
      throw new AssertionError("nobody counts down");
    }
  }

  private ExporterCounts counts(String exporter) {
    return ledger.snapshot().exporters().stream()
        .filter(counts -> counts.name().equals(exporter))
        .findFirst()
        .orElseThrow();
  }

  private QueuedExporter start(String name, DeliverySettings settings, BatchExporter to)
      throws StartException {
    QueuedExporter exporter =
        new QueuedExporter(
            Contexts.of("nop/" + name, ledger.flow().exporter(name, Signal.TRACES)),
            settings,
            1 << 24,
            () -> to);
    exporter.start();
    return exporter;
  }

  @Test
  void deliversAndClosesItsDestination() throws Exception {
    Recorder one = new Recorder();
    QueuedExporter exporter = start("one", AT_ONCE, one);
    exporter.accept(TestSpans.batch(250));
    exporter.accept(EncodedSpans.of(List.of()));
    assertThat(exporter.flush(Duration.ofSeconds(10))).isTrue();
    assertThat(one.spans).hasValue(250);
    exporter.stop(Duration.ofSeconds(10));
    assertThat(one.closed).isTrue();
    assertThat(counts("one").exported()).isEqualTo(250);
  }

  @Test
  void aStuckDestinationDoesNotBlockAccept() throws Exception {
    Stuck stuck = new Stuck();
    QueuedExporter exporter = start("stuck", AT_ONCE, stuck);
    exporter.accept(TestSpans.batch(100));
    stuck.entered.await();
    for (int i = 0; i < 20; i++) {
      exporter.accept(TestSpans.batch(100));
    }
    assertThat(counts("stuck").droppedQueueFull()).isEqualTo(1_100);
    assertThat(counts("stuck").waiting()).isEqualTo(1_000);

    assertThat(exporter.flush(Duration.ofMillis(10))).isFalse();
    exporter.stop(Duration.ofMillis(50));
    assertThat(stuck.closed).isTrue();
    assertThat(counts("stuck").droppedAtShutdown()).isEqualTo(1_000);
    assertThat(counts("stuck").waiting()).isZero();
  }

  @Test
  void whatComesAfterTheEndIsCounted() throws Exception {
    QueuedExporter exporter = start("one", AT_ONCE, new Recorder());
    exporter.stop(Duration.ofSeconds(10));
    exporter.accept(TestSpans.batch(5));
    assertThat(counts("one").droppedAtShutdown()).isEqualTo(5);
    assertThat(counts("one").lost()).isEqualTo(counts("one").received());
  }

  @Test
  void stoppingDoesNotWaitForABackendThatIsDown() throws Exception {
    QueuedExporter exporter =
        start(
            "down",
            AT_ONCE,
            batch -> new ExportOutcome.Retryable("connection refused", Optional.empty()));
    exporter.accept(TestSpans.batch(500));
    long started = System.nanoTime();
    exporter.stop(Duration.ofSeconds(20));
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(20));
    assertThat(counts("down").droppedAtShutdown()).isEqualTo(500);
  }

  @Test
  void aFullBatchIsNotHeldBackByALongDelay() throws Exception {
    Recorder recorder = new Recorder();
    QueuedExporter exporter =
        start(
            "one",
            DeliverySettings.ofSpans(1_000, 100, Duration.ofHours(1), RetrySettings.DEFAULT),
            recorder);
    exporter.accept(TestSpans.batch(60));
    exporter.accept(TestSpans.batch(60));
    await().atMost(Duration.ofSeconds(10)).until(() -> recorder.spans.get() == 100);
    exporter.stop(Duration.ofSeconds(10));
    assertThat(recorder.spans).hasValue(120);
  }

  /** Counted as the Collector's queue does: by requests, whatever is in them. */
  @Test
  void aQueueMayBeCountedInRequestsOrInBytes() throws Exception {
    for (DeliverySettings.Sizer sizer :
        List.of(DeliverySettings.Sizer.REQUESTS, DeliverySettings.Sizer.BYTES)) {
      Stuck stuck = new Stuck();
      long size = sizer == DeliverySettings.Sizer.REQUESTS ? 3 : 3 * TestSpans.batch(10).bytes();
      QueuedExporter exporter =
          start(
              sizer.name(),
              new DeliverySettings(
                  sizer, size, DeliverySettings.Batching.NONE, RetrySettings.DEFAULT),
              stuck);
      exporter.accept(TestSpans.batch(10));
      stuck.entered.await();
      for (int i = 0; i < 5; i++) {
        exporter.accept(TestSpans.batch(10));
      }
      assertThat(counts(sizer.name()).waiting()).as("under way included").isEqualTo(30);
      assertThat(counts(sizer.name()).droppedQueueFull()).isEqualTo(30);
      exporter.stop(Duration.ZERO);
    }
  }

  @Test
  void whatIsNotToBeRetriedIsGivenUpAtOnce() throws Exception {
    QueuedExporter exporter =
        start(
            "once",
            DeliverySettings.ofSpans(1_000, 100, Duration.ZERO, RetrySettings.NONE),
            batch -> new ExportOutcome.Retryable("HTTP 503", Optional.empty()));
    exporter.accept(TestSpans.batch(100));
    await().atMost(Duration.ofSeconds(10)).until(() -> counts("once").gaveUp() == 100);
    exporter.stop(Duration.ofSeconds(10));
  }
}
