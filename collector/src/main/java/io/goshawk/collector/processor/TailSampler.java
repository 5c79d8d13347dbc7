// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Processor;
import io.goshawk.collector.processor.TracePolicy.Trace;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.SpanView;
import io.goshawk.config.component.TailSamplingConfig;
import io.goshawk.config.schema.Settings;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Holds the spans of a trace until it was long enough ago that the first of them came, and then
 * keeps or drops all of them, by policies. It knows the spans that come through it, so those of one
 * host. What comes later has the same fate, for as many traces as may wait.
 */
final class TailSampler implements Processor {
  static final String NOT_SAMPLED = "not sampled";
  static final int SHARE_OF_HEAP = 8;

  private record TraceId(long high, long low) {
    static TraceId of(SpanView span) {
      return new TraceId(span.traceHigh(), span.traceLow());
    }
  }

  private static final class Waiting {
    private final long sinceNanos;
    private final List<EncodedBatch> parts = new ArrayList<>();

    Waiting(long sinceNanos) {
      this.sinceNanos = sinceNanos;
    }
  }

  private final LongSupplier nanoClock;
  private final long waitNanos;
  private final long mostTraces;
  private final long mostBytes;
  private final List<TracePolicy> policies;

  /** In the order in which they are to be decided. */
  private final Map<TraceId, Waiting> waiting = new LinkedHashMap<>();

  private final Map<TraceId, Boolean> decided;
  private long bytes;
  // Written by one thread at a time, read by whoever looks at the books.
  private volatile long held;

  /**
   * @param mostBytes of all spans that wait
   */
  TailSampler(ComponentContext context, Settings settings, long mostBytes) {
    nanoClock = context.nanoClock();
    waitNanos = settings.get(TailSamplingConfig.DECISION_WAIT).toNanos();
    mostTraces = settings.get(TailSamplingConfig.NUM_TRACES);
    policies = settings.get(TailSamplingConfig.POLICIES).stream().map(TracePolicy::of).toList();
    this.mostBytes = mostBytes;
    decided =
        new LinkedHashMap<>() {
          @Override
          protected boolean removeEldestEntry(Map.Entry<TraceId, Boolean> eldest) {
            return size() > mostTraces;
          }
        };
  }

  @Override
  public void process(EncodedBatch batch, Output output) {
    List<EncodedBatch> kept = new ArrayList<>();
    batch
        .groupedBy(TraceId::of)
        .forEach(
            (trace, part) -> {
              Boolean fate = decided.get(trace);
              if (fate == null) {
                hold(trace, part);
              } else if (fate) {
                kept.add(part);
              } else {
                output.drop(NOT_SAMPLED, part.size());
                part.release();
              }
            });
    batch.release();
    while (waiting.size() > mostTraces || bytes > mostBytes) {
      decideOldest(kept, output);
    }
    emit(kept, output);
  }

  /** Few of a batch's spans may be this trace's: they are copied, so that its memory is free. */
  private void hold(TraceId trace, EncodedBatch part) {
    waiting.computeIfAbsent(trace, id -> new Waiting(nanoClock.getAsLong())).parts.add(part.copy());
    bytes += part.bytes();
    held += part.size();
    part.release();
  }

  @Override
  public long tick(long nowNanos, Output output) {
    List<EncodedBatch> kept = new ArrayList<>();
    long wait = waitNanos;
    while (!waiting.isEmpty()) {
      wait = waitNanos - (nowNanos - waiting.values().iterator().next().sinceNanos);
      if (wait > 0) {
        break;
      }
      decideOldest(kept, output);
      wait = waitNanos;
    }
    emit(kept, output);
    return wait;
  }

  @Override
  public void drain(Output output) {
    List<EncodedBatch> kept = new ArrayList<>();
    while (!waiting.isEmpty()) {
      decideOldest(kept, output);
    }
    emit(kept, output);
  }

  @Override
  public long held() {
    return held;
  }

  private void decideOldest(List<EncodedBatch> kept, Output output) {
    TraceId id = waiting.keySet().iterator().next();
    EncodedBatch all = EncodedBatch.concat(waiting.remove(id).parts);
    bytes -= all.bytes();
    held -= all.size();
    Trace trace = trace(id, all);
    boolean keep = policies.stream().anyMatch(policy -> policy.keeps(trace));
    decided.put(id, keep);
    if (keep) {
      kept.add(all);
    } else {
      output.drop(NOT_SAMPLED, all.size());
      all.release();
    }
  }

  private static Trace trace(TraceId id, EncodedBatch spans) {
    long[] time = {Long.MAX_VALUE, Long.MIN_VALUE};
    Set<Integer> codes = new HashSet<>();
    spans.forEach(
        span -> {
          time[0] = Math.min(time[0], span.startEpochNanos());
          time[1] = Math.max(time[1], span.endEpochNanos());
          codes.add(span.statusCode());
        });
    return new Trace(id.high(), id.low(), time[0], time[1], codes);
  }

  private static void emit(List<EncodedBatch> kept, Output output) {
    if (!kept.isEmpty()) {
      output.emit(EncodedBatch.concat(kept));
    }
  }
}
