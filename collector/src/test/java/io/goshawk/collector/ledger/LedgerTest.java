package io.goshawk.collector.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.abi.Counter;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LedgerTest {
  /** A run in which something was lost at every stage and nothing was lost count of. */
  private static Ledger balanced() {
    Ledger ledger = new Ledger();
    Map<Counter, Long> counters = new EnumMap<>(Counter.class);
    counters.put(Counter.COUNT_SEEN, 1_000L);
    counters.put(Counter.COUNT_SAMPLED_OUT, 100L);
    counters.put(Counter.COUNT_LOST_MAP_FULL, 10L);
    counters.put(Counter.COUNT_LOST_NO_SCRATCH, 5L);
    counters.put(Counter.COUNT_LOST_UNREADABLE_AT_START, 6L);
    counters.put(Counter.COUNT_SPANS_STARTED, 879L);
    counters.put(Counter.COUNT_SPANS_REPLACED, 1L);
    counters.put(Counter.COUNT_LOST_RING_FULL, 20L);
    counters.put(Counter.COUNT_LOST_UNREADABLE, 3L);
    counters.put(Counter.COUNT_LOST_NO_SCRATCH_AT_END, 2L);
    counters.put(Counter.COUNT_RECORDS_RESERVED, 840L);
    counters.put(Counter.COUNT_EVENTS_LOST, 4L);
    ledger.kernel(KernelCounts.of(counter -> counters.getOrDefault(counter, 0L), 6, 7));
    ledger.recordsRead(840);
    ledger.recordRefused("string outside the record");
    ledger.recordRefused("string outside the record");
    ledger.recordRefused("unknown type");
    ledger.spansBuilt(837);
    ExporterAccount otlp = ledger.open("otlp");
    otlp.received(800, 37);
    otlp.exported(500, 11);
    otlp.refused(100);
    otlp.gaveUp(150);
    otlp.droppedAtShutdown(50);
    ExporterAccount file = ledger.open("file");
    file.received(837, 0);
    file.exported(837, 0);
    return ledger;
  }

  @Test
  void addsUpWhenEveryLossWasCounted() {
    assertThat(balanced().check()).isEmpty();
  }

  @Test
  void namesTheFirstStageThatLostSpansInSilence() {
    Ledger ledger = balanced();
    ledger.recordsRead(1);
    assertThat(ledger.check()).contains(new Imbalance("records reserved = records read", 840, 841));

    Ledger another = balanced();
    another.spansBuilt(-1);
    assertThat(another.check())
        .hasValueSatisfying(
            imbalance -> {
              assertThat(imbalance.equation()).startsWith("records read = spans built");
              assertThat(imbalance.missing()).isEqualTo(1);
            });
  }

  @Test
  void noticesEveryKernelCounterThatIsOffByOne() {
    KernelCounts good = balanced().snapshot().kernel();
    for (Counter off : Counter.values()) {
      // These tell of something else than what becomes of a span.
      if (off == Counter.COUNT_EVENTS_LOST
          || off == Counter.COUNT_TOO_DEEP
          || off == Counter.COUNTER_COUNT) {
        continue;
      }
      Ledger ledger = balanced();
      Map<Counter, Long> counters = countersOf(good);
      counters.merge(off, 1L, Long::sum);
      ledger.kernel(
          KernelCounts.of(counter -> counters.getOrDefault(counter, 0L), good.spansSwept(), 7));
      assertThat(ledger.check()).as("%s too high by one", off).isPresent();
    }
  }

  private static Map<Counter, Long> countersOf(KernelCounts k) {
    Map<Counter, Long> counters = new EnumMap<>(Counter.class);
    counters.put(Counter.COUNT_SEEN, k.requestsSeen());
    counters.put(Counter.COUNT_SAMPLED_OUT, k.sampledOut());
    counters.put(Counter.COUNT_LOST_MAP_FULL, k.lostMapFull());
    counters.put(Counter.COUNT_LOST_NO_SCRATCH, k.lostNoScratch());
    counters.put(Counter.COUNT_LOST_UNREADABLE_AT_START, k.lostRequestUnreadable());
    counters.put(Counter.COUNT_SPANS_STARTED, k.spansStarted());
    counters.put(Counter.COUNT_SPANS_REPLACED, k.spansReplaced());
    counters.put(Counter.COUNT_LOST_RING_FULL, k.lostRingFull());
    counters.put(Counter.COUNT_LOST_UNREADABLE, k.lostUnreadable());
    counters.put(Counter.COUNT_LOST_NO_SCRATCH_AT_END, k.lostNoScratchAtEnd());
    counters.put(Counter.COUNT_RECORDS_RESERVED, k.recordsReserved());
    return counters;
  }

  @Test
  void noticesSpansThatAnExporterStillHolds() {
    Ledger ledger = new Ledger();
    ledger.kernel(
        KernelCounts.of(
            counter ->
                switch (counter) {
                  case COUNT_SEEN, COUNT_SPANS_STARTED, COUNT_RECORDS_RESERVED -> 3;
                  default -> 0;
                },
            0,
            0));
    ledger.recordsRead(3);
    ledger.spansBuilt(3);
    ExporterAccount otlp = ledger.open("otlp");
    otlp.received(3, 0);
    otlp.exported(1, 0);

    assertThat(ledger.snapshot().exporters().get(0).waiting()).isEqualTo(2);
    assertThat(ledger.check())
        .contains(new Imbalance("received by otlp = exported + dropped", 3, 1));
  }

  @Test
  void summaryShowsEveryLossByItsReason() {
    assertThat(balanced().snapshot().text())
        .isEqualTo(
            """
            requests seen                                  1,000
              sampled out                                    100
              lost: table of open spans full                  10
              lost: no scratch memory                          5
              lost: request unreadable                         6
            spans started                                    879
              lost: end missed                                 1
              lost: process went away                          6
              lost: ring full                                 20
              lost: response unreadable                        3
              lost: no scratch memory                          2
              still open                                       7
            process events lost: ring full                     4
            records read                                     840
              refused: string outside the record               2
              refused: unknown type                            1
            spans built                                      837
            exporter                                        otlp        file
              received                                       837         837
              exported                                       489         837
              rejected in a partial success                   11           0
              refused by the backend                         100           0
              given up after retries                         150           0
              dropped: queue full                             37           0
              dropped: shutdown                               50           0
            balance                                   adds up: every request is in a row above""");
  }

  @Test
  void summaryOfAnUneventfulRunIsShort() {
    assertThat(new Ledger().snapshot().text().lines()).hasSize(5);
  }

  @Test
  void jsonIsOneLineWithTheSameNumbers() {
    Ledger ledger = balanced();
    ledger.recordRefused("a \"quoted\"\treason");
    assertThat(ledger.snapshot().json())
        .doesNotContain("\n")
        .contains("{\"kernel\":{\"requests_seen\":1000,\"sampled_out\":100,")
        .contains("\"process_events_lost\":4},\"records_read\":840,\"spans_built\":837,")
        .contains("\"a \\\"quoted\\\"\\u0009reason\":1")
        .contains("\"otlp\":{\"received\":837,\"exported\":489,\"rejected\":11,")
        .endsWith(
            "\"balanced\":false,\"imbalance\":"
                + "\"records read = spans built + refused by the builder: 840 against 841\"}");
  }

  @Test
  void twoExportersOfOneNameAreRefused() {
    Ledger ledger = new Ledger();
    ledger.open("otlp");
    assertThatThrownBy(() -> ledger.open("otlp"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("otlp");
  }
}
