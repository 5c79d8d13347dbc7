// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.monitor;

import io.goshawk.collector.component.Exporter;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.ledger.LedgerSnapshot;
import io.goshawk.collector.telemetry.EncodedResource;
import io.goshawk.collector.telemetry.EncodedScope;
import io.goshawk.collector.telemetry.WallClock;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Sends the agent's metrics by OTLP, at an interval and once more at the end, by a thread of its
 * own.
 */
final class MetricsPush implements AutoCloseable {
  private static final Logger LOGGER = Logger.getLogger("io.goshawk.monitor");
  private static final Duration LAST_TRY = Duration.ofSeconds(2);

  private final Metrics metrics;
  private final Supplier<LedgerSnapshot> ledger;
  private final Exporter exporter;
  private final long intervalMillis;
  private final EncodedResource resource;
  private final EncodedScope scope;
  private final long startEpochNanos = WallClock.epochNanos();
  private final Thread thread = new Thread(this::run, "metrics-push");

  private MetricsPush(
      Metrics metrics, Supplier<LedgerSnapshot> ledger, Exporter exporter, long intervalMillis) {
    this.metrics = metrics;
    this.ledger = ledger;
    this.exporter = exporter;
    this.intervalMillis = intervalMillis;
    AttributesBuilder attributes = Attributes.builder();
    metrics.resource().forEach(attributes::put);
    resource = EncodedResource.of(Resource.create(attributes.build()));
    scope = EncodedScope.of(InstrumentationScopeInfo.create("goshawk"));
  }

  /**
   * Begins to send.
   *
   * @param exporter is started, and stopped by {@link #close}
   * @throws StartException if it cannot
   */
  static MetricsPush start(
      Metrics metrics, Supplier<LedgerSnapshot> ledger, Exporter exporter, long intervalMillis)
      throws StartException {
    MetricsPush push = new MetricsPush(metrics, ledger, exporter, intervalMillis);
    exporter.start();
    push.thread.setDaemon(true);
    push.thread.start();
    return push;
  }

  private void run() {
    try {
      while (true) {
        TimeUnit.MILLISECONDS.sleep(intervalMillis);
        push();
      }
    } catch (InterruptedException e) {
      // The end; the last numbers are sent by who has asked for it.
    }
  }

  private void push() {
    try {
      OwnPoints points = new OwnPoints();
      metrics.tell(ledger.get(), System.nanoTime(), points);
      exporter.accept(points.batch(resource, scope, startEpochNanos, WallClock.epochNanos()));
    } catch (RuntimeException | Error e) {
      LOGGER.log(Level.SEVERE, "the agent's metrics were not sent, and should have been", e);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
      push();
      exporter.stop(LAST_TRY);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
