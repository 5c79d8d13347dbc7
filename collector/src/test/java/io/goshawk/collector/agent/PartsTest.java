// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.collector.testing.LogLines;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class PartsTest {

  @RegisterExtension final LogLines log = new LogLines(Parts.class.getName());

  private final List<String> events = new ArrayList<>();

  @Test
  void stopsInTheOppositeOrderOfStarting() {
    Parts parts = new Parts(List.of(part("a"), part("b"), part("c")));
    parts.start();
    parts.stop(0);
    assertThat(events)
        .containsExactly("start a", "start b", "start c", "stop c", "stop b", "stop a");
  }

  @Test
  void stopsWhatHadStartedWhenOnePartCannot() {
    Part broken =
        Part.of(
            "broken",
            () -> {
              throw new IllegalStateException("no");
            },
            deadline -> events.add("stop broken"));
    Parts parts = new Parts(List.of(part("a"), broken, part("c")));
    assertThatThrownBy(parts::start).isInstanceOf(IllegalStateException.class).hasMessage("no");
    assertThat(events).containsExactly("start a", "stop a");
  }

  @Test
  void stopsTheOthersWhenOneFailsTo() {
    Part broken =
        Part.of(
            "broken",
            () -> {},
            deadline -> {
              throw new IllegalStateException("no");
            });
    Parts parts = new Parts(List.of(part("a"), broken));
    parts.start();
    parts.stop(0);
    assertThat(events).containsExactly("start a", "stop a");
  }

  @Test
  void keepsAnInterruptUntilEverythingHasStopped() {
    Part interrupted =
        Part.of(
            "interrupted",
            () -> {},
            deadline -> {
              throw new InterruptedException();
            });
    Parts parts = new Parts(List.of(part("a"), interrupted));
    parts.start();
    parts.stop(0);
    assertThat(events).containsExactly("start a", "stop a");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void stopsEachPartOnce() {
    Parts parts = new Parts(List.of(part("a")));
    parts.start();
    parts.stop(0);
    parts.stop(0);
    assertThat(events).containsExactly("start a", "stop a");
  }

  @Test
  void aPartThatIsStuckIsGivenUpAndLeavesTimeForTheOthers() {
    CountDownLatch never = new CountDownLatch(1);
    List<Long> deadlines = new ArrayList<>();
    Part stuck =
        Part.of(
            "stuck",
            () -> {},
            own -> {
              deadlines.add(own);
              never.await();
            });
    Parts parts = new Parts(List.of(Part.of("first", 3, () -> {}, deadlines::add), stuck));
    parts.start();
    long begin = System.nanoTime();
    long deadline = begin + TimeUnit.MILLISECONDS.toNanos(400);
    assertThat(parts.stop(deadline)).isFalse();
    assertThat(deadlines).hasSize(2);
    assertThat(deadlines.get(0)).as("long before the end").isLessThan(deadline);
    assertThat(log.lines()).containsExactly("WARNING stuck: not stopped in time, given up");
  }

  @Test
  void whatAPartDoesNotNeedIsTheOthers() {
    List<Long> deadlines = new ArrayList<>();
    Parts parts =
        new Parts(
            List.of(
                Part.of("a", 1, () -> {}, deadlines::add),
                Part.of("b", 3, () -> {}, deadlines::add),
                Part.of("c", 1, () -> {}, deadlines::add)));
    parts.start();
    long begin = System.nanoTime();
    assertThat(parts.stop(begin + TimeUnit.HOURS.toNanos(1))).isTrue();
    List<Long> minutes =
        deadlines.stream().map(own -> TimeUnit.NANOSECONDS.toMinutes(own - begin + 1)).toList();
    assertThat(minutes.get(0)).isBetween(12L, 13L);
    assertThat(minutes.get(1)).isBetween(45L, 46L);
    assertThat(minutes.get(2)).isBetween(59L, 60L);
  }

  private Part part(String name) {
    return Part.of(name, () -> events.add("start " + name), deadline -> events.add("stop " + name));
  }
}
