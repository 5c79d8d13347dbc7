// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.goshawk.collector.ledger.ExporterCounts;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.testing.EncodedSpans;
import io.goshawk.collector.testing.TestSpans;
import io.goshawk.spans.otlp.SpanBatch;
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
class TracePipelineTest {
  private static final DeliverySettings AT_ONCE =
      new DeliverySettings(1_000, 100, Duration.ZERO, RetrySettings.DEFAULT);

  private final Ledger ledger = new Ledger();

  private static class Recorder implements TraceExporter {
    private final String name;
    final AtomicInteger spans = new AtomicInteger();
    final AtomicBoolean closed = new AtomicBoolean();

    Recorder(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public ExportOutcome export(SpanBatch batch) throws InterruptedException {
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

    Stuck() {
      super("stuck");
    }

    @Override
    public ExportOutcome export(SpanBatch batch) throws InterruptedException {
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

  @Test
  void everyExporterGetsEverySpan() throws InterruptedException {
    Recorder one = new Recorder("one");
    Recorder two = new Recorder("two");
    TracePipeline pipeline =
        TracePipeline.builder(ledger).exporter(one, AT_ONCE).exporter(two, AT_ONCE).start();
    pipeline.accept(TestSpans.batch(250));
    pipeline.accept(EncodedSpans.of(List.of()));
    assertThat(pipeline.flush(Duration.ofSeconds(10))).isTrue();
    assertThat(one.spans).hasValue(250);
    assertThat(two.spans).hasValue(250);
    assertThat(pipeline.shutdown(Duration.ofSeconds(10))).isTrue();
    assertThat(one.closed).isTrue();
    assertThat(two.closed).isTrue();
  }

  @Test
  void aStuckExporterNeitherBlocksAcceptNorDisturbsAnother() throws InterruptedException {
    Stuck stuck = new Stuck();
    Recorder good = new Recorder("good");
    TracePipeline pipeline =
        TracePipeline.builder(ledger).exporter(stuck, AT_ONCE).exporter(good, AT_ONCE).start();
    pipeline.accept(TestSpans.batch(100));
    stuck.entered.await();
    for (int i = 0; i < 20; i++) {
      pipeline.accept(TestSpans.batch(100));
      int expected = 100 * (i + 2);
      await().atMost(Duration.ofSeconds(10)).until(() -> good.spans.get() == expected);
    }
    assertThat(counts("stuck").droppedQueueFull()).isEqualTo(1_100);
    assertThat(counts("stuck").waiting()).isEqualTo(1_000);

    assertThat(pipeline.flush(Duration.ofMillis(10))).isFalse();
    assertThat(pipeline.shutdown(Duration.ofMillis(50))).isFalse();
    assertThat(stuck.closed).isTrue();
    assertThat(counts("stuck").droppedAtShutdown()).isEqualTo(1_000);
    assertThat(counts("stuck").waiting()).isZero();
    assertThat(counts("good").exported()).isEqualTo(2_100);
  }

  @Test
  void whatComesAfterTheEndIsCounted() throws InterruptedException {
    Recorder exporter = new Recorder("one");
    TracePipeline pipeline = TracePipeline.builder(ledger).exporter(exporter, AT_ONCE).start();
    assertThat(pipeline.shutdown(Duration.ofSeconds(10))).isTrue();
    pipeline.accept(TestSpans.batch(5));
    pipeline.close();
    assertThat(counts("one").droppedAtShutdown()).isEqualTo(5);
    assertThat(counts("one").lost()).isEqualTo(counts("one").received());
  }

  @Test
  void shutdownDoesNotWaitForABackendThatIsDown() throws InterruptedException {
    TraceExporter down =
        new TraceExporter() {
          @Override
          public String name() {
            return "down";
          }

          @Override
          public ExportOutcome export(SpanBatch batch) {
            return new ExportOutcome.Retryable("connection refused", Optional.empty());
          }
        };
    TracePipeline pipeline = TracePipeline.builder(ledger).exporter(down, AT_ONCE).start();
    pipeline.accept(TestSpans.batch(500));
    long started = System.nanoTime();
    assertThat(pipeline.shutdown(Duration.ofSeconds(2))).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(2));
    assertThat(counts("down").droppedAtShutdown()).isEqualTo(500);
  }

  @Test
  void aFullBatchIsNotHeldBackByALongDelay() throws InterruptedException {
    Recorder exporter = new Recorder("one");
    DeliverySettings patient =
        new DeliverySettings(1_000, 100, Duration.ofHours(1), RetrySettings.DEFAULT);
    TracePipeline pipeline = TracePipeline.builder(ledger).exporter(exporter, patient).start();
    pipeline.accept(TestSpans.batch(60));
    pipeline.accept(TestSpans.batch(60));
    await().atMost(Duration.ofSeconds(10)).until(() -> exporter.spans.get() == 100);
    assertThat(pipeline.shutdown(Duration.ofSeconds(10))).isTrue();
    assertThat(exporter.spans).hasValue(120);
  }
}
