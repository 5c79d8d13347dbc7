// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export;

import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.pipeline.QueuedExporter;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.testing.Contexts;
import io.goshawk.collector.testing.EncodedSpans;
import io.goshawk.collector.testing.TestSpans;
import io.goshawk.config.BatchSettings;
import io.goshawk.config.Environment;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.Signal;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Sends fresh spans through a pipeline to the OTLP backend that the environment names, as fast as
 * it takes them or as fast as they can be made, and says what that cost. To be started in a Java
 * machine of its own, with the flags of the agent.
 *
 * <p>Arguments: how many spans, and {@code wait} to wait for room in the queue or {@code drop} to
 * go on without. Prints {@code cpu_us_per_span=… spans_per_second=… rss_kib=…}, then the ledger.
 */
public final class LeanRun {
  private static final int HANDED_OVER_AT_ONCE = 256;
  private static final long MAX_QUEUE_BYTES = 12 * 1024 * 1024;

  private static final EncodedSpans ENCODER = new EncodedSpans();

  private LeanRun() {}

  public static void main(String[] arguments) throws Exception {
    int spans = Integer.parseInt(arguments[0]);
    boolean wait = arguments[1].equals("wait");
    Map<String, String> environment = System.getenv();
    Ledger ledger = new Ledger();
    BatchSettings batch = BatchSettings.from(new Environment(environment));
    Component component = Configured.component(environment);
    NodeAccount account = ledger.flow().exporter("otlp", Signal.TRACES);
    QueuedExporter pipeline =
        new QueuedExporter(
            Contexts.of("otlp_http", account),
            Delivery.of(component.settings()),
            MAX_QUEUE_BYTES,
            () -> Configured.otlp(component));
    pipeline.start();
    // The code is compiled and the connection is there before anything is measured.
    run(pipeline, account, spans / 4, wait, batch);
    pipeline.flush(Duration.ofSeconds(wait ? 30 : 0));
    double makingMicros = makingCost(spans / 4);
    long cpuBefore = cpuNanos();
    long before = System.nanoTime();
    run(pipeline, account, spans, wait, batch);
    pipeline.flush(Duration.ofSeconds(wait ? 30 : 0));
    long elapsed = System.nanoTime() - before;
    double micros = (cpuNanos() - cpuBefore) / 1e3 / spans - makingMicros;
    System.out.printf(
        Locale.ROOT,
        "cpu_us_per_span=%.2f spans_per_second=%.0f making_us_per_span=%.2f rss_kib=%d%n",
        micros,
        spans / (elapsed / 1e9),
        makingMicros,
        rssKib());
    pipeline.stop(Duration.ofSeconds(2));
    System.out.println(ledger.snapshot().json());
  }

  private static void run(
      QueuedExporter pipeline, NodeAccount account, int spans, boolean wait, BatchSettings batch)
      throws InterruptedException {
    Resource resource = TestSpans.service("shop");
    for (int made = 0; made < spans; made += HANDED_OVER_AT_ONCE) {
      while (wait && account.snapshot().held() > batch.maxQueueSpans() - 2 * HANDED_OVER_AT_ONCE) {
        // A generator that paces itself; the queue's own threads are what is measured.
        Thread.sleep(1);
      }
      pipeline.accept(make(resource, made));
    }
  }

  private static EncodedBatch make(Resource resource, int from) {
    List<SpanData> made = new ArrayList<>(HANDED_OVER_AT_ONCE);
    for (int i = 0; i < HANDED_OVER_AT_ONCE; i++) {
      made.add(TestSpans.request(resource, 1L + from + i));
    }
    return ENCODER.encode(made);
  }

  /** What a span costs to make, which the span builder does and not the pipeline. */
  private static double makingCost(int spans) {
    Resource resource = TestSpans.service("shop");
    long before = cpuNanos();
    int kept = 0;
    for (int made = 0; made < spans; made += HANDED_OVER_AT_ONCE) {
      kept += make(resource, made).size();
    }
    return (cpuNanos() - before) / 1e3 / kept;
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static long rssKib() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElseThrow();
  }
}
