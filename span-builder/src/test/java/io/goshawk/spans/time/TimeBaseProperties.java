package io.goshawk.spans.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.goshawk.spans.time.TimeBase.Adjustment.Kind;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Whatever a clock does: what has been answered stays, order holds but across declared jumps. */
class TimeBaseProperties {

  /** What happens between two samples. */
  record Interval(
      long nanos, double slewPpm, long step, long suspend, long halfWidth, double noise) {}

  @Provide
  Arbitrary<List<Interval>> clocks() {
    Arbitrary<Long> step =
        Arbitraries.frequencyOf(
            Tuple.of(20, Arbitraries.just(0L)),
            Tuple.of(2, Arbitraries.longs().between(-2_000_000, 2_000_000)),
            Tuple.of(1, Arbitraries.longs().between(-86_400_000_000_000L, 86_400_000_000_000L)));
    Arbitrary<Long> suspend =
        Arbitraries.frequencyOf(
            Tuple.of(20, Arbitraries.just(0L)),
            Tuple.of(1, Arbitraries.longs().between(1, 86_400_000_000_000L)));
    return Combinators.combine(
            Arbitraries.longs().between(1_000, 120_000_000_000L),
            Arbitraries.of(0.0, 0.0, 0.0, 500.0, -500.0, 13.7, -99.9),
            step,
            suspend,
            Arbitraries.longs().between(30, 1_000_000),
            Arbitraries.doubles().between(-1, 1))
        .as(Interval::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(60);
  }

  @Property(tries = 400)
  void answersStayAndKeepTheOrderOfStamps(
      @ForAll("clocks") List<Interval> clocks, @ForAll long seed) {
    var random = new Random(seed);
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

  @Property(tries = 400)
  void spansOfATraceKeepTheKernelsOrderAndLengthsWhateverTheClockDoes(
      @ForAll("clocks") List<Interval> clocks) {
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
