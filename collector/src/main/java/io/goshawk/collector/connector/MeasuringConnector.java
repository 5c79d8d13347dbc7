// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.connector;

import io.goshawk.collector.aggregate.MetricStore;
import io.goshawk.collector.component.BatchConsumer;
import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Connector;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.EncodedScope;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Measures spans and sends what came of it now and then. A lock lets in one batch at a time, or the
 * timer.
 */
abstract class MeasuringConnector implements Connector {
  /** As many resources as the Collector's connector keeps (resource_metrics_cache_size). */
  static final int MOST_RESOURCES = 1_000;

  /** Of the Java heap, for the series of one connector. */
  private static final int SHARE_OF_HEAP = 8;

  static final String WITHOUT_SERVICE = "without service.name";

  private final ReentrantLock lock = new ReentrantLock();
  private final ComponentContext context;
  private final NodeAccount given;
  private final BatchConsumer next;
  private final MetricStore store;
  private final long intervalNanos;
  private long flushedNanos;

  MeasuringConnector(
      ComponentContext context,
      NodeAccount given,
      BatchConsumer next,
      MetricStore store,
      Duration interval) {
    this.context = context;
    this.given = given;
    this.next = next;
    this.store = store;
    intervalNanos = interval.toNanos();
    flushedNanos = context.nanoClock().getAsLong();
    context.account().gauge("series", store::seriesCount);
    context.account().gauge("overflowed_measurements", store::overflowed);
  }

  static EncodedScope scope(String name) {
    return EncodedScope.of(InstrumentationScopeInfo.create(name));
  }

  static long mostBytes() {
    return Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP;
  }

  /** Measures a batch, which stays the caller's, and writes into the account what became of it. */
  abstract void measure(EncodedBatch batch);

  /** What it does by time, before anything is sent; nanoseconds until it wants to do so again. */
  long expire(long nowNanos) {
    return Long.MAX_VALUE;
  }

  /** What it does when nothing comes any longer. */
  void end() {}

  @Override
  public final void accept(EncodedBatch batch) {
    lock.lock();
    try {
      context.account().received(batch.size());
      measure(batch);
    } finally {
      lock.unlock();
      batch.release();
    }
  }

  @Override
  public final long tick(long nowNanos) {
    lock.lock();
    try {
      long wait = expire(nowNanos);
      long left = intervalNanos - (nowNanos - flushedNanos);
      if (left <= 0) {
        flushedNanos = nowNanos;
        left = intervalNanos;
        send();
      }
      return Math.min(wait, left);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public final void drain() {
    lock.lock();
    try {
      end();
      send();
    } finally {
      lock.unlock();
    }
  }

  private void send() {
    for (EncodedBatch batch : store.collect()) {
      given.received(batch.size());
      given.passedOn(batch.size());
      next.accept(batch);
    }
  }
}
