// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.goshawk.abi.Counter;
import io.goshawk.abi.RecordType;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.config.component.Signal;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

class LedgerTest {

  private static Map<Counter, Long> counters() {
    Map<Counter, Long> counters = new EnumMap<>(Counter.class);
    counters.put(Counter.COUNT_SEEN, 1_000L);
    counters.put(Counter.COUNT_SAMPLED_OUT, 100L);
    counters.put(Counter.COUNT_LOST_MAP_FULL, 4L);
    counters.put(Counter.COUNT_LOST_OVER_SHARE, 3L);
    counters.put(Counter.COUNT_NO_END, 3L);
    counters.put(Counter.COUNT_LOST_NO_SCRATCH, 5L);
    counters.put(Counter.COUNT_LOST_UNREADABLE_AT_START, 6L);
    counters.put(Counter.COUNT_SPANS_STARTED, 879L);
    counters.put(Counter.COUNT_SPANS_REPLACED, 1L);
    counters.put(Counter.COUNT_LOST_RING_FULL, 20L);
    counters.put(Counter.COUNT_LOST_UNREADABLE, 3L);
    counters.put(Counter.COUNT_LOST_NO_SCRATCH_AT_END, 2L);
    counters.put(Counter.COUNT_RECORDS_RESERVED, 840L);
    counters.put(Counter.COUNT_EVENTS_LOST, 4L);
    return counters;
  }

  private static KernelCounts kernel(Map<Counter, Long> counters) {
    return read(counter -> counters.getOrDefault(counter, 0L), 4, 2);
  }

  /** Of HTTP servers, and what is counted of other records. */
  private static KernelCounts read(ToLongFunction<Counter> counters, long swept, long unwanted) {
    return KernelCounts.read(
        (type, counter) ->
            type == RecordType.RECORD_HTTP_SERVER
                    || type == RecordType.RECORD_PROCESS_EXIT
                        && counter == Counter.COUNT_EVENTS_LOST
                ? counters.applyAsLong(counter)
                : 0,
        type -> type == RecordType.RECORD_HTTP_SERVER ? swept : 0,
        type -> type == RecordType.RECORD_HTTP_SERVER ? unwanted : 0,
        type -> 0);
  }

  private static ToLongFunction<RecordType> http(long open) {
    return type -> type == RecordType.RECORD_HTTP_SERVER ? open : 0;
  }

  private static Ledger ledger(long recordsRead) {
    Ledger ledger = new Ledger();
    for (long i = 0; i < recordsRead; i++) {
      ledger.recordRead();
    }
    return ledger;
  }

  /** A run in which something was lost at every stage and nothing was lost count of. */
  private static Ledger balanced() {
    Ledger ledger = ledger(840);
    ledger.kernelAtRest(kernel(counters()).withOpen(http(7)));
    ledger.recordRefused("string outside the record");
    ledger.recordRefused("string outside the record");
    ledger.recordRefused("unknown type");
    ledger.spansBuilt(837);
    flow(ledger, 837);
    ExporterAccount otlp = exporter(ledger, "otlp");
    otlp.received(800, 37);
    otlp.exported(500, 11);
    otlp.refused(100);
    otlp.gaveUp(150);
    otlp.droppedAtShutdown(50);
    ExporterAccount file = exporter(ledger, "file");
    file.received(837, 0);
    file.exported(837, 0);
    return ledger;
  }

  private static ExporterAccount exporter(Ledger ledger, String name) {
    return new ExporterAccount(ledger.flow().exporter(name, Signal.TRACES));
  }

  /** From the receiver through a pipeline without processors to two exporters. */
  private static void flow(Ledger ledger, long spans) {
    ledger.flow().receiver("goshawk", Signal.TRACES).received(spans);
    ledger.flow().receiver("goshawk", Signal.TRACES).passedOn(spans);
    ledger.flow().leftReceiver(spans, 1);
    PipelineAccount pipeline = ledger.flow().pipeline("traces", List.of());
    pipeline.entered(spans);
    pipeline.left(spans);
    ledger.flow().leftPipeline(spans, 2);
  }

  private static Resource service(String name) {
    return Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), name));
  }

  @Test
  void addsUpWhenEveryLossWasCounted() {
    assertThat(balanced().check()).isEmpty();
  }

  @Test
  void namesTheFirstStageThatLostSpansInSilence() {
    Ledger ledger = balanced();
    ledger.recordRead();
    assertThat(ledger.check())
        .contains(new Imbalance("records written = dropped + records read", 840, 841));

    Ledger another = balanced();
    another.spansBuilt(-1);
    assertThat(another.check())
        .hasValueSatisfying(
            imbalance -> {
              assertThat(imbalance.equation()).isEqualTo("records read = dropped + spans built");
              assertThat(imbalance.missing()).isEqualTo(1);
            });
  }

  @Test
  void noticesEveryKernelCounterThatIsOffByOne() {
    for (Counter off : counters().keySet()) {
      if (off == Counter.COUNT_EVENTS_LOST) {
        continue;
      }
      for (int by : new int[] {-1, 1}) {
        Ledger ledger = balanced();
        Map<Counter, Long> counters = counters();
        counters.merge(off, (long) by, Long::sum);
        ledger.kernelAtRest(kernel(counters).withOpen(http(7)));
        assertThat(ledger.check()).as("%s off by %d", off, by).isPresent();
      }
    }
    Ledger ledger = balanced();
    ledger.kernelAtRest(kernel(counters()).withOpen(http(8)));
    assertThat(ledger.check())
        .contains(
            new Imbalance("spans started = dropped + still open + records written", 879, 880));
  }

  @Test
  void everyCounterOfTheKernelHasALine() {
    String summary =
        snapshotOf(kernel(counters()).withOpen(http(7))).text()
            + snapshotOf(kernel(counters()).withOpen(http(7))).json();
    for (Counter counter : Counter.values()) {
      if (counter != Counter.COUNTER_COUNT) {
        Map<Counter, Long> more = counters();
        more.merge(counter, 4_711L, Long::sum);
        LedgerSnapshot other = snapshotOf(kernel(more).withOpen(http(7)));
        assertThat(other.text() + other.json()).as(counter.name()).isNotEqualTo(summary);
      }
    }
  }

  private static LedgerSnapshot snapshotOf(KernelCounts kernel) {
    Ledger ledger = balanced();
    ledger.kernelAtRest(kernel);
    return ledger.snapshot();
  }

  @Test
  void atRestNothingMayBeUnderWay() {
    Ledger ledger = ledger(3);
    Map<Counter, Long> three = new EnumMap<>(Counter.class);
    for (Counter counter :
        List.of(Counter.COUNT_SEEN, Counter.COUNT_SPANS_STARTED, Counter.COUNT_RECORDS_RESERVED)) {
      three.put(counter, 3L);
    }
    KernelCounts kernel = read(counter -> three.getOrDefault(counter, 0L), 0, 0);
    ledger.spansBuilt(3);
    flow(ledger, 3);
    ExporterAccount otlp = exporter(ledger, "otlp");
    otlp.received(3, 0);
    otlp.exported(1, 0);
    exporter(ledger, "file").received(3, 0);
    exporter(ledger, "file").exported(3, 0);

    assertThat(ledger.snapshot(() -> kernel).check()).isEmpty();
    assertThat(ledger.snapshot(() -> kernel).text())
        .contains("  in flight: waiting or being sent               2           0");
    ledger.kernelAtRest(kernel.withOpen(http(0)));
    assertThat(ledger.check()).contains(new Imbalance("otlp: received = dropped + exported", 3, 1));
  }

  @Test
  void whatNoTimeIsLeftForIsLostAndTheRestAddsUp() {
    Ledger ledger = ledger(5);
    ledger.spansBuilt(2);
    flow(ledger, 2);
    for (String name : List.of("otlp", "file")) {
      exporter(ledger, name).received(2, 0);
      exporter(ledger, name).exported(2, 0);
    }
    ledger.recordRefused("odd");
    ledger.recordUnbuilt();
    ledger.recordUnbuilt();
    ledger.recordLeft();
    ledger.kernelAtRest(written(6));
    assertThat(ledger.check()).isEmpty();
    assertThat(ledger.snapshot().text())
        .contains("lost: no time left to empty the ring", "lost: no time left to build them");
    ledger.recordUnbuilt();
    assertThat(ledger.check()).isPresent();
  }

  @Test
  void whatADrainThreadThatDoesNotEndHasNotComeToIsLost() {
    Ledger ledger = ledger(5);
    ledger.spansBuilt(2);
    flow(ledger, 2);
    for (String name : List.of("otlp", "file")) {
      exporter(ledger, name).received(2, 0);
      exporter(ledger, name).exported(2, 0);
    }
    ledger.drainGivenUp();
    ledger.recordRead();
    ledger.spansBuilt(1);
    ledger.kernelAtRest(written(9));
    LedgerSnapshot counts = ledger.snapshot();
    assertThat(counts.check()).isEmpty();
    assertThat(List.of(counts.recordsLeft(), counts.recordsUnbuilt(), counts.spansBuilt()))
        .containsExactly(4L, 3L, 2L);
  }

  private static KernelCounts written(long records) {
    return read(
            counter ->
                counter == Counter.COUNT_SEEN
                        || counter == Counter.COUNT_SPANS_STARTED
                        || counter == Counter.COUNT_RECORDS_RESERVED
                    ? records
                    : 0,
            0,
            0)
        .withOpen(http(0));
  }

  @Test
  void aRecordMayBeReadBeforeItIsCounted() {
    Ledger ledger = ledger(1);
    ledger.spansBuilt(1);
    AtomicLong asked = new AtomicLong();
    LedgerSnapshot snapshot =
        ledger.snapshot(
            () -> {
              long counted = asked.incrementAndGet() < 3 ? 0 : 1;
              return read(counter -> counter == Counter.COUNT_RECORDS_RESERVED ? counted : 1, 0, 0);
            });
    assertThat(snapshot.kernel().recordsWritten()).isEqualTo(1);
  }

  /** Spans go all the way, on a thread for each stage, while the books are read. */
  @Test
  void addsUpWhileEverythingIsAtWork() throws Exception {
    int spans = 200_000;
    Ledger ledger = new Ledger();
    ExporterAccount account = exporter(ledger, "otlp");
    PipelineAccount pipeline = ledger.flow().pipeline("traces", List.of());
    Map<Counter, AtomicLong> counters = new ConcurrentHashMap<>();
    for (Counter counter : Counter.values()) {
      counters.put(counter, new AtomicLong());
    }
    LinkedBlockingQueue<Integer> ring = new LinkedBlockingQueue<>();
    LinkedBlockingQueue<Integer> queue = new LinkedBlockingQueue<>();
    Thread kernel =
        new Thread(
            () -> {
              for (int i = 0; i < spans; i++) {
                counters.get(Counter.COUNT_SEEN).incrementAndGet();
                if (i % 7 == 0) {
                  counters.get(Counter.COUNT_SAMPLED_OUT).incrementAndGet();
                  continue;
                }
                counters.get(Counter.COUNT_SPANS_STARTED).incrementAndGet();
                if (i % 5 == 0) {
                  counters.get(Counter.COUNT_LOST_RING_FULL).incrementAndGet();
                  continue;
                }
                ring.add(i);
                counters.get(Counter.COUNT_RECORDS_RESERVED).incrementAndGet();
              }
              ring.add(-1);
            });
    Thread drain =
        new Thread(
            () -> {
              for (int i = take(ring); i >= 0; i = take(ring)) {
                ledger.recordRead();
                if (i % 3 == 0) {
                  ledger.recordRefused("a reason");
                } else {
                  ledger.spansBuilt(1);
                  ledger.flow().receiver("goshawk", Signal.TRACES).received(1);
                  ledger.flow().receiver("goshawk", Signal.TRACES).passedOn(1);
                  ledger.flow().leftReceiver(1, 1);
                  pipeline.entered(1);
                  pipeline.left(1);
                  ledger.flow().leftPipeline(1, 1);
                  account.received(1, 0);
                  queue.add(i);
                }
              }
              queue.add(-1);
            });
    Thread export =
        new Thread(
            () -> {
              for (int i = take(queue); i >= 0; i = take(queue)) {
                account.exported(1, i % 2);
              }
            });
    List<Thread> threads = List.of(kernel, drain, export);
    threads.forEach(Thread::start);
    AtomicBoolean moved = new AtomicBoolean();
    KernelCounts rest;
    do {
      LedgerSnapshot snapshot = ledger.snapshot(() -> read(c -> counters.get(c).get(), 0, 0));
      assertThat(snapshot.check()).as(snapshot.text()).isEmpty();
      if (snapshot.text().contains("in flight")) {
        moved.set(true);
      }
    } while (threads.stream().anyMatch(Thread::isAlive));
    rest = read(c -> counters.get(c).get(), 0, 0).withOpen(http(0));
    ledger.kernelAtRest(rest);
    LedgerSnapshot last = ledger.snapshot();
    assertThat(last.check()).as(last.text()).isEmpty();
    assertThat(last.text()).doesNotContain("in flight");
    assertThat(rest.seen()).isEqualTo(spans);
    assertThat(moved).as("something was under way once").isTrue();
  }

  private static int take(LinkedBlockingQueue<Integer> queue) {
    try {
      return queue.take();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void summaryShowsEveryLossByItsReason() {
    assertThat(balanced().snapshot().text())
        .isEqualTo(
            """
            requests seen                                  1,000
              sampled out                                    100
              lost: table of open spans full                   4
              lost: process has its share of it                3
              not traced: their end is not seen                3
              lost: no scratch memory                          5
              lost: request unreadable                         6
            spans started                                    879
              lost: end missed                                 1
              lost: process went away                          4
              dropped: to be traced no longer                  2
              lost: ring full                                 20
              lost: response unreadable                        3
              lost: no scratch memory                          2
              still open                                       7
            records written                                  840
            records read                                     840
              refused: string outside the record               2
              refused: unknown type                            1
            spans built                                      837
            process events lost: ring full                     4
            exporter                                        otlp        file
              received                                       837         837
                rejected in a partial success                 11           0
                refused by the backend                       100           0
                given up after retries                       150           0
                dropped: queue full                           37           0
                dropped: shutdown                             50           0
              exported                                       489         837
            balance                                   adds up: every request is in a row above""");
  }

  @Test
  void librariesHaveAColumnEachWhereSeveralWereMet() {
    LibraryCounts http =
        new LibraryCounts(RecordType.RECORD_HTTP_SERVER, counters(), 4, 2, 9, OptionalLong.of(7));
    // Any two other types: which there are is the kernel programs' to say.
    LibraryCounts other =
        new LibraryCounts(
            RecordType.RECORD_PROCESS_EXEC,
            Map.of(Counter.COUNT_SEEN, 2L),
            0,
            0,
            0,
            OptionalLong.of(0));
    LibraryCounts none =
        new LibraryCounts(RecordType.RECORD_PROCESS_EXIT, Map.of(), 0, 0, 0, OptionalLong.of(0));
    LedgerSnapshot snapshot = snapshotOf(new KernelCounts(List.of(http, none, other), 0));
    assertThat(snapshot.text())
        .startsWith(
            """
            library                                   http server  process exec
            requests seen                                   1,009             2
              not traced: before their process was              9             0
              sampled out                                     100             0
            """)
        .contains("add up: process exec: requests seen = dropped + spans started: 2 against 0")
        .doesNotContain("process exit");
  }

  @Test
  void servicesHaveALineEachWhereThereIsMoreThanOne() {
    Ledger ledger = balanced();
    Resource cart = service("cart");
    ledger.services().built(cart, true);
    ledger.services().built(cart, false);
    ledger.services().lost(cart, 1);
    assertThat(ledger.snapshot().text()).doesNotContain("service");
    ledger.services().built(service("evil\u001b[2J"), false);
    ledger.services().built(service("cart"), false);
    assertThat(ledger.snapshot().text())
        .contains(
            """
            service                                     requests       spans      errors        lost
              cart                                             4           3           1           1
              evil\\x1b[2J                                      1           1           0           0
            balance\
            """);
    ledger.services().sampledOut(cart, 5);
    ledger.services().leftOpen(service("cart"), 2);
    assertThat(ledger.snapshot().text())
        .contains(
            """
            service                                     requests       spans      errors        lost sampled out  still open
              cart                                            11           3           1           1           5           2
              evil\\x1b[2J                                      1           1           0           0           0           0
            balance\
            """);
  }

  @Test
  void aNameThatIsTooLongForATableIsCutForPeopleAndWholeForPrograms() {
    Ledger ledger = balanced();
    String longName = "s".repeat(10_000);
    ledger.services().built(service(longName), false);
    ledger.services().built(service("cart"), false);
    assertThat(ledger.snapshot().text().lines().map(String::length))
        .allMatch(length -> length < 150);
    assertThat(ledger.snapshot().text())
        .contains("  " + "s".repeat(37) + "…           1           1");
    assertThat(ledger.snapshot().json()).contains(longName);
  }

  @Test
  void serviceNamesWithoutEndDoNotFillTheMemory() {
    Ledger ledger = new Ledger();
    for (int i = 0; i < 5_000; i++) {
      ledger.services().built(service("s" + i), false);
    }
    ledger.services().built(null, false);
    List<ServiceCounts> services = ledger.snapshot().services();
    assertThat(services).hasSizeLessThan(300);
    assertThat(services.stream().mapToLong(ServiceCounts::spans).sum()).isEqualTo(5_001);
    assertThat(ledger.snapshot().text()).hasLineCount(40);
  }

  @Test
  void summaryOfAnUneventfulRunIsShortAndSaysSo() {
    assertThat(new Ledger().snapshot().text())
        .isEqualTo(
            """
            requests seen                                      0
            spans started                                      0
            records written                                    0
            records read                                       0
            spans built                                        0
            balance                                   nothing to add up: no request was seen""");
  }

  @Test
  void jsonIsOneLineWithTheSameNumbers() {
    Ledger ledger = balanced();
    ledger.recordRefused("a \"quoted\"\treason");
    ledger.services().built(service("cart"), false);
    String json = ledger.snapshot().json();
    assertThat(json).doesNotContain("\n");
    JsonObject summary = JsonParser.parseString(json).getAsJsonObject();
    JsonObject http = summary.getAsJsonObject("libraries").getAsJsonObject("http server");
    assertThat(http.get("requests_seen").getAsLong()).isEqualTo(1_000);
    assertThat(http.get("lost_ring_full").getAsLong()).isEqualTo(20);
    assertThat(http.get("open").getAsLong()).isEqualTo(7);
    assertThat(summary.get("process_events_lost").getAsLong()).isEqualTo(4);
    assertThat(summary.get("refused_a_\"quoted\"\treason").getAsLong()).isEqualTo(1);
    JsonObject otlp = summary.getAsJsonObject("exporters").getAsJsonObject("otlp");
    assertThat(otlp.get("exported").getAsLong()).isEqualTo(489);
    assertThat(otlp.get("gave_up").getAsLong()).isEqualTo(150);
    JsonObject cart = summary.getAsJsonObject("services").getAsJsonObject("cart");
    assertThat(cart.get("spans").getAsLong()).isEqualTo(1);
    assertThat(summary.get("balanced").getAsBoolean()).isFalse();
    assertThat(summary.get("imbalance").getAsString())
        .isEqualTo("records read = dropped + spans built: 840 against 841");
  }

  /** A pipeline with two processors: one drops, the other holds. */
  private static Ledger withProcessors() {
    Ledger ledger = new Ledger();
    NodeAccount filter = new NodeAccount("traces/filter");
    NodeAccount batch = new NodeAccount("traces/batch");
    ledger.flow().receiver("otlp", Signal.TRACES).received(100);
    ledger.flow().receiver("otlp", Signal.TRACES).passedOn(100);
    ledger.flow().leftReceiver(100, 1);
    PipelineAccount pipeline = ledger.flow().pipeline("traces", List.of(filter, batch));
    pipeline.entered(100);
    filter.received(100);
    filter.dropped("filtered", 30);
    filter.passedOn(70);
    batch.received(70);
    batch.passedOn(60);
    batch.holds(() -> 10);
    pipeline.left(60);
    ledger.flow().leftPipeline(60, 1);
    exporter(ledger, "file").received(60, 0);
    exporter(ledger, "file").exported(60, 0);
    return ledger;
  }

  @Test
  void receiversAndProcessorsHaveAColumnEach() {
    LedgerSnapshot snapshot = withProcessors().snapshot(() -> KernelCounts.NONE);
    assertThat(snapshot.text())
        .contains(
            """
            receiver                                        otlp
              received                                       100
              passed on                                      100
            processor                                 traces/filter  traces/batch
              received                                          100            70
                dropped: filtered                                30             0
                held                                              0            10
              passed on                                          70            60
            exporter                                        file
              received                                        60
              exported                                        60
            balance                                   adds up""");
    JsonObject filter =
        JsonParser.parseString(snapshot.json())
            .getAsJsonObject()
            .getAsJsonObject("processors")
            .getAsJsonObject("traces/filter");
    assertThat(filter.get("dropped_filtered").getAsLong()).isEqualTo(30);
  }

  @Test
  void noticesEveryEndOfAnEdgeThatIsOffByOne() {
    assertThat(withProcessors().snapshot().check())
        .as("what is held at rest is missing")
        .hasValueSatisfying(
            imbalance ->
                assertThat(imbalance.equation())
                    .isEqualTo("traces/batch: received = dropped + passed on"));
    Map<String, Consumer<Ledger>> mistakes =
        Map.of(
            "passed on by receivers = handed on to pipelines",
            ledger -> ledger.flow().leftReceiver(1, 0),
            "handed to pipelines = received by pipelines",
            ledger -> ledger.flow().pipeline("another", List.of()).entered(1),
            "handed to exporters = received by exporters",
            ledger -> exporter(ledger, "file").received(1, 0));
    mistakes.forEach(
        (equation, mistake) -> {
          Ledger ledger = withProcessors();
          mistake.accept(ledger);
          assertThat(ledger.snapshot().check())
              .hasValueSatisfying(
                  imbalance -> assertThat(imbalance.equation()).isEqualTo(equation));
        });
  }
}
