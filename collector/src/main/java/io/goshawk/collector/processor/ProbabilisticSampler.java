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
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a share of the traces, by the same rules as the Collector's, so that both keep the same.
 *
 * <p>Each trace has a randomness of 56 bits: what its tracestate says, else that of its id, or in
 * the mode {@code hash_seed} a hash of it. It is kept if a threshold is not above that.
 */
final class ProbabilisticSampler implements Processor {
  static final String NOT_SAMPLED = "not sampled";
  static final String UNUSABLE = "unusable tracestate";

  private static final String PRIORITY = "sampling.priority";

  /** The mode hash_seed decides by 14 bits of a hash. */
  private static final int HASH_BITS = 14;

  private static final int RANDOMNESS_BITS = 4 * OtelTraceState.DIGITS;
  private static final long NEVER = 1L << RANDOMNESS_BITS;
  private static final long ALWAYS = 0;
  private static final long RANDOMNESS_MASK = NEVER - 1;

  private enum Mode {
    HASH_SEED,
    PROPORTIONAL,
    EQUALIZING
  }

  private final Mode mode;
  private final int seed;
  private final double ratio;
  private final long fixedThreshold;
  private final boolean failClosed;
  private final int precision;
  private final ChunkFiller memory = new ChunkFiller();

  ProbabilisticSampler(ComponentContext context, Settings settings) {
    // The Collector has it in 32 bits, and what it keeps depends on that.
    float percentage =
        Math.min(100, settings.get(ProbabilisticSamplerConfig.SAMPLING_PERCENTAGE).floatValue());
    ratio = (double) percentage / 100;
    seed = settings.get(ProbabilisticSamplerConfig.HASH_SEED).intValue();
    failClosed = settings.get(ProbabilisticSamplerConfig.FAIL_CLOSED);
    precision = settings.get(ProbabilisticSamplerConfig.SAMPLING_PRECISION).intValue();
    mode = Mode.valueOf(settings.get(ProbabilisticSamplerConfig.MODE).toUpperCase(Locale.ROOT));
    fixedThreshold = mode == Mode.HASH_SEED ? hashThreshold(percentage) : threshold(ratio);
  }

  /**
   * What becomes of a span.
   *
   * @param state what its tracestate says then; empty to leave it as it is
   */
  private record Verdict(boolean kept, boolean unusable, Optional<OtelTraceState> state) {}

  private Verdict verdict(SpanView span) {
    Optional<OtelTraceState> state = OtelTraceState.parse(span.traceState());
    // Where no share is kept there is nothing that a hash would have to say.
    boolean hashes = mode == Mode.HASH_SEED && fixedThreshold < NEVER;
    if (hashes && state.filter(OtelTraceState::hasSampling).isPresent()) {
      // It was sampled by another rule, which this mode would contradict.
      state = Optional.empty();
    }
    long randomness = hashes ? hashRandomness(span) : randomness(state, span);
    OptionalLong before = state.map(OtelTraceState::threshold).orElse(OptionalLong.empty());
    boolean inconsistent = before.isPresent() && before.getAsLong() > randomness;
    boolean unusable = state.isEmpty() || inconsistent;
    long threshold = unusable ? (failClosed ? NEVER : ALWAYS) : threshold(before);
    Optional<Boolean> priority = priority(span);
    if (priority.isPresent()) {
      threshold = priority.get() ? ALWAYS : NEVER;
    }
    if (threshold > randomness) {
      return new Verdict(false, unusable && failClosed && priority.isEmpty(), Optional.empty());
    }
    // What has been sampled does not become likelier.
    long said = inconsistent ? threshold : Math.max(threshold, before.orElse(ALWAYS));
    return new Verdict(
        true,
        unusable,
        state.map(
            now -> {
              OtelTraceState marked = now.withThreshold(said);
              return hashes ? marked.withRandomness(randomness) : marked;
            }));
  }

  @Override
  public void process(EncodedBatch batch, Output output) {
    long[] notSampled = new long[1];
    long[] unusable = new long[1];
    EncodedBatch kept =
        batch.filtered(
            span -> {
              Verdict verdict = verdict(span);
              if (!verdict.kept()) {
                (verdict.unusable() ? unusable : notSampled)[0]++;
              }
              return verdict.kept();
            });
    batch.release();
    output.drop(NOT_SAMPLED, notSampled[0]);
    output.drop(UNUSABLE, unusable[0]);
    if (kept.size() == 0) {
      kept.release();
      return;
    }
    EncodedBatch marked = kept.changed(this::mark, memory);
    kept.release();
    output.emit(marked);
  }

  /** So that who counts spans later knows how many each stands for. */
  private @Nullable MessageEdit mark(SpanView span) {
    return verdict(span)
        .state()
        .map(OtelTraceState::header)
        .filter(header -> !header.equals(span.traceState()))
        .map(span::withTraceState)
        .orElse(null);
  }

  private long threshold(OptionalLong before) {
    if (mode != Mode.PROPORTIONAL) {
      return Math.max(fixedThreshold, before.orElse(ALWAYS));
    }
    return threshold((NEVER - before.orElse(ALWAYS)) / (double) NEVER * ratio);
  }

  /**
   * That of a probability, rounded to the digits that are written: more of them where it is close
   * to 0 or 1, whose first digits say little.
   */
  private long threshold(double probability) {
    if (probability * NEVER < 1) {
      return NEVER;
    }
    if (probability >= 1) {
      return ALWAYS;
    }
    int digits =
        Math.min(
            OtelTraceState.DIGITS,
            precision + Math.max(leadingZeros(probability), leadingZeros(1 - probability)));
    int dropped = 4 * (OtelTraceState.DIGITS - digits);
    long threshold = NEVER - Math.round(probability * NEVER);
    return dropped == 0 ? threshold : threshold + (1L << dropped - 1) >>> dropped << dropped;
  }

  /** Hexadecimal digits behind the point that are zero, of a fraction. */
  private static int leadingZeros(double fraction) {
    return Math.max(0, -(Math.getExponent(fraction) + 1) / 4);
  }

  /** In 32 bits, as the Collector multiplies. */
  private static long hashThreshold(float percentage) {
    int buckets = 1 << HASH_BITS;
    int kept = (int) (percentage * (buckets / 100f));
    return (long) (buckets - kept) << RANDOMNESS_BITS - HASH_BITS;
  }

  private long randomness(Optional<OtelTraceState> state, SpanView span) {
    if (fixedThreshold == NEVER) {
      return RANDOMNESS_MASK;
    }
    return state
        .map(OtelTraceState::randomness)
        .orElse(OptionalLong.empty())
        .orElse(span.traceLow() & RANDOMNESS_MASK);
  }

  /** The 14 bits that decide come first, so that the threshold of a share is what it is without. */
  private long hashRandomness(SpanView span) {
    int hash = hash(span);
    long bucket = hash & (1 << HASH_BITS) - 1;
    long unused = hash >>> Integer.SIZE - HASH_BITS;
    return ((1 << HASH_BITS) - 1 - bucket) << RANDOMNESS_BITS - HASH_BITS
        | (unused ^ unused << 10) << HASH_BITS
        | bucket;
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
