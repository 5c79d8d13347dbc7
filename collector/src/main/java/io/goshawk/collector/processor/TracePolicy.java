// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import io.goshawk.config.component.TailSamplingConfig.Policy;
import io.goshawk.config.schema.Settings;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Whether a trace is kept, by one of the policies of {@code tail_sampling}. */
@FunctionalInterface
interface TracePolicy {

  /** What there is to know of a trace when it is decided. */
  record Trace(
      long high, long low, long startEpochNanos, long endEpochNanos, Set<Integer> statusCodes) {}

  boolean keeps(Trace trace);

  /** As it was configured. */
  static TracePolicy of(Settings policy) {
    return switch (policy.get(Policy.TYPE)) {
      case "latency" -> latency(policy.get(Policy.LATENCY));
      case "status_code" -> statusCode(policy.get(Policy.STATUS_CODE));
      case "probabilistic" -> probabilistic(policy.get(Policy.PROBABILISTIC));
      default -> trace -> true;
    };
  }

  private static TracePolicy latency(Settings settings) {
    long least = settings.get(Policy.Latency.THRESHOLD_MS);
    long most = settings.get(Policy.Latency.UPPER_THRESHOLD_MS);
    return trace -> {
      long millis = (trace.endEpochNanos() - trace.startEpochNanos()) / 1_000_000;
      return millis > least && (most == 0 || millis <= most);
    };
  }

  private static TracePolicy statusCode(Settings settings) {
    Set<Integer> wanted = new HashSet<>();
    for (String code : settings.get(Policy.StatusCode.STATUS_CODES)) {
      wanted.add(List.of("UNSET", "OK", "ERROR").indexOf(code));
    }
    return trace -> trace.statusCodes().stream().anyMatch(wanted::contains);
  }

  /**
   * The same choice as the Collector's of the same salt, so that all who see a part of a trace
   * decide alike: FNV-1a of salt and trace id, up to that share of 64 bits.
   */
  private static TracePolicy probabilistic(Settings settings) {
    BigInteger most = BigInteger.ONE.shiftLeft(Long.SIZE).subtract(BigInteger.ONE);
    long threshold =
        new BigDecimal(most)
            .multiply(
                BigDecimal.valueOf(settings.get(Policy.Probabilistic.SAMPLING_PERCENTAGE) / 100))
            .toBigInteger()
            .min(most)
            .longValue();
    String given = settings.get(Policy.Probabilistic.HASH_SALT);
    String salt = given.isEmpty() ? Policy.Probabilistic.DEFAULT_SALT : given;
    long salted = fnv(FNV_BASIS, salt.getBytes(StandardCharsets.UTF_8));
    return trace -> Long.compareUnsigned(fnv(salted, trace.high(), trace.low()), threshold) <= 0;
  }

  /** draft-eastlake-fnv, 64 bits. */
  long FNV_BASIS = 0xcbf29ce484222325L;

  long FNV_PRIME = 0x100000001b3L;

  private static long fnv(long hash, byte[] bytes) {
    long next = hash;
    for (byte b : bytes) {
      next = (next ^ b & 0xff) * FNV_PRIME;
    }
    return next;
  }

  private static long fnv(long hash, long high, long low) {
    long next = hash;
    for (long half : new long[] {high, low}) {
      for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
        next = (next ^ half >>> shift & 0xff) * FNV_PRIME;
      }
    }
    return next;
  }
}
