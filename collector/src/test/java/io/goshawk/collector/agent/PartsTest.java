package io.goshawk.collector.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PartsTest {

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

  private Part part(String name) {
    return Part.of(name, () -> events.add("start " + name), deadline -> events.add("stop " + name));
  }
}
