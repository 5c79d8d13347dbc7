// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import io.goshawk.collector.pipeline.BatchExporter;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.goshawk.collector.telemetry.EncodedBatch;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Delivers through one of the SDK's OTLP exporters and learns from the sender below it what the
 * backend really said: the SDK's own result knows only success and failure, and takes a partial
 * success for a whole one.
 */
public final class OtlpExporter implements BatchExporter {
  private static final long CLOSE_LIMIT_SECONDS = 2;

  /** A sender that is well keeps its timeout better than that. */
  private static final Duration SENDER_GRACE = Duration.ofSeconds(5);

  private final Duration answerLimit;
  private final WriterExporter exporter;
  private volatile @Nullable ExportOutcome answer;

  /**
   * @param timeout the sender's, for one try; zero for none
   * @param exporters makes the SDK's exporter, whose sender tells the given consumer the outcome of
   *     each request before it completes the request
   */
  public OtlpExporter(
      Duration timeout, Function<Consumer<ExportOutcome>, WriterExporter> exporters) {
    this.answerLimit = timeout.isZero() ? Duration.ofDays(365) : timeout.plus(SENDER_GRACE);
    this.exporter = exporters.apply(outcome -> answer = outcome);
  }

  @Override
  public ExportOutcome export(EncodedBatch batch) throws InterruptedException {
    answer = null;
    Throwable failure = null;
    try {
      exporter.export(batch).get(answerLimit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      failure = e.getCause();
    } catch (TimeoutException e) {
      // Its thread has lost the request: for want of memory, or by a defect.
      return new ExportOutcome.Retryable("the sender has lost the request", Optional.empty());
    }
    // A request that never came to the sender has no outcome.
    ExportOutcome told = answer;
    return told != null
        ? told
        : new ExportOutcome.Refused(
            "the request was not sent" + (failure == null ? "" : ": " + failure));
  }

  @Override
  public void close() {
    exporter.shutdown().join(CLOSE_LIMIT_SECONDS, TimeUnit.SECONDS);
  }
}
