// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.goshawk.collector.ledger.ExporterCounts;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.pipeline.DeliverySettings;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.goshawk.collector.pipeline.ExportOutcome.Refused;
import io.goshawk.collector.pipeline.RetrySettings;
import io.goshawk.collector.pipeline.TraceExporter;
import io.goshawk.collector.pipeline.TracePipeline;
import io.goshawk.collector.testing.TestSpans;
import io.goshawk.spans.otlp.SpanBatch;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FileExporterTest {
  @TempDir Path folder;

  @Test
  void writesOneLineForEachBatchInPlaceOfWhatWasThere() throws Exception {
    Path file = Files.writeString(folder.resolve("traces.jsonl"), "old\n".repeat(10_000));
    FileExporter exporter = FileExporter.open(file.toString());
    assertThat(exporter.export(TestSpans.batch(3))).isEqualTo(ExportOutcome.ACCEPTED);
    assertThat(Files.readAllLines(file)).as("there at once").hasSize(1);
    assertThat(exporter.export(TestSpans.batch(500))).isEqualTo(ExportOutcome.ACCEPTED);
    exporter.close();
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(2).allSatisfy(line -> assertThat(line).startsWith("{\"resourceSp"));
    assertThat(lines.get(1).split("\"traceId\"")).hasSize(501);
  }

  @Test
  void aFullDiskIsSaidAndCountedAndDisturbsNobodyElse() throws Exception {
    Path good = folder.resolve("good.jsonl");
    Ledger ledger = new Ledger();
    DeliverySettings settings =
        new DeliverySettings(1_000, 100, Duration.ZERO, RetrySettings.DEFAULT);
    FileExporter full = FileExporter.open("/dev/full");
    assertThat(full.export(TestSpans.batch(1)))
        .asInstanceOf(type(Refused.class))
        .extracting(Refused::reason)
        .asString()
        .contains("/dev/full", "No space left on device", "free space");
    TracePipeline pipeline =
        TracePipeline.builder(ledger)
            .exporter(full, settings)
            .exporter(named("good", FileExporter.open(good.toString())), settings)
            .start();
    pipeline.accept(TestSpans.batch(100));
    pipeline.accept(TestSpans.batch(100));
    assertThat(pipeline.shutdown(Duration.ofSeconds(20))).isTrue();
    List<ExporterCounts> counts = ledger.snapshot().exporters();
    assertThat(counts.get(0).refused()).isEqualTo(200);
    assertThat(counts.get(1).exported()).isEqualTo(200);
    assertThat(Files.readAllLines(good)).isNotEmpty();
  }

  private static TraceExporter named(String name, FileExporter exporter) {
    return new TraceExporter() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public ExportOutcome export(SpanBatch batch) throws InterruptedException {
        return exporter.export(batch);
      }

      @Override
      public void close() {
        exporter.close();
      }
    };
  }

  @Test
  void aDiskThatFillsUpWithinALineLeavesWholeLinesAndIsUsedAgainWhenThereIsRoom() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk.toString());
    try {
      Path file = disk.resolve("traces.jsonl");
      FileExporter exporter = FileExporter.open(file.toString());
      assertThat(exporter.export(TestSpans.batch(50))).isEqualTo(ExportOutcome.ACCEPTED);
      assertThat(exporter.export(TestSpans.batch(2_000))).isInstanceOf(Refused.class);
      assertThat(exporter.export(TestSpans.batch(50))).isEqualTo(ExportOutcome.ACCEPTED);
      exporter.close();
      assertThat(Files.readAllLines(file))
          .hasSize(2)
          .allSatisfy(line -> assertThat(line).startsWith("{\"resourceSpans\"").endsWith("}]}"));
    } finally {
      run("umount", disk.toString());
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue())
        .as("%s (needs root): %s", String.join(" ", command), said)
        .isZero();
  }

  @Test
  void aFileThatCannotBeOpenedIsNamedWithTheMend() {
    Path missing = folder.resolve("missing").resolve("traces.jsonl");
    assertThatThrownBy(() -> FileExporter.open(missing.toString()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(missing.toString())
        .hasMessageContaining("create it");
    assertThatThrownBy(() -> FileExporter.open(folder.toString()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("it is a folder");
  }

  @Test
  void aNewFileIsForItsOwnerAloneAndOneThatWasThereStaysAsItIs() throws IOException {
    Path fresh = folder.resolve("fresh.jsonl");
    Path shared = Files.createFile(folder.resolve("shared.jsonl"));
    Set<PosixFilePermission> forAll = PosixFilePermissions.fromString("rw-r--r--");
    Files.setPosixFilePermissions(shared, forAll);
    FileExporter.open(fresh.toString()).close();
    FileExporter.open(shared.toString()).close();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(fresh)))
        .isEqualTo("rw-------");
    assertThat(Files.getPosixFilePermissions(shared)).isEqualTo(forAll);
  }

  @Test
  void aPipeThatNobodyReadsIsToldAndOneWithAReaderGetsEveryLine() throws Exception {
    Path unread = folder.resolve("unread");
    Path pipe = folder.resolve("pipe");
    run("mkfifo", unread.toString(), pipe.toString());
    assertThatThrownBy(() -> FileExporter.open(unread.toString()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot write " + unread + ": nobody reads it");

    FutureTask<List<String>> reader = new FutureTask<>(() -> Files.readAllLines(pipe));
    new Thread(reader).start();
    FileExporter exporter = FileExporter.open(pipe.toString());
    assertThat(exporter.export(TestSpans.batch(500))).isEqualTo(ExportOutcome.ACCEPTED);
    exporter.close();
    assertThat(reader.get()).hasSize(1);
  }

  /** What does not fit into the pipe counts as dropped at shutdown. */
  @Test
  void aPipeThatNobodyEmptiesDoesNotHoldUpTheEnd() throws Exception {
    Path pipe = folder.resolve("pipe");
    run("mkfifo", pipe.toString());
    try (FileChannel reader =
        FileChannel.open(pipe, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      assertThat(reader.isOpen()).isTrue();
      Ledger ledger = new Ledger();
      TracePipeline pipeline =
          TracePipeline.builder(ledger)
              .exporter(
                  FileExporter.open(pipe.toString()),
                  new DeliverySettings(1_000, 1_000, Duration.ZERO, RetrySettings.DEFAULT))
              .start();
      pipeline.accept(TestSpans.batch(1_000));
      assertThat(pipeline.shutdown(Duration.ofMillis(200))).isFalse();
      assertThat(ledger.snapshot().exporters().get(0).droppedAtShutdown()).isEqualTo(1_000);
    }
  }
}
