// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.Counter;
import io.goshawk.abi.RecordType;
import io.goshawk.collector.ledger.KernelCounts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KernelLossesTest {
  private static final Logger LOGGER = Logger.getLogger(KernelLosses.class.getName());

  private final KernelLosses losses = new KernelLosses();
  private final List<String> said = new ArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          said.add(entry.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    LOGGER.addHandler(handler);
  }

  @AfterEach
  void stopListening() {
    LOGGER.removeHandler(handler);
  }

  private void look(long second, Map<Counter, Long> counters) {
    KernelCounts counts =
        KernelCounts.read(
            (type, counter) ->
                type == RecordType.RECORD_HTTP_SERVER ? counters.getOrDefault(counter, 0L) : 0,
            type -> 0);
    losses.look(counts, TimeUnit.SECONDS.toNanos(second));
  }

  @Test
  void aFullTableAndAFullRingAreSaidWhenItHappensAndThenOnceAMinute() {
    look(0, Map.of());
    look(1, Map.of(Counter.COUNT_LOST_RING_FULL, 10L));
    look(2, Map.of(Counter.COUNT_LOST_RING_FULL, 30L, Counter.COUNT_LOST_MAP_FULL, 5L));
    look(60, Map.of(Counter.COUNT_LOST_RING_FULL, 30L, Counter.COUNT_LOST_MAP_FULL, 5L));
    look(61, Map.of(Counter.COUNT_LOST_RING_FULL, 31L, Counter.COUNT_LOST_MAP_FULL, 5L));
    assertThat(said)
        .containsExactly(
            "the ring is full, lost 10 spans",
            "the table of open spans is full, lost 5 spans",
            "the ring is full, lost 1 spans (and 20 since)");
  }
}
