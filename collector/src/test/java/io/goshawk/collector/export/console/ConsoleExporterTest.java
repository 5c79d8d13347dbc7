// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.collector.ledger.ExporterCounts;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.pipeline.BatchExporter;
import io.goshawk.collector.pipeline.DeliverySettings;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.goshawk.collector.pipeline.QueuedExporter;
import io.goshawk.collector.pipeline.RetrySettings;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.testing.Contexts;
import io.goshawk.collector.testing.EncodedSpans;
import io.goshawk.collector.testing.TestSpan;
import io.goshawk.collector.testing.TestSpans;
import io.goshawk.config.component.Signal;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ConsoleExporterTest {
  private static final ConsoleStyle PLAIN = new ConsoleStyle(100, false, true, ZoneOffset.UTC);

  private final ByteArrayOutputStream terminal = new ByteArrayOutputStream();
  private long now;

  private ConsoleExporter exporter(ConsoleStyle style) {
    return new ConsoleExporter(terminal, style, () -> now);
  }

  private String shown() {
    return terminal.toString(StandardCharsets.UTF_8);
  }

  private static EncodedBatch batch(SpanData... spans) {
    return EncodedSpans.of(List.of(spans));
  }

  private static Attributes status(long code) {
    return Attributes.builder().put("http.response.status_code", code).build();
  }

  private static TestSpan ok(
      String service, String name, long number, long parent, long start, long length) {
    return TestSpans.span(
        service, name, 1, number, parent, start, length, status(200), StatusData.unset());
  }

  private static EncodedBatch checkout() {
    return batch(
        TestSpans.span(
            "stock",
            "GET /stock/{sku}",
            1,
            4,
            3,
            9,
            20,
            Attributes.builder()
                .put("http.response.status_code", 503)
                .put("error.type", "503")
                .build(),
            StatusData.error()),
        ok("orders", "POST /orders", 3, 1, 6, 30),
        ok("prices", "GET /prices", 2, 1, 1, 4),
        ok("shop", "GET /checkout", 1, 0, 0, 42));
  }

  @Test
  void drawsATraceAsAWaterfall() {
    ConsoleExporter exporter = exporter(PLAIN);
    exporter.export(checkout());
    exporter.close();
    assertThat(shown())
        .isEqualTo(
            """
            trace 0af7651916cd43dd0000000000000001  4 spans · 4 services · 42.0 ms · 04:00:00.000
              GET /checkout         shop    server    200      +0 ns   42.0 ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
              ├ GET /prices         prices  server    200   +1.00 ms   4.00 ms  ━━━━
              └ POST /orders        orders  server    200   +6.00 ms   30.0 ms      ━━━━━━━━━━━━━━━━━━━━━━━
            ✗   └ GET /stock/{sku}  stock   server    503   +9.00 ms   20.0 ms        ━━━━━━━━━━━━━━━━

            """);
  }

  @Test
  void fallsBackToAsciiWhereThereIsNothingElse() {
    ConsoleExporter exporter = exporter(new ConsoleStyle(100, false, false, ZoneOffset.UTC));
    exporter.export(checkout());
    exporter.close();
    assertThat(shown()).contains("!   `-GET /stock/{sku}").contains("====").matches("[\\n -~]+");
  }

  @Test
  void noLineIsWiderThanTheTerminal() {
    for (int columns = 70; columns <= 180; columns += 5) {
      terminal.reset();
      ConsoleExporter exporter = exporter(new ConsoleStyle(columns, false, true, ZoneOffset.UTC));
      exporter.export(checkout());
      exporter.export(
          batch(
              TestSpans.span(
                  "a-service-with-quite-a-long-name",
                  "GET /a/route/that/{never}/{seems}/{to}/{come}/to/its/end/{at}/{all}",
                  2,
                  1,
                  0,
                  0,
                  3_600_000,
                  Attributes.builder().put("error.type", "context deadline exceeded").build(),
                  StatusData.error())));
      exporter.close();
      int width = columns;
      assertThat(shown().lines().skip(1).filter(line -> !line.startsWith("trace")))
          .hasSizeGreaterThan(5)
          .allSatisfy(line -> assertThat(line.length()).as(line).isLessThanOrEqualTo(width));
    }
  }

  @Test
  void waitsAShortWhileForMoreOfATrace() {
    ConsoleExporter exporter = exporter(PLAIN);
    exporter.export(batch(ok("shop", "GET /", 1, 0, 0, 5)));
    assertThat(exporter.idle(now)).isEqualTo(Duration.ofMillis(200).toNanos());
    now += Duration.ofMillis(150).toNanos();
    exporter.export(batch(ok("late", "GET /late", 2, 1, 1, 2)));
    now += Duration.ofMillis(199).toNanos();
    assertThat(exporter.idle(now)).isEqualTo(Duration.ofMillis(1).toNanos());
    assertThat(shown()).isEmpty();
    now += Duration.ofMillis(1).toNanos();
    assertThat(exporter.idle(now)).isEqualTo(Long.MAX_VALUE);
    assertThat(shown()).contains("2 spans").contains("└ GET /late");
  }

  @Test
  void waitsLongerForAParentThatMustStillCome() {
    ConsoleExporter exporter = exporter(PLAIN);
    exporter.export(batch(ok("orders", "POST /orders", 2, 1, 6, 30)));
    now += Duration.ofMillis(1_900).toNanos();
    exporter.idle(now);
    assertThat(shown()).isEmpty();
    exporter.export(batch(ok("shop", "GET /checkout", 1, 0, 0, 2_000)));
    now += Duration.ofMillis(200).toNanos();
    exporter.idle(now);
    assertThat(shown()).contains("2 spans").contains("└ POST /orders");
  }

  @Test
  void holdsABoundedNumberOfSpans() {
    ConsoleExporter exporter = exporter(PLAIN);
    List<SpanData> orphans =
        LongStream.rangeClosed(1, 5_000)
            .mapToObj(
                i ->
                    (SpanData)
                        TestSpans.span(
                            "shop", "GET /", i, i, 9_999, 0, 1, status(200), StatusData.unset()))
            .toList();
    for (int i = 0; i < 5_000; i += 500) {
      exporter.export(EncodedSpans.of(orphans.subList(i, i + 500)));
    }
    assertThat(shown().split("\ntrace ").length).isBetween(2_900, 3_100);
    exporter.close();
    assertThat(shown().split("trace ")).hasSize(5_001);
  }

  @Test
  void coloursOnlyATerminalAndOnlyIfNobodyMinds() {
    assertThat(ConsoleStyle.of(Map.of(), true, 100).colour()).isTrue();
    assertThat(ConsoleStyle.of(Map.of("NO_COLOR", ""), true, 100).colour()).isTrue();
    assertThat(ConsoleStyle.of(Map.of("NO_COLOR", "1"), true, 100).colour()).isFalse();
    assertThat(ConsoleStyle.of(Map.of("TERM", "dumb"), true, 100).colour()).isFalse();
    assertThat(ConsoleStyle.of(Map.of(), false, 100).colour()).isFalse();
    assertThat(ConsoleStyle.of(Map.of("LANG", "C.UTF-8"), false, 100).unicode()).isTrue();
    assertThat(ConsoleStyle.of(Map.of("LANG", "C.UTF-8", "LC_ALL", "C"), false, 100).unicode())
        .isFalse();

    ConsoleExporter exporter = exporter(new ConsoleStyle(100, true, true, ZoneOffset.UTC));
    exporter.export(checkout());
    exporter.close();
    assertThat(shown()).contains("\u001b[1;31mGET /stock/{sku}\u001b[0m");
    assertThat(shown().replaceAll("\u001b\\[[0-9;]*m", ""))
        .as("colours take no room")
        .isEqualTo(plain());
  }

  private String plain() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ConsoleExporter exporter = new ConsoleExporter(out, PLAIN, () -> now);
    exporter.export(checkout());
    exporter.close();
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aTargetCannotWriteControlSequencesToTheTerminal() {
    ConsoleExporter exporter = exporter(PLAIN);
    exporter.export(batch(ok("sh\u001bop", "GET \u001b[2J\r\n\u009b31m", 1, 0, 0, 5)));
    exporter.close();
    assertThat(shown())
        .contains("sh\\x1bop", "GET \\x1b[2J\\r\\n\\x9b31m")
        .doesNotContain("\u001b");
  }

  @Test
  void parentsThatAreEachOthersChildrenAreShownOnce() {
    ConsoleExporter exporter = exporter(PLAIN);
    exporter.export(
        batch(ok("a", "ONE", 1, 2, 0, 5), ok("b", "TWO", 2, 1, 1, 5), ok("c", "SELF", 3, 3, 1, 5)));
    exporter.close();
    assertThat(shown()).containsOnlyOnce("ONE").containsOnlyOnce("TWO").containsOnlyOnce("SELF");
  }

  @Test
  void aSpanIsExportedOnceItIsWritten() {
    ConsoleExporter exporter = exporter(PLAIN);
    assertThat(exporter.export(checkout())).isEqualTo(ExportOutcome.HELD);
    assertThat(exporter.settled()).isEqualTo(new BatchExporter.Settled(0, 0, ""));
    exporter.flush();
    assertThat(exporter.settled()).isEqualTo(new BatchExporter.Settled(4, 0, ""));
    assertThat(exporter.settled()).as("told once").isEqualTo(new BatchExporter.Settled(0, 0, ""));
  }

  /**
   * None of the spans of a batch that is never written may count as exported, the first included.
   */
  @Test
  void aFullDeviceCostsEverySpanAndTheBooksSaySo() throws Exception {
    Ledger ledger = new Ledger();
    try (OutputStream full = new FileOutputStream("/dev/full")) {
      QueuedExporter exporter =
          new QueuedExporter(
              Contexts.of("debug/full", ledger.flow().exporter("full", Signal.TRACES)),
              DeliverySettings.ofSpans(1_000, 100, Duration.ZERO, RetrySettings.DEFAULT),
              1 << 20,
              () -> new ConsoleExporter(full, PLAIN, System::nanoTime));
      exporter.start();
      exporter.accept(checkout());
      assertThat(exporter.flush(Duration.ofSeconds(20))).isTrue();
      assertThat(ledger.snapshot().exporters().get(0).refused()).isEqualTo(4);
      exporter.accept(checkout());
      exporter.stop(Duration.ofSeconds(20));
    }
    ExporterCounts counts = ledger.snapshot().exporters().get(0);
    assertThat(counts.exported()).isZero();
    assertThat(counts.refused()).isEqualTo(8);
    assertThat(counts.held()).isZero();
  }

  /** Spans that are held when the agent ends are written, and in the books before it is told. */
  @Test
  void whatIsHeldAtTheEndIsWrittenAndCounted() throws Exception {
    Ledger ledger = new Ledger();
    QueuedExporter exporter =
        new QueuedExporter(
            Contexts.of("debug/fine", ledger.flow().exporter("fine", Signal.TRACES)),
            DeliverySettings.ofSpans(1_000, 100, Duration.ZERO, RetrySettings.DEFAULT),
            1 << 20,
            () -> new ConsoleExporter(terminal, PLAIN, () -> 0));
    exporter.start();
    exporter.accept(checkout());
    exporter.stop(Duration.ofSeconds(20));
    assertThat(shown()).contains("POST /orders");
    assertThat(ledger.snapshot().exporters().get(0).exported()).isEqualTo(4);
    assertThat(ledger.snapshot().exporters().get(0).lost()).isZero();
  }

  @Test
  void aReaderThatWentAwayIsSaidAndCounted() {
    OutputStream broken =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    ConsoleExporter exporter = new ConsoleExporter(broken, PLAIN, () -> now);
    assertThat(exporter.export(checkout())).isEqualTo(ExportOutcome.HELD);
    assertThat(exporter.settled()).isEqualTo(new BatchExporter.Settled(0, 0, ""));
    exporter.flush();
    assertThat(exporter.settled())
        .isEqualTo(new BatchExporter.Settled(0, 4, "cannot write to standard output: Broken pipe"));
    assertThat(exporter.export(checkout()))
        .isEqualTo(new ExportOutcome.Refused("cannot write to standard output: Broken pipe"));
  }

  @Test
  void capturedHeadersStandBelowTheirSpan() {
    ConsoleExporter exporter = exporter(PLAIN);
    Attributes captured =
        Attributes.builder()
            .put("http.response.status_code", 200)
            .put(AttributeKey.stringArrayKey("http.request.header.x-tenant"), List.of("a", "b"))
            .put(AttributeKey.stringArrayKey("http.response.header.x-id"), List.of("7\u001b[2J"))
            .build();
    exporter.export(
        batch(
            TestSpans.span("orders", "POST /orders", 1, 2, 1, 6, 9, captured, StatusData.unset()),
            ok("prices", "GET /prices", 3, 1, 20, 4),
            ok("shop", "GET /checkout", 1, 0, 0, 42)));
    exporter.close();
    List<String> lines = shown().lines().toList();
    assertThat(lines.get(2)).contains("├ POST /orders");
    assertThat(lines.get(3)).isEqualTo("  │ > x-tenant: a, b");
    assertThat(lines.get(4)).startsWith("  │ < x-id: 7").doesNotContain("\u001b");
    assertThat(lines.get(5)).contains("└ GET /prices");
  }
}
