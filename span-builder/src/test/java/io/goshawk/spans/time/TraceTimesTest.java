// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.time;

import static io.goshawk.spans.time.Machine.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TraceTimesTest {
  private final Machine machine = new Machine();
  private final TimeBase base = new TimeBase(machine.sample(200));
  private final TraceTimes times = new TraceTimes(base);

  @Test
  void aParentThatStartedBeforeTheClockWasSetBackStillStartsBeforeItsChild() {
    long parentStart = machine.monotonic();
    machine.run(SECOND / 10).step(-3600 * SECOND);
    base.accept(machine.sample(200));
    long childStart = machine.run(SECOND / 10).monotonic();

    long child = times.startEpochNanos(1, 2, childStart);
    long parent = times.startEpochNanos(1, 2, parentStart);

    assertThat(child).isEqualTo(machine.realtime());
    assertThat(child - parent).isEqualTo(childStart - parentStart);
  }

  @Test
  void anotherTraceHasTheTimeOfDay() {
    times.startEpochNanos(1, 2, machine.monotonic());
    machine.run(SECOND).step(-3600 * SECOND);
    base.accept(machine.sample(200));
    assertThat(times.startEpochNanos(1, 3, machine.monotonic())).isEqualTo(machine.realtime());
    // The same slot of the table.
    assertThat(times.startEpochNanos(1, 2 + 8192, machine.monotonic()))
        .isEqualTo(machine.realtime());
  }

  @Test
  void aTraceIdUsedForHoursFollowsTheClockNevertheless() {
    times.startEpochNanos(1, 2, machine.monotonic());
    machine.run(601 * SECOND).step(60 * SECOND);
    base.accept(machine.sample(200));
    assertThat(times.startEpochNanos(1, 2, machine.monotonic())).isEqualTo(machine.realtime());
  }

  @Test
  void aParentFromLongAgoDoesNotMoveTheSpansThatFollowIt() {
    long longAgo = machine.monotonic();
    base.accept(machine.run(700 * SECOND).step(60 * SECOND).sample(200));
    long first = times.startEpochNanos(1, 2, machine.monotonic());
    times.startEpochNanos(1, 2, longAgo);
    assertThat(times.startEpochNanos(1, 2, machine.monotonic() + 5)).isEqualTo(first + 5);
  }
}
