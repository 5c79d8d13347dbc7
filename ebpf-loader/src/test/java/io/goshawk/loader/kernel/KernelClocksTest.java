// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KernelClocksTest {
  private static final long SECOND = 1_000_000_000L;

  private record Bracket(long before, long realtime, long boottime, long after) {}

  @Test
  void theBracketIsNarrowAndInOrder() {
    Bracket bracket = KernelClocks.bracket(Bracket::new);
    // Another thread may have had the processor between two of its reads, but not each time.
    long narrowest =
        IntStream.range(0, 1000)
            .mapToObj(i -> KernelClocks.bracket(Bracket::new))
            .mapToLong(each -> each.after - each.before)
            .min()
            .orElseThrow();
    assertThat(narrowest).isBetween(1L, SECOND / 100);
    assertThat(bracket.boottime).isGreaterThanOrEqualTo(bracket.before);
    assertThat(KernelClocks.bracket(Bracket::new).before).isGreaterThan(bracket.after);
  }

  @Test
  void realtimeIsTheClockThatTheJvmReads() {
    Instant before = Instant.now();
    Bracket bracket = KernelClocks.bracket(Bracket::new);
    Instant after = Instant.now();
    // The JVM may read in microseconds, rounded down.
    Instant read = Instant.ofEpochSecond(0, bracket.realtime);
    assertThat(read).isBetween(before.minusNanos(1000), after.plusNanos(1000));
  }

  @Test
  void boottimeIsTheUptimeOfTheKernel() throws Exception {
    double before = uptimeSeconds();
    Bracket bracket = KernelClocks.bracket(Bracket::new);
    double after = uptimeSeconds();
    assertThat(bracket.boottime / (double) SECOND).isBetween(before - 0.02, after + 0.02);
  }

  @Test
  void monotonicIsTheClockOfSystemNanoTime() {
    // HotSpot's nanoTime is CLOCK_MONOTONIC on Linux: another witness that the right one is read.
    long before = System.nanoTime();
    long monotonic = KernelClocks.monotonicNanos();
    assertThat(monotonic).isBetween(before, System.nanoTime());
  }

  private static double uptimeSeconds() throws Exception {
    return Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ")[0]);
  }
}
