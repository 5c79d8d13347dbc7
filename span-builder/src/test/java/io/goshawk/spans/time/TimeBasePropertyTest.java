// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.goshawk.spans.time.TimeBase.Adjustment.Kind;
import io.goshawk.testing.SeededCases;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a clock does: what has been answered stays, order holds but across declared jumps. */
class TimeBasePropertyTest {

  private static final long DAY = 86_400_000_000_000L;
  private static final int MOST = 60;
  private static final double[] SLEWS = {0.0, 0.0, 0.0, 500.0, -500.0, 13.7, -99.9};

  /** What happens between two samples. */
  record Interval(
      long nanos, double slewPpm, long step, long suspend, long halfWidth, double noise) {}

  /** One and many intervals of the least and of the most that may happen. */
  static Stream<List<Interval>> extremes() {
    return Stream.of(
            new Interval(1_000, 0, 0, 0, 30, 0),
            new Interval(1_000, -500, -DAY, 1, 30, -1),
            new Interval(1_000, 500, -1, DAY, 1_000_000, 1),
            new Interval(120_000_000_000L, 500, DAY, DAY, 1_000_000, 1),
            new Interval(120_000_000_000L, -500, 1, 0, 30, -1))
        .flatMap(interval -> Stream.of(1, MOST).map(n -> Collections.nCopies(n, interval)));
  }

  private static List<Interval> clocks(RandomGenerator random) {
    int count = (int) between(random, 1, MOST);
    return Stream.generate(() -> interval(random)).limit(count).toList();
  }

  private static Interval interval(RandomGenerator random) {
    int kind = random.nextInt(23);
    return new Interval(
        between(random, 1_000, 120_000_000_000L),
        SLEWS[random.nextInt(SLEWS.length)],
        kind < 20
            ? 0
            : kind < 22 ? between(random, -2_000_000, 2_000_000) : between(random, -DAY, DAY),
        random.nextInt(21) < 20 ? 0 : between(random, 1, DAY),
        between(random, 30, 1_000_000),
        random.nextInt(4) == 0 ? random.nextInt(-1, 2) : random.nextDouble(-1, 1));
  }

  /** Any number from the least to the most, both included, often one of these or near zero. */
  private static long between(RandomGenerator random, long least, long most) {
    long any = random.nextLong(least, most + 1);
    return switch (random.nextInt(8)) {
      case 0 -> least;
      case 1 -> most;
      case 2, 3 ->
          Math.max(least, any >> random.nextInt(Long.SIZE - Long.numberOfLeadingZeros(most)));
      default -> any;
    };
  }

  @Test
  void answersStayAndKeepTheOrderOfStamps() {
    SeededCases.forEachSeed(400, random -> assertAnswersStay(clocks(random), random));
  }

  @ParameterizedTest
  @MethodSource("extremes")
  void answersStayAndKeepTheOrderOfStampsOfAnExtremeClock(List<Interval> clocks) {
    assertAnswersStay(clocks, new SplittableRandom(0));
  }

  private static void assertAnswersStay(List<Interval> clocks, RandomGenerator random) {
    Machine machine = new Machine();
    TimeBase base = new TimeBase(machine.sample(500));
    TreeMap<Long, Long> answers = new TreeMap<>();
    TreeMap<Long, Boolean> jumps = new TreeMap<>();

    for (Interval interval : clocks) {
      machine.slew(interval.slewPpm());
      long half = interval.nanos() / 2;
      long start = machine.monotonic();
      machine.run(half);
      for (int i = 0; i < 4; i++) {
        long stamp = start + random.nextLong(Math.max(1, half));
        answers.put(stamp, base.epochNanos(stamp));
      }
      machine.step(interval.step()).suspend(interval.suspend()).run(interval.nanos() - half);
      long stamp = machine.monotonic() - 1;
      answers.put(stamp, base.epochNanos(stamp));
      long off = (long) (interval.noise() * interval.halfWidth());
      Kind kind = base.accept(machine.sample(interval.halfWidth(), off)).kind();
      if (kind == Kind.STEPPED || kind == Kind.SUSPENDED) {
        jumps.put(machine.monotonic(), true);
      }
      answers.put(machine.monotonic(), base.epochNanos(machine.monotonic()));
      long bound = base.errorBoundNanos(machine.monotonic()) + interval.halfWidth();
      assertThat(base.epochNanos(machine.monotonic()))
          .as("off by no more than the bound, after %s", kind)
          .isCloseTo(machine.realtime() + off, within(bound));
    }

    Map.Entry<Long, Long> earlier = null;
    for (Map.Entry<Long, Long> answer : answers.entrySet()) {
      assertThat(base.epochNanos(answer.getKey())).isEqualTo(answer.getValue());
      if (earlier != null
          && jumps.subMap(earlier.getKey(), false, answer.getKey(), true).isEmpty()) {
        assertThat(answer.getValue()).isGreaterThanOrEqualTo(earlier.getValue());
      }
      earlier = answer;
    }
  }

  @Test
  void spansOfATraceKeepTheKernelsOrderAndLengthsWhateverTheClockDoes() {
    SeededCases.forEachSeed(400, random -> assertTraceKeepsOrder(clocks(random)));
  }

  @ParameterizedTest
  @MethodSource("extremes")
  void spansOfATraceKeepTheKernelsOrderAndLengthsWithAnExtremeClock(List<Interval> clocks) {
    assertTraceKeepsOrder(clocks);
  }

  private static void assertTraceKeepsOrder(List<Interval> clocks) {
    Machine machine = new Machine();
    TimeBase base = new TimeBase(machine.sample(500));
    TraceTimes times = new TraceTimes(base);
    long parentStart = machine.monotonic();
    long previousStart = Long.MIN_VALUE;
    long firstOffset = 0;
    for (Interval interval : clocks) {
      if (machine.monotonic() + interval.nanos() - parentStart > 600_000_000_000L) {
        break;
      }
      machine.slew(interval.slewPpm()).run(interval.nanos()).step(interval.step());
      long childStart = machine.monotonic();
      long utc = times.startEpochNanos(7, 8, childStart);
      if (previousStart == Long.MIN_VALUE) {
        firstOffset = utc - childStart;
      }
      assertThat(utc).isGreaterThan(previousStart).isEqualTo(childStart + firstOffset);
      previousStart = utc;
      machine.suspend(interval.suspend());
      base.accept(machine.sample(interval.halfWidth()));
    }
    if (previousStart != Long.MIN_VALUE) {
      assertThat(times.startEpochNanos(7, 8, parentStart)).isEqualTo(parentStart + firstOffset);
    }
  }
}
