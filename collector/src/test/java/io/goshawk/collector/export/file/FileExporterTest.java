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
import io.goshawk.collector.pipeline.QueuedExporter;
import io.goshawk.collector.pipeline.RetrySettings;
import io.goshawk.collector.testing.Contexts;
import io.goshawk.collector.testing.TestSpans;
import io.goshawk.config.component.Signal;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FileExporterTest {
  @TempDir Path folder;

  @Test
  void writesOneLineForEachBatchInPlaceOfWhatWasThere() throws Exception {
    Path file = Files.writeString(folder.resolve("traces.jsonl"), "old\n".repeat(10_000));
    FileExporter exporter = open(file);
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
        DeliverySettings.ofSpans(1_000, 100, Duration.ZERO, RetrySettings.DEFAULT);
    FileExporter full = open(Path.of("/dev/full"));
    assertThat(full.export(TestSpans.batch(1)))
        .asInstanceOf(type(Refused.class))
        .extracting(Refused::reason)
        .asString()
        .contains("/dev/full", "No space left on device", "free space");
    for (QueuedExporter exporter :
        List.of(
            queued("full", ledger, settings, full), queued("good", ledger, settings, open(good)))) {
      exporter.start();
      exporter.accept(TestSpans.batch(100));
      exporter.accept(TestSpans.batch(100));
      exporter.stop(Duration.ofSeconds(20));
    }
    List<ExporterCounts> counts = ledger.snapshot().exporters();
    assertThat(counts.get(0).refused()).isEqualTo(200);
    assertThat(counts.get(1).exported()).isEqualTo(200);
    assertThat(Files.readAllLines(good)).isNotEmpty();
  }

  /** As logrotate's copytruncate does it. */
  @Test
  void aFileThatOthersEmptyGoesOnFromItsBeginning() throws Exception {
    Path file = folder.resolve("traces.jsonl");
    for (boolean append : new boolean[] {false, true}) {
      FileExporter exporter = FileExporter.open(file.toString(), append, false, Optional.empty());
      assertThat(exporter.export(TestSpans.batch(3))).isEqualTo(ExportOutcome.ACCEPTED);
      Files.write(file, new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
      assertThat(exporter.export(TestSpans.batch(3))).isEqualTo(ExportOutcome.ACCEPTED);
      exporter.close();
      assertThat(Files.readAllLines(file))
          .as("append: %s", append)
          .singleElement()
          .asString()
          .startsWith("{\"resourceSpans\"")
          .endsWith("}]}");
    }
  }

  private static FileExporter open(Path file) throws IOException {
    return FileExporter.open(file.toString(), false, false, Optional.empty());
  }

  private static QueuedExporter queued(
      String name, Ledger ledger, DeliverySettings settings, FileExporter exporter) {
    return new QueuedExporter(
        Contexts.of("file/" + name, ledger.flow().exporter(name, Signal.TRACES)),
        settings,
        1 << 20,
        () -> exporter);
  }

  @Test
  void goesOnBehindWhatIsThereAndMakesTheFolderWhereThatIsWanted() throws Exception {
    Path file = folder.resolve("new/folder/traces.jsonl");
    for (int i = 0; i < 2; i++) {
      FileExporter exporter = FileExporter.open(file.toString(), true, true, Optional.empty());
      assertThat(exporter.export(TestSpans.batch(3))).isEqualTo(ExportOutcome.ACCEPTED);
      exporter.close();
    }
    assertThat(Files.readAllLines(file))
        .hasSize(2)
        .allSatisfy(line -> assertThat(line).startsWith("{\"resourceSpans\"").endsWith("}]}"));
  }

  private static final class SettableClock extends Clock {
    private Instant now;

    SettableClock(Instant now) {
      this.now = now;
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException();
    }
  }

  /** Whole lines in each, named by the time, the oldest removed. */
  @Test
  void aFileThatIsLargeEnoughIsSetAsideAndTheOldestGo() throws Exception {
    Path file = folder.resolve("traces.jsonl");
    Path another = Files.writeString(folder.resolve("traces-of-somebody.jsonl"), "kept");
    SettableClock clock = new SettableClock(Instant.parse("2026-11-29T14:57:00.453Z"));
    FileExporter exporter =
        FileExporter.open(
            file.toString(),
            true,
            false,
            Optional.of(new Rotation(1_000, Duration.ZERO, 2, clock)));
    for (int i = 0; i < 4; i++) {
      clock.now = clock.now.plusSeconds(1);
      assertThat(exporter.export(TestSpans.batch(3))).isEqualTo(ExportOutcome.ACCEPTED);
    }
    exporter.close();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "traces.jsonl",
              another.getFileName().toString(),
              "traces-2026-11-29T14-57-03.453.jsonl",
              "traces-2026-11-29T14-57-04.453.jsonl");
    }
    assertThat(file).isEmptyFile();
    assertThat(Files.readAllLines(folder.resolve("traces-2026-11-29T14-57-04.453.jsonl")))
        .singleElement()
        .asString()
        .startsWith("{\"resourceSpans\"")
        .endsWith("}]}");
  }

  @Test
  void aDiskThatFillsUpWithinALineLeavesWholeLinesAndIsUsedAgainWhenThereIsRoom() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk.toString());
    try {
      Path file = disk.resolve("traces.jsonl");
      FileExporter exporter = open(file);
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
    assertThatThrownBy(() -> open(missing))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(missing.toString())
        .hasMessageContaining("create it");
    assertThatThrownBy(() -> open(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("it is a folder");
  }

  @Test
  void aNewFileIsForItsOwnerAloneAndOneThatWasThereStaysAsItIs() throws IOException {
    Path fresh = folder.resolve("fresh.jsonl");
    Path shared = Files.createFile(folder.resolve("shared.jsonl"));
    Set<PosixFilePermission> forAll = PosixFilePermissions.fromString("rw-r--r--");
    Files.setPosixFilePermissions(shared, forAll);
    open(fresh).close();
    open(shared).close();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(fresh)))
        .isEqualTo("rw-------");
    assertThat(Files.getPosixFilePermissions(shared)).isEqualTo(forAll);
  }

  @Test
  void aPipeThatNobodyReadsIsToldAndOneWithAReaderGetsEveryLine() throws Exception {
    Path unread = folder.resolve("unread");
    Path pipe = folder.resolve("pipe");
    run("mkfifo", unread.toString(), pipe.toString());
    assertThatThrownBy(() -> open(unread))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot write " + unread + ": nobody reads it");

    FutureTask<List<String>> reader = new FutureTask<>(() -> Files.readAllLines(pipe));
    new Thread(reader).start();
    FileExporter exporter = open(pipe);
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
      QueuedExporter exporter =
          queued(
              "pipe",
              ledger,
              DeliverySettings.ofSpans(1_000, 1_000, Duration.ZERO, RetrySettings.DEFAULT),
              open(pipe));
      exporter.start();
      exporter.accept(TestSpans.batch(1_000));
      exporter.stop(Duration.ofMillis(200));
      assertThat(ledger.snapshot().exporters().get(0).droppedAtShutdown()).isEqualTo(1_000);
    }
  }
}
