// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Processor;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.config.component.MemoryLimiterConfig;
import io.goshawk.config.schema.Settings;
import java.util.Optional;

/** Refuses spans while memory is short. */
final class MemoryLimiter implements Processor {
  static final String OVER_THE_LIMIT = "memory limit";

  private static final long MIB = 1 << 20;
  private static final long DEFAULT_SPIKE_SHARE = 5;

  /** The Java heap. */
  interface Heap {

    /** Bytes in use, with what nobody needs any longer and was not collected yet. */
    long usedBytes();

    /** Bytes that it may have at most. */
    long maxBytes();

    /** Collects garbage, and has done so when it returns. */
    void collect();
  }

  private final Heap heap;
  private final long checkNanos;
  private final long hardLimitBytes;
  private final long softLimitBytes;
  private final long softCollectNanos;
  private final long hardCollectNanos;
  private long checkedNanos;
  private long collectedNanos;
  // Written by the thread that brings batches, read by whoever asks before bringing one.
  private volatile boolean refuses;

  MemoryLimiter(ComponentContext context, Settings settings, Heap heap) {
    this.heap = heap;
    checkNanos = settings.get(MemoryLimiterConfig.CHECK_INTERVAL).toNanos();
    softCollectNanos =
        settings.get(MemoryLimiterConfig.MIN_GC_INTERVAL_WHEN_SOFT_LIMITED).toNanos();
    hardCollectNanos =
        settings.get(MemoryLimiterConfig.MIN_GC_INTERVAL_WHEN_HARD_LIMITED).toNanos();
    long mib = settings.get(MemoryLimiterConfig.LIMIT_MIB);
    long spike;
    if (mib > 0) {
      hardLimitBytes = mib * MIB;
      spike = settings.get(MemoryLimiterConfig.SPIKE_LIMIT_MIB) * MIB;
    } else {
      hardLimitBytes = heap.maxBytes() / 100 * settings.get(MemoryLimiterConfig.LIMIT_PERCENTAGE);
      spike = heap.maxBytes() / 100 * settings.get(MemoryLimiterConfig.SPIKE_LIMIT_PERCENTAGE);
    }
    softLimitBytes = hardLimitBytes - (spike > 0 ? spike : hardLimitBytes / DEFAULT_SPIKE_SHARE);
    long now = context.nanoClock().getAsLong();
    checkedNanos = now - checkNanos;
    collectedNanos = now - Math.max(softCollectNanos, hardCollectNanos);
  }

  @Override
  public void process(EncodedBatch batch, Output output) {
    if (refuses) {
      output.drop(OVER_THE_LIMIT, batch.size());
      batch.release();
    } else {
      output.emit(batch);
    }
  }

  @Override
  public Optional<String> refusal() {
    return refuses ? Optional.of(OVER_THE_LIMIT) : Optional.empty();
  }

  @Override
  public long tick(long nowNanos, Output output) {
    long left = checkNanos - (nowNanos - checkedNanos);
    if (left > 0) {
      return left;
    }
    checkedNanos = nowNanos;
    long used = heap.usedBytes();
    long pause = used > hardLimitBytes ? hardCollectNanos : softCollectNanos;
    if (used > softLimitBytes && nowNanos - collectedNanos >= pause) {
      // Most of what is in use is mostly garbage: only what is left counts.
      heap.collect();
      collectedNanos = nowNanos;
      used = heap.usedBytes();
    }
    // Between two collections nobody knows how much of it is garbage: what was decided stays.
    if (used <= softLimitBytes) {
      refuses = false;
    } else if (collectedNanos == nowNanos || used > hardLimitBytes) {
      refuses = true;
    }
    return checkNanos;
  }
}
