// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.ledger.ExporterAccount;
import io.goshawk.collector.ledger.ExporterCounts;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.testing.EncodedSpans;
import io.goshawk.collector.testing.TestSpans;
import io.goshawk.config.component.Signal;
import io.goshawk.testing.SeededCases;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The worker turn by turn, on a clock that stands still unless it is told to move. */
class ExportWorkerTest {
  private static final ExportOutcome UNAVAILABLE =
      new ExportOutcome.Retryable("HTTP 503", Optional.empty());
  private static final DeliverySettings SETTINGS =
      DeliverySettings.ofSpans(100, 10, Duration.ofMillis(500), RetrySettings.DEFAULT);

  private static final long MAX_BYTES = 12 * 1024 * 1024;

  private final Script exporter = new Script();
  private final ExporterAccount account = new ExporterAccount(new NodeAccount("script"));
  private long now = 1_000_000_000_000L;
  private double random = 0.5;

  /** Answers as it is told, and with success after that. */
  private final class Script implements BatchExporter {
    private final Deque<ExportOutcome> answers = new ArrayDeque<>();
    private final List<Integer> requests = new ArrayList<>();
    private long answerTakesNanos;
    private int flushes;

    @Override
    public ExportOutcome export(EncodedBatch batch) {
      requests.add(batch.size());
      now += answerTakesNanos;
      ExportOutcome answer = answers.poll();
      return answer == null ? ExportOutcome.ACCEPTED : answer;
    }

    @Override
    public void flush() {
      flushes++;
    }
  }

  private BatchQueue queue(DeliverySettings settings) {
    return new BatchQueue(settings, MAX_BYTES, account);
  }

  private ExportWorker worker(BatchQueue queue, RetrySettings retry) {
    return worker(exporter, queue, retry);
  }

  private ExportWorker worker(BatchExporter to, BatchQueue queue, RetrySettings retry) {
    return new ExportWorker(
        to, queue, account, retry, () -> now, () -> random, new DeliveryLog("script"));
  }

  private long step(ExportWorker worker) throws InterruptedException {
    return worker.step(now);
  }

  private static long millis(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }

  private static ExporterCounts counts(
      long received,
      long exported,
      long rejected,
      long refused,
      long gaveUp,
      long queueFull,
      long shutdown,
      long waiting) {
    return new ExporterCounts(
        "script",
        Signal.TRACES,
        received,
        0,
        exported,
        rejected,
        refused,
        gaveUp,
        0,
        queueFull,
        0,
        0,
        shutdown,
        waiting,
        0,
        Map.of());
  }

  @Test
  void waitsForABatchToFillButNoLongerThanTheDelay() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    queue.offer(TestSpans.batch(4), now);
    assertThat(step(worker)).isEqualTo(millis(500));
    now += millis(499);
    queue.offer(TestSpans.batch(3), now);
    assertThat(step(worker)).isEqualTo(millis(1));
    assertThat(exporter.requests).isEmpty();

    now += millis(1);
    assertThat(step(worker)).isZero();
    assertThat(exporter.requests).containsExactly(7);
    assertThat(account.counts()).isEqualTo(counts(7, 7, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void cutsAndJoinsWhatCameToWholeBatches() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    queue.offer(TestSpans.batch(7), now);
    queue.offer(TestSpans.batch(28), now);
    step(worker);
    step(worker);
    step(worker);
    assertThat(exporter.requests).containsExactly(10, 10, 10);
    assertThat(step(worker)).as("five are left, to wait for more").isEqualTo(millis(500));
    assertThat(account.counts()).isEqualTo(counts(35, 30, 0, 0, 0, 0, 0, 5));
  }

  @Test
  void countsWhatTheQueueHasNoRoomForWithSpansUnderWayIncluded() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    exporter.answers.add(UNAVAILABLE);
    queue.offer(TestSpans.batch(60), now);
    step(worker);
    queue.offer(TestSpans.batch(60), now);
    assertThat(queue.load()).isEqualTo(100);
    assertThat(account.counts()).isEqualTo(counts(120, 0, 0, 0, 0, 20, 0, 100));
  }

  private static EncodedBatch large(int bytes) {
    return large(bytes, 1);
  }

  private static EncodedBatch large(int bytes, int number) {
    return EncodedSpans.of(List.of(largeSpan(bytes, number)));
  }

  private static SpanData largeSpan(int bytes, int number) {
    return TestSpans.span(
        "shop",
        "GET /",
        1,
        1,
        0,
        number,
        1,
        Attributes.builder().put("large", "x".repeat(bytes)).build(),
        StatusData.unset());
  }

  /** As large as a Collector takes over gRPC, whatever the number of spans. */
  @Test
  void aRequestIsBoundedInBytesAsWell() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    for (int i = 0; i < 10; i++) {
      queue.offer(large(BatchQueue.MAX_REQUEST_BYTES / 4), now);
    }
    queue.close(now + millis(1_000));
    while (step(worker) == 0) {}
    assertThat(exporter.requests).containsExactly(3, 3, 3, 1);
  }

  @Test
  void countsWhatTheQueueHasNoRoomForInBytes() {
    BatchQueue queue = queue(SETTINGS);
    for (int i = 0; i < 10; i++) {
      queue.offer(large((int) MAX_BYTES / 4), now);
    }
    assertThat(account.counts()).isEqualTo(counts(10, 0, 0, 0, 0, 7, 0, 3));
  }

  @Test
  void givesTheMemoryBackOfWhatItDeliveredAndOfWhatItDropped() throws InterruptedException {
    BatchQueue queue =
        queue(DeliverySettings.ofSpans(200, 200, Duration.ZERO, RetrySettings.DEFAULT));
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    EncodedSpans encoder = new EncodedSpans();
    Set<byte[]> memory = Collections.newSetFromMap(new IdentityHashMap<>());
    for (String fate : List.of("delivered", "dropped at the end", "not taken")) {
      EncodedBatch batch = encoder.encode(TestSpans.requests(200));
      batch.groups().forEach(group -> memory.add(group.bytes()));
      queue.offer(batch, now);
      batch.release();
      if (fate.equals("delivered")) {
        step(worker);
      }
    }
    queue.abandon();
    assertThat(account.counts()).isEqualTo(counts(600, 200, 0, 0, 0, 200, 200, 0));
    for (EncodedBatch.Group group : encoder.encode(TestSpans.requests(300)).groups()) {
      assertThat(memory.contains(group.bytes())).isTrue();
    }
  }

  @Test
  void retriesWithGrowingPausesUntilTheTimeIsOver() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    for (int i = 0; i < 100; i++) {
      exporter.answers.add(UNAVAILABLE);
    }
    queue.offer(TestSpans.batch(10), now);
    List<Long> pauses = new ArrayList<>();
    long started = now;
    step(worker);
    while (account.counts().gaveUp() == 0) {
      long pause = step(worker);
      pauses.add(pause);
      assertThat(worker.step(now + pause - 1)).as("not a nanosecond early").isEqualTo(1);
      now += pause;
      step(worker);
    }
    assertThat(pauses.subList(0, 6))
        .containsExactly(
            millis(5_000),
            millis(7_500),
            millis(11_250),
            millis(16_875),
            25_312_500_000L,
            millis(30_000));
    assertThat(now - started).isLessThanOrEqualTo(millis(300_000));
    assertThat(now - started).isGreaterThan(millis(270_000));
    assertThat(exporter.requests).hasSize(pauses.size() + 1).containsOnly(10);
    assertThat(account.counts()).isEqualTo(counts(10, 0, 0, 0, 10, 0, 0, 0));
  }

  @Test
  void jitterVariesAPauseByHalfToEitherSide() throws InterruptedException {
    for (double[] randomAndMillis : new double[][] {{0, 2_500}, {0.999999, 7_500}}) {
      random = randomAndMillis[0];
      Backoff backoff = new Backoff(RetrySettings.DEFAULT, () -> random, now);
      long pause = backoff.next(now, Optional.empty()).orElseThrow() - now;
      assertThat(pause / 1e6).isCloseTo(randomAndMillis[1], offset(1.0));
    }
  }

  @Test
  void neverTriesEarlierThanTheBackendAsked() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    exporter.answers.add(
        new ExportOutcome.Retryable("HTTP 429", Optional.of(Duration.ofSeconds(60))));
    exporter.answers.add(
        new ExportOutcome.Retryable("HTTP 429", Optional.of(Duration.ofSeconds(1))));
    queue.offer(TestSpans.batch(10), now);
    step(worker);
    assertThat(step(worker)).isEqualTo(millis(60_000));
    now += millis(60_000);
    step(worker);
    assertThat(step(worker)).as("nor earlier than the pause has grown").isEqualTo(millis(7_500));
  }

  /** Spans wait for that long, and only what does not fit into the queue is lost. */
  @Test
  void aPauseLongerThanTheTimeForRetriesIsKept() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    exporter.answers.add(
        new ExportOutcome.Retryable("HTTP 503", Optional.of(Duration.ofSeconds(1_800))));
    exporter.answers.add(UNAVAILABLE);
    queue.offer(TestSpans.batch(60), now);
    step(worker);
    assertThat(step(worker)).isEqualTo(millis(1_800_000));
    queue.offer(TestSpans.batch(60), now);
    assertThat(account.counts()).isEqualTo(counts(120, 0, 0, 0, 0, 20, 0, 100));
    now += millis(1_800_000);
    step(worker);
    assertThat(step(worker))
        .as("that pause took nothing of the time for retries")
        .isEqualTo(millis(7_500));
    now += millis(7_500);
    for (int i = 0; i < 10; i++) {
      step(worker);
    }
    assertThat(account.counts()).isEqualTo(counts(120, 100, 0, 0, 0, 20, 0, 0));
  }

  @Test
  void noBackendStopsUsForLongerThanAnHour() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    exporter.answers.add(
        new ExportOutcome.Retryable("HTTP 503", Optional.of(Duration.ofSeconds(Long.MAX_VALUE))));
    queue.offer(TestSpans.batch(10), now);
    step(worker);
    assertThat(step(worker)).isEqualTo(RetrySettings.LONGEST_ASKED.toNanos());
  }

  @Test
  void aBackendThatAlwaysAsksForASecondIsGivenUpInTheEnd() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    for (int i = 0; i < 100; i++) {
      exporter.answers.add(
          new ExportOutcome.Retryable("HTTP 429", Optional.of(Duration.ofSeconds(1))));
    }
    queue.offer(TestSpans.batch(10), now);
    long started = now;
    while (account.counts().gaveUp() == 0) {
      now += step(worker);
    }
    assertThat(now - started).isLessThanOrEqualTo(millis(300_000));
  }

  @Test
  void thePauseCountsFromTheAnswer() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    exporter.answers.add(UNAVAILABLE);
    exporter.answerTakesNanos = millis(9_000);
    queue.offer(TestSpans.batch(10), now);
    step(worker);
    assertThat(step(worker)).isEqualTo(millis(5_000));
  }

  @Test
  void countsPartialSuccessAndRefusalsAndNeverSendsThemAgain() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    exporter.answers.add(new ExportOutcome.Accepted(3, "too old"));
    exporter.answers.add(new ExportOutcome.Refused("HTTP 400"));
    exporter.answers.add(new ExportOutcome.Accepted(99, "more than there were"));
    queue.offer(TestSpans.batch(30), now);
    for (int i = 0; i < 5; i++) {
      step(worker);
    }
    assertThat(exporter.requests).containsExactly(10, 10, 10);
    assertThat(account.counts()).isEqualTo(counts(30, 7, 13, 10, 0, 0, 0, 0));
  }

  @Test
  void anExporterThatThrowsLosesItsBatchAndNothingElse() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    BatchExporter broken =
        new BatchExporter() {
          private int tries;

          @Override
          public ExportOutcome export(EncodedBatch batch) {
            switch (tries++) {
              case 0 -> throw new IllegalStateException("bug");
              case 1 -> throw new OutOfMemoryError("not even that");
              default -> {
                return ExportOutcome.ACCEPTED;
              }
            }
          }

          @Override
          public long idle(long nowNanos) {
            throw new StackOverflowError("too deep");
          }

          @Override
          public void flush() {
            throw new IllegalStateException("cannot");
          }
        };
    ExportWorker worker = worker(broken, queue, RetrySettings.DEFAULT);
    queue.offer(TestSpans.batch(30), now);
    step(worker);
    step(worker);
    step(worker);
    assertThat(account.counts().failed()).isEqualTo(20);
    assertThat(account.counts().exported()).isEqualTo(10);
    assertThat(account.counts().waiting()).isZero();
    assertThat(step(worker)).isPositive();
    queue.requestFlush();
    step(worker);
    assertThat(queue.awaitFlushed(0)).isTrue();
  }

  @Test
  void aFlushDeliversWithoutDelayAndThenFlushesTheExporter() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    queue.offer(TestSpans.batch(4), now);
    queue.requestFlush();
    assertThat(queue.awaitFlushed(0)).isFalse();
    step(worker);
    assertThat(exporter.requests).containsExactly(4);
    assertThat(exporter.flushes).isZero();
    step(worker);
    assertThat(exporter.flushes).isOne();
    assertThat(queue.awaitFlushed(0)).isTrue();

    queue.requestFlush();
    step(worker);
    assertThat(exporter.flushes).as("also when nothing new came").isEqualTo(2);
  }

  @Test
  void aClosedQueueIsDeliveredAndTakesNoMore() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    queue.offer(TestSpans.batch(13), now);
    queue.close(now + millis(1_000));
    queue.offer(TestSpans.batch(2), now);
    step(worker);
    step(worker);
    assertThat(exporter.requests).containsExactly(10, 3);
    assertThat(step(worker)).isEqualTo(ExportWorker.DONE);
    assertThat(account.counts()).isEqualTo(counts(15, 13, 0, 0, 0, 0, 2, 0));
  }

  @Test
  void whatWaitsForAnotherTryAtTheEndGetsItAtOnce() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    exporter.answers.add(
        new ExportOutcome.Retryable("HTTP 503", Optional.of(Duration.ofSeconds(1_800))));
    queue.offer(TestSpans.batch(10), now);
    step(worker);
    assertThat(step(worker)).isPositive();
    queue.close(now + millis(4_000));
    step(worker);
    assertThat(step(worker)).isEqualTo(ExportWorker.DONE);
    assertThat(account.counts()).isEqualTo(counts(10, 10, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void aRetryThatWouldComeAfterTheEndIsNotWaitedFor() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    exporter.answers.addAll(List.of(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE));
    queue.offer(TestSpans.batch(15), now);
    step(worker);
    queue.close(now + millis(4_000));
    while (step(worker) != ExportWorker.DONE) {
      assertThat(exporter.requests).hasSizeLessThanOrEqualTo(3);
    }
    assertThat(exporter.requests).as("the last try of each").containsExactly(10, 10, 5);
    assertThat(account.counts()).isEqualTo(counts(15, 0, 0, 0, 0, 0, 15, 0));
  }

  @Test
  void aRetryThatComesBeforeTheEndIsWaitedFor() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    exporter.answers.add(UNAVAILABLE);
    queue.offer(TestSpans.batch(10), now);
    queue.close(now + millis(6_000));
    step(worker);
    now += step(worker);
    step(worker);
    assertThat(step(worker)).isEqualTo(ExportWorker.DONE);
    assertThat(account.counts()).isEqualTo(counts(10, 10, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void whatIsAbandonedIsCountedOnce() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    exporter.answers.add(UNAVAILABLE);
    queue.offer(TestSpans.batch(25), now);
    step(worker);
    queue.abandon();
    queue.abandon();
    now += millis(10_000);
    while (step(worker) != ExportWorker.DONE) {
      assertThat(exporter.requests.size()).isLessThan(5);
    }
    assertThat(account.counts()).isEqualTo(counts(25, 0, 0, 0, 0, 0, 25, 0));
  }

  /** Holds what comes, and says of half of it that it is delivered when it is asked to flush. */
  private static final class Holder implements BatchExporter {
    private long held;
    private long delivered;

    @Override
    public ExportOutcome export(EncodedBatch batch) {
      held += batch.size();
      return ExportOutcome.HELD;
    }

    @Override
    public void flush() {
      delivered = held / 2;
      held -= delivered;
    }

    @Override
    public Settled settled() {
      Settled settled = new Settled(delivered, 0, "");
      delivered = 0;
      return settled;
    }
  }

  @Test
  void whatTheExporterHoldsIsInNoOtherColumnUntilItSaysSoOrItEnds() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(new Holder(), queue, RetrySettings.DEFAULT);
    queue.offer(TestSpans.batch(10), now);
    step(worker);
    assertThat(account.counts()).isEqualTo(counts(10, 0, 0, 0, 0, 0, 0, 10));
    assertThat(queue.load()).as("the books ask the queue").isEqualTo(10);
    assertThat(queue.size()).as("it takes no room").isZero();

    queue.requestFlush();
    step(worker);
    assertThat(account.counts()).isEqualTo(counts(10, 5, 0, 0, 0, 0, 0, 5));
    queue.abandon();
    assertThat(account.counts()).isEqualTo(counts(10, 5, 0, 0, 0, 0, 5, 0));
    queue.requestFlush();
    step(worker);
    assertThat(account.counts()).as("not twice").isEqualTo(counts(10, 5, 0, 0, 0, 0, 5, 0));
    assertThat(queue.load()).isZero();
  }

  /** Takes no request of more bytes, and keeps the order of what it took. */
  private static final class Picky implements BatchExporter {
    private final int limit;
    private final List<Long> taken = new ArrayList<>();

    Picky(int limit) {
      this.limit = limit;
    }

    @Override
    public ExportOutcome export(EncodedBatch batch) {
      if (batch.requestBytes() > limit) {
        return new ExportOutcome.TooLarge("HTTP 413");
      }
      batch.forEach(span -> taken.add(span.startEpochNanos()));
      return ExportOutcome.ACCEPTED;
    }
  }

  /** Whatever the limit is and wherever the large ones are, all others arrive once, in order. */
  @Test
  void whatIsTooLargeGoesAloneAndTheOthersArrive() {
    SeededCases.forEachSeed(
        100,
        random -> {
          ExporterAccount books = new ExporterAccount(new NodeAccount("picky"));
          BatchQueue queue =
              new BatchQueue(
                  DeliverySettings.ofSpans(1_000, 64, Duration.ZERO, RetrySettings.DEFAULT),
                  MAX_BYTES,
                  books);
          List<Long> fitting = new ArrayList<>();
          Picky picky = new Picky(2_000 + random.nextInt(20_000));
          int spans = 1 + random.nextInt(200);
          for (int i = 1; i <= spans; i++) {
            EncodedBatch one = large(random.nextInt(10) == 0 ? random.nextInt(40_000) : 10, i);
            if (one.requestBytes() <= picky.limit) {
              one.forEach(span -> fitting.add(span.startEpochNanos()));
            }
            queue.offer(one, now);
          }
          ExportWorker worker =
              new ExportWorker(
                  picky,
                  queue,
                  books,
                  RetrySettings.DEFAULT,
                  () -> now,
                  () -> 0.5,
                  new DeliveryLog("picky"));
          queue.close(now);
          while (worker.step(now) != ExportWorker.DONE) {}
          assertThat(picky.taken).isEqualTo(fitting);
          assertThat(books.counts().exported()).isEqualTo(fitting.size());
          assertThat(books.counts().refused()).isEqualTo(spans - fitting.size());
          assertThat(books.counts().waiting()).isZero();
        });
  }

  /** A batch may be of any size; what is sent is not. */
  @Test
  void aBatchThatIsLargerThanARequestMayBeIsCut() throws InterruptedException {
    BatchQueue queue = queue(SETTINGS);
    ExportWorker worker = worker(queue, RetrySettings.DEFAULT);
    EncodedSpans encoder = new EncodedSpans();
    List<SpanData> spans = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      spans.add(largeSpan(BatchQueue.MAX_REQUEST_BYTES / 3, i));
    }
    queue.offer(encoder.encode(spans), now);
    queue.close(now + millis(1_000));
    while (step(worker) == 0) {}
    assertThat(exporter.requests).containsExactly(2, 2, 2, 2, 2);
    assertThat(account.counts()).isEqualTo(counts(10, 10, 0, 0, 0, 0, 0, 0));
  }
}
