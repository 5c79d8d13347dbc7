// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.time;

import static io.goshawk.spans.time.Machine.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.goshawk.spans.time.TimeBase.Adjustment.Kind;
import org.junit.jupiter.api.Test;

class TimeBaseTest {
  private static final long MILLI = 1_000_000;
  private static final long HALF_WIDTH = 200;

  private final Machine machine = new Machine();
  private final TimeBase base = new TimeBase(machine.sample(HALF_WIDTH));

  @Test
  void anOffsetThatStaysIsReadOffExactly() {
    long first = machine.monotonic();
    long firstUtc = machine.realtime();
    for (int i = 0; i < 100; i++) {
      assertThat(base.accept(machine.run(SECOND).sample(HALF_WIDTH)).kind()).isEqualTo(Kind.NONE);
    }
    assertThat(base.epochNanos(first)).isEqualTo(firstUtc);
    assertThat(base.epochNanos(first + 33 * SECOND + 7)).isEqualTo(firstUtc + 33 * SECOND + 7);
    assertThat(base.errorBoundNanos(first + 33 * SECOND)).isEqualTo(HALF_WIDTH);
  }

  @Test
  void aStampBeforeTheFirstSampleHasTheFirstOffset() {
    assertThat(base.epochNanos(machine.monotonic() - 40 * SECOND))
        .isEqualTo(machine.realtime() - 40 * SECOND);
  }

  @Test
  void aStampAfterTheLastSampleGoesOnAtTheLastRate() {
    for (int i = 0; i < 20; i++) {
      base.accept(machine.slew(200).run(SECOND).sample(HALF_WIDTH));
    }
    machine.run(SECOND);
    assertThat(base.epochNanos(machine.monotonic())).isCloseTo(machine.realtime(), within(1_000L));
  }

  @Test
  void noiseWithinTheWidthOfSamplesDoesNotBendTheCourse() {
    long[] offs = {0, 90, -100, 100, -100, 30, -60, 100};
    for (long off : offs) {
      base.accept(machine.run(SECOND).sample(HALF_WIDTH, off));
      assertThat(base.epochNanos(machine.monotonic())).isEqualTo(machine.realtime());
    }
    assertThat(base.report().bends()).isZero();
  }

  @Test
  void aSlewedClockIsFollowedWithoutAJump() {
    machine.slew(500);
    for (int i = 0; i < 60; i++) {
      base.accept(machine.run(SECOND).sample(HALF_WIDTH));
    }
    assertThat(base.epochNanos(machine.monotonic())).isCloseTo(machine.realtime(), within(1_000L));
    assertThat(base.report().jumps()).isZero();

    machine.slew(0);
    for (int i = 0; i < 60; i++) {
      base.accept(machine.run(SECOND).sample(HALF_WIDTH));
    }
    assertThat(base.epochNanos(machine.monotonic())).isCloseTo(machine.realtime(), within(500L));
    assertThat(base.errorBoundNanos(machine.monotonic())).isLessThan(1_000);
  }

  @Test
  void aClockThatStepsForwardOrBackJumpsAtTheSampleThatTells() {
    for (long step : new long[] {3600 * SECOND, -3600 * SECOND, 50 * MILLI, -50 * MILLI}) {
      long before = machine.run(SECOND).monotonic();
      long beforeUtc = machine.realtime();
      base.accept(machine.sample(HALF_WIDTH));
      machine.run(SECOND / 2).step(step);
      TimeBase.Adjustment adjustment = base.accept(machine.sample(HALF_WIDTH));

      assertThat(adjustment).isEqualTo(new TimeBase.Adjustment(Kind.STEPPED, step));
      assertThat(base.epochNanos(machine.monotonic())).isEqualTo(machine.realtime());
      assertThat(base.epochNanos(before)).isEqualTo(beforeUtc);
      assertThat(base.errorBoundNanos(machine.monotonic() - 1))
          .as("the step may have been before this stamp")
          .isGreaterThanOrEqualTo(Math.abs(step));
      assertThat(base.errorBoundNanos(before - SECOND / 2)).isEqualTo(HALF_WIDTH);
    }
  }

  @Test
  void aStepTooSmallToTellFromASlewIsWorkedOffWithinOneInterval() {
    base.accept(machine.run(SECOND).sample(HALF_WIDTH));
    TimeBase.Adjustment adjustment =
        base.accept(machine.run(SECOND).step(-300_000).sample(HALF_WIDTH));
    assertThat(adjustment).isEqualTo(new TimeBase.Adjustment(Kind.SLEWED, -300_000));
    assertThat(base.errorBoundNanos(machine.monotonic())).isEqualTo(300_000 + HALF_WIDTH);

    for (int i = 0; i < 5; i++) {
      base.accept(machine.run(SECOND).sample(HALF_WIDTH));
    }
    assertThat(base.epochNanos(machine.monotonic())).isCloseTo(machine.realtime(), within(1L));
    assertThat(base.errorBoundNanos(machine.monotonic())).isLessThanOrEqualTo(HALF_WIDTH + 1);
  }

  @Test
  void aSuspendIsAJumpOfItsOwnLength() {
    base.accept(machine.run(SECOND).sample(HALF_WIDTH));
    TimeBase.Adjustment adjustment =
        base.accept(machine.run(SECOND).suspend(28_800 * SECOND).sample(HALF_WIDTH));
    assertThat(adjustment).isEqualTo(new TimeBase.Adjustment(Kind.SUSPENDED, 28_800 * SECOND));
    assertThat(base.epochNanos(machine.monotonic())).isEqualTo(machine.realtime());
  }

  @Test
  void aShortSuspendIsNotTakenForASlew() {
    TimeBase.Adjustment adjustment =
        base.accept(machine.run(SECOND).suspend(100_000).sample(HALF_WIDTH));
    assertThat(adjustment).isEqualTo(new TimeBase.Adjustment(Kind.SUSPENDED, 100_000));
  }

  @Test
  void aStepDuringASuspendIsAStep() {
    TimeBase.Adjustment adjustment =
        base.accept(machine.run(SECOND).suspend(60 * SECOND).step(-SECOND).sample(HALF_WIDTH));
    assertThat(adjustment).isEqualTo(new TimeBase.Adjustment(Kind.STEPPED, 59 * SECOND));
    assertThat(base.epochNanos(machine.monotonic())).isEqualTo(machine.realtime());
  }

  @Test
  void sparseSamplesFollowASlewToo() {
    machine.slew(-100);
    for (int i = 0; i < 10; i++) {
      base.accept(machine.run(600 * SECOND).sample(HALF_WIDTH));
    }
    assertThat(base.report().jumps()).isZero();
    assertThat(base.epochNanos(machine.monotonic())).isCloseTo(machine.realtime(), within(2_000L));
  }

  @Test
  void aWideSampleLeavesABetterCourseAlone() {
    base.accept(machine.run(SECOND).sample(HALF_WIDTH));
    assertThat(base.accept(machine.run(SECOND).sample(20 * MILLI, 15 * MILLI)).kind())
        .isEqualTo(Kind.NONE);
    assertThat(base.epochNanos(machine.monotonic())).isEqualTo(machine.realtime());
    assertThat(base.errorBoundNanos(machine.monotonic())).isEqualTo(HALF_WIDTH);
  }

  @Test
  void theReportCountsWhatTheCourseWentThrough() {
    base.accept(machine.run(SECOND).sample(HALF_WIDTH));
    base.accept(machine.run(SECOND).step(SECOND).sample(HALF_WIDTH));
    base.accept(machine.run(SECOND).suspend(SECOND).sample(HALF_WIDTH));
    base.accept(machine.run(SECOND).step(20_000).sample(HALF_WIDTH));
    assertThat(base.report())
        .isEqualTo(new TimeBase.Report(5, 1, 2, 20_000 + HALF_WIDTH, 20_000 + HALF_WIDTH));
  }

  @Test
  void aSampleOutOfOrderIsRefusedWithBothStamps() {
    assertThatThrownBy(() -> base.accept(new ClockSample(7, 7, 7, 0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("monotonic 7 ")
        .hasMessageContaining(String.valueOf(machine.monotonic()));
  }

  @Test
  void aBracketIsReadInItsMiddle() {
    assertThat(ClockSample.bracketed(1_000, 77, 1_500, 1_301))
        .isEqualTo(new ClockSample(1_150, 77, 1_500, 151));
    assertThatThrownBy(() -> ClockSample.bracketed(10, 1, 1, 9)).hasMessageContaining("10 to 9");
  }
}
