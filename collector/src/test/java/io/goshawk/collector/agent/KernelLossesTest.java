// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.Counter;
import io.goshawk.abi.RecordType;
import io.goshawk.collector.ledger.KernelCounts;
import io.goshawk.collector.testing.LogLines;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class KernelLossesTest {
  @RegisterExtension final LogLines log = new LogLines(KernelLosses.class.getName());

  private final KernelLosses losses = new KernelLosses();

  private void look(long second, Map<Counter, Long> counters) {
    KernelCounts counts =
        KernelCounts.read(
            (type, counter) ->
                type == RecordType.RECORD_HTTP_SERVER ? counters.getOrDefault(counter, 0L) : 0,
            type -> 0,
            type -> 0,
            type -> 0);
    losses.look(counts, Map.of(), TimeUnit.SECONDS.toNanos(second));
  }

  private void look(long second, String process, long overShare) {
    losses.look(KernelCounts.NONE, Map.of(process, overShare), TimeUnit.SECONDS.toNanos(second));
  }

  @Test
  void aFullTableAndAFullRingAreSaidWhenItHappensAndThenOnceAMinute() {
    look(0, Map.of());
    look(1, Map.of(Counter.COUNT_LOST_RING_FULL, 10L));
    look(2, Map.of(Counter.COUNT_LOST_RING_FULL, 30L, Counter.COUNT_LOST_MAP_FULL, 5L));
    look(60, Map.of(Counter.COUNT_LOST_RING_FULL, 30L, Counter.COUNT_LOST_MAP_FULL, 5L));
    look(61, Map.of(Counter.COUNT_LOST_RING_FULL, 31L, Counter.COUNT_LOST_MAP_FULL, 5L));
    assertThat(log.lines())
        .containsExactly(
            "WARNING the ring is full, lost 10 spans",
            "WARNING the table of open spans is full, lost 5 spans",
            "WARNING the ring is full, lost 1 span (and 20 since)");
  }

  @Test
  void aProcessThatHasItsShareIsNamed() {
    look(1, "process 7 (cart)", 10);
    look(2, "process 7 (cart)", 30);
    look(3, "process 9 (checkout)", 5);
    look(61, "process 9 (checkout)", 1);
    assertThat(log.lines())
        .containsExactly(
            "WARNING process 7 (cart) has its share of the table of open spans, lost 10 spans",
            "WARNING process 7 (cart), process 9 (checkout) have their share of the table of open"
                + " spans, lost 1 span (and 35 since)");
  }
}
