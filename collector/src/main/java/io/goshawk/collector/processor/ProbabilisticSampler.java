// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Processor;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.MessageEdit;
import io.goshawk.collector.telemetry.SpanView;
import io.goshawk.config.component.ProbabilisticSamplerConfig;
import io.goshawk.config.schema.Settings;
import io.goshawk.spans.otlp.ChunkFiller;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.common.ValueType;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a share of the traces, by the same rules as the Collector's, so that both keep the same.
 */
final class ProbabilisticSampler implements Processor {
  static final String NOT_SAMPLED = "not sampled";
  static final String MALFORMED = "malformed tracestate";

  private static final String PRIORITY = "sampling.priority";

  // The hash_seed mode compares 14 bits of a hash.
  private static final int HASH_BUCKETS = 0x4000;

  // The others compare 56 bits of randomness.
  private static final long MAX_THRESHOLD = 1L << 56;
  private static final long RANDOMNESS_MASK = MAX_THRESHOLD - 1;

  private enum Mode {
    HASH_SEED,
    PROPORTIONAL,
    EQUALIZING
  }

  private final Mode mode;
  private final int seed;
  private final double ratio;
  private final long hashBound;
  private final boolean failClosed;
  private final int precision;
  private final ChunkFiller memory = new ChunkFiller();

  ProbabilisticSampler(ComponentContext context, Settings settings) {
    double percentage = settings.get(ProbabilisticSamplerConfig.SAMPLING_PERCENTAGE);
    ratio = Math.min(1, percentage / 100);
    seed = settings.get(ProbabilisticSamplerConfig.HASH_SEED).intValue();
    hashBound = (long) (ratio * HASH_BUCKETS);
    failClosed = settings.get(ProbabilisticSamplerConfig.FAIL_CLOSED);
    precision = settings.get(ProbabilisticSamplerConfig.SAMPLING_PRECISION).intValue();
    mode =
        settings
            .find(ProbabilisticSamplerConfig.MODE)
            .map(word -> Mode.valueOf(word.toUpperCase(Locale.ROOT)))
            .orElse(seed != 0 ? Mode.HASH_SEED : Mode.PROPORTIONAL);
  }

  /** What becomes of the spans of a batch, one after the other. */
  private final class Decisions {
    private long notSampled;
    private long malformed;

    boolean keep(SpanView span) {
      Optional<Boolean> priority = priority(span);
      if (priority.isPresent()) {
        return count(priority.get());
      }
      if (mode == Mode.HASH_SEED) {
        return count((hash(span) & (HASH_BUCKETS - 1)) < hashBound);
      }
      Optional<OtelTraceState> state = OtelTraceState.parse(span.traceState());
      if (state.isEmpty()) {
        malformed += failClosed ? 1 : 0;
        return !failClosed;
      }
      long threshold = threshold(state.get());
      return count(threshold < MAX_THRESHOLD && randomness(state.get(), span) >= threshold);
    }

    private boolean count(boolean kept) {
      notSampled += kept ? 0 : 1;
      return kept;
    }
  }

  @Override
  public void process(EncodedBatch batch, Output output) {
    Decisions decisions = new Decisions();
    EncodedBatch kept = batch.filtered(decisions::keep);
    batch.release();
    output.drop(NOT_SAMPLED, decisions.notSampled);
    output.drop(MALFORMED, decisions.malformed);
    if (kept.size() == 0) {
      kept.release();
      return;
    }
    if (mode == Mode.HASH_SEED) {
      output.emit(kept);
      return;
    }
    EncodedBatch marked = kept.changed(this::mark, memory);
    kept.release();
    output.emit(marked);
  }

  /** So that who counts spans later knows how many each stands for. */
  private @Nullable MessageEdit mark(SpanView span) {
    Optional<OtelTraceState> state = OtelTraceState.parse(span.traceState());
    if (state.isEmpty() || priority(span).isPresent()) {
      return null;
    }
    long threshold = threshold(state.get());
    if (state.get().threshold().isPresent() && state.get().threshold().getAsLong() == threshold) {
      return null;
    }
    return span.withTraceState(state.get().withThreshold(threshold).header());
  }

  private long threshold(OtelTraceState state) {
    long before = state.threshold().orElse(0);
    if (mode == Mode.EQUALIZING) {
      return Math.max(before, rounded((1 - ratio) * MAX_THRESHOLD));
    }
    double probability = (MAX_THRESHOLD - before) / (double) MAX_THRESHOLD * ratio;
    return rounded((1 - probability) * MAX_THRESHOLD);
  }

  /** To the digits that are written: leading f do not count, as they only say that it is rare. */
  private long rounded(double exact) {
    long threshold = Math.min(MAX_THRESHOLD, Math.round(exact));
    if (threshold >= MAX_THRESHOLD) {
      return MAX_THRESHOLD;
    }
    int leading = 0;
    while (leading < OtelTraceState.DIGITS
        && (threshold >>> (4 * (OtelTraceState.DIGITS - 1 - leading)) & 0xf) == 0xf) {
      leading++;
    }
    int dropped = OtelTraceState.DIGITS - Math.min(OtelTraceState.DIGITS, leading + precision);
    if (dropped == 0) {
      return threshold;
    }
    long unit = 1L << (4 * dropped);
    return Math.min(RANDOMNESS_MASK / unit * unit, (threshold + unit / 2) / unit * unit);
  }

  private static long randomness(OtelTraceState state, SpanView span) {
    return state.randomness().orElse(span.traceLow() & RANDOMNESS_MASK);
  }

  /** {@code sampling.priority}: 0 drops, more keeps, whatever the share is. */
  private static Optional<Boolean> priority(SpanView span) {
    Value<?> value = span.attribute(PRIORITY);
    if (value == null) {
      return Optional.empty();
    }
    double priority;
    if (value.getType() == ValueType.LONG) {
      priority = (Long) value.getValue();
    } else if (value.getType() == ValueType.DOUBLE) {
      priority = (Double) value.getValue();
    } else {
      try {
        priority = Double.parseDouble(ValueText.text(value));
      } catch (NumberFormatException e) {
        return Optional.empty();
      }
    }
    return priority < 0 ? Optional.empty() : Optional.of(priority > 0);
  }

  /** FNV-1a, 32 bits, of the seed and the trace id. */
  private int hash(SpanView span) {
    int hash = 0x811c9dc5;
    for (int i = 0; i < Integer.BYTES; i++) {
      hash = (hash ^ (seed >>> (8 * i) & 0xff)) * 0x01000193;
    }
    for (long half : new long[] {span.traceHigh(), span.traceLow()}) {
      for (int i = Long.BYTES - 1; i >= 0; i--) {
        hash = (hash ^ (int) (half >>> (8 * i) & 0xff)) * 0x01000193;
      }
    }
    return hash;
  }
}
