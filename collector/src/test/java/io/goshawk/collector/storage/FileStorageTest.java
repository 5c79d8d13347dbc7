// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Extension;
import io.goshawk.collector.component.Host;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.pipeline.Backlog;
import io.goshawk.collector.pipeline.BatchExporter;
import io.goshawk.collector.pipeline.DeliverySettings;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.goshawk.collector.pipeline.QueuedExporter;
import io.goshawk.collector.pipeline.RetrySettings;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.EncodedBatches;
import io.goshawk.collector.testing.Configurations;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.ComponentId;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.Signal;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class FileStorageTest {
  private static final ComponentId EXPORTER = new ComponentId("otlp_http", "a/b");
  private static final Consumer<Span.Builder> AS_IT_IS = span -> {};

  @TempDir Path folder;

  private final List<String> delivered = new ArrayList<>();
  private ExportOutcome outcome = ExportOutcome.ACCEPTED;

  private static Component configured(String settings) {
    return Configurations.first(
        ComponentKind.EXTENSION,
        "{receivers: {goshawk: }, exporters: {nop: }, extensions: {file_storage: "
            + settings
            + "}, service: {extensions: [file_storage], pipelines: {traces: {receivers:"
            + " [goshawk], exporters: [nop]}}}}");
  }

  private static ComponentContext context(ComponentId id, NodeAccount account, Extension storage) {
    return new ComponentContext(
        id,
        Signal.TRACES,
        account,
        System::nanoTime,
        new Host() {
          @Override
          public Optional<Extension> extension(ComponentId asked) {
            return Optional.ofNullable(storage);
          }

          @Override
          public List<NodeAccount.Snapshot> nodes() {
            return List.of();
          }
        });
  }

  private static FileStorage storage(String settings) {
    Component component = configured(settings);
    return new FileStorage(
        context(component.id(), new NodeAccount("file_storage"), null), component.settings());
  }

  private FileStorage started(Path directory) throws StartException {
    FileStorage storage = storage("{directory: '" + directory + "', create_directory: true}");
    storage.start();
    return storage;
  }

  private static List<String> names(EncodedBatch batch) {
    return EncodedBatches.names(batch);
  }

  // ---- the folder

  @Test
  void aFolderThatIsNotThereIsOnlyMadeIfThatWasAskedFor() throws StartException {
    Path missing = folder.resolve("a/b");
    assertThatThrownBy(() -> storage("{directory: '" + missing + "'}").start())
        .isInstanceOf(StartException.class)
        .hasMessageContaining(missing + " is no folder; make it, or set create_directory");
    FileStorage storage = started(missing);
    assertThat(missing).isDirectory();
    storage.stop(Duration.ZERO);
  }

  @Test
  void twoAgentsCannotHaveTheSameFolder() throws Exception {
    FileStorage first = started(folder);
    FileStorage second = storage("{directory: '" + folder + "', timeout: 50ms}");
    assertThatThrownBy(second::start)
        .isInstanceOf(StartException.class)
        .hasMessageContaining(
            folder + " is in use by process " + ProcessHandle.current().pid() + "; two agents");
    first.stop(Duration.ZERO);
    second.start();
    second.stop(Duration.ZERO);
  }

  @Test
  void anotherProcesssFolderIsWaitedForUntilItIsFree() throws Exception {
    Process other = child(LockChild.class, folder.toString()).redirectErrorStream(true).start();
    try (BufferedReader said = other.inputReader()) {
      assertThat(said.readLine()).isEqualTo("locked");
      assertThatThrownBy(() -> storage("{directory: '" + folder + "', timeout: 0s}").start())
          .hasMessageContaining("is in use by process " + other.pid());
      other.destroyForcibly().waitFor();
    }
    FileStorage storage = storage("{directory: '" + folder + "', timeout: 20s}");
    storage.start();
    storage.stop(Duration.ZERO);
  }

  /** Holds a folder until it is killed. */
  static final class LockChild {
    private LockChild() {}

    public static void main(String[] arguments) throws Exception {
      FolderLock lock = FolderLock.take(Path.of(arguments[0]), Duration.ofSeconds(10));
      System.out.println("locked");
      Thread.sleep(Long.MAX_VALUE);
      lock.close();
    }
  }

  private static ProcessBuilder child(Class<?> main, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }

  // ---- the queue

  /** An exporter with its queue in the folder, to a destination that answers as it is told. */
  private QueuedExporter exporter(FileStorage storage, NodeAccount account) {
    BatchExporter destination =
        batch -> {
          synchronized (delivered) {
            if (outcome == ExportOutcome.ACCEPTED) {
              delivered.addAll(names(batch));
            }
            return outcome;
          }
        };
    return new QueuedExporter(
            context(EXPORTER, account, storage),
            new DeliverySettings(
                DeliverySettings.Sizer.BYTES,
                100_000,
                DeliverySettings.Batching.NONE,
                RetrySettings.DEFAULT),
            1,
            () -> destination)
        .keptIn(new ComponentId("file_storage", ""));
  }

  private void answer(ExportOutcome next) {
    synchronized (delivered) {
      outcome = next;
    }
  }

  @Test
  void whatABackendDidNotTakeIsDeliveredInTheNextRunInItsOrder() throws Exception {
    answer(new ExportOutcome.Retryable("down", Optional.empty()));
    NodeAccount first = new NodeAccount("exporter");
    FileStorage storage = started(folder);
    QueuedExporter exporter = exporter(storage, first);
    exporter.start();
    for (int i = 0; i < 20; i++) {
      String name = "batch " + i;
      exporter.accept(EncodedBatches.batch("shop", 2, span -> span.setName(name)));
    }
    exporter.stop(Duration.ZERO);
    storage.stop(Duration.ZERO);
    assertThat(first.snapshot().held()).as("spans on disk").isEqualTo(40);
    assertThat(first.snapshot().dropped()).isEmpty();
    assertThat(first.snapshot().imbalance()).isEmpty();
    assertThat(delivered).isEmpty();

    answer(ExportOutcome.ACCEPTED);
    NodeAccount second = new NodeAccount("exporter");
    storage = started(folder);
    exporter = exporter(storage, second);
    exporter.start();
    exporter.accept(EncodedBatches.batch("shop", 1, span -> span.setName("new")));
    assertThat(exporter.flush(Duration.ofSeconds(20))).isTrue();
    Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> second.snapshot().held() == 0);
    exporter.stop(Duration.ofSeconds(10));
    storage.stop(Duration.ZERO);
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      expected.addAll(List.of("batch " + i, "batch " + i));
    }
    expected.add("new");
    assertThat(delivered).isEqualTo(expected);
    assertThat(second.snapshot().restored()).isEqualTo(40);
    assertThat(second.snapshot().in()).isEqualTo(1);
    assertThat(second.snapshot().out()).isEqualTo(41);
    assertThat(second.snapshot().imbalance()).isEmpty();
  }

  @Test
  void theQueueIsBoundedInBytes() throws Exception {
    answer(new ExportOutcome.Retryable("down", Optional.empty()));
    NodeAccount account = new NodeAccount("exporter");
    FileStorage storage = started(folder);
    QueuedExporter exporter = exporter(storage, account);
    exporter.start();
    for (int i = 0; i < 1_000; i++) {
      exporter.accept(EncodedBatches.batch("shop", 3, AS_IT_IS));
    }
    assertThat(account.snapshot().dropped()).containsOnlyKeys("dropped: queue full");
    exporter.stop(Duration.ZERO);
    storage.stop(Duration.ZERO);
    assertThat(bytes(folder)).isLessThan(200_000);
    assertThat(account.snapshot().imbalance()).isEmpty();
  }

  private static long bytes(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
  }

  /** What the disk gives back otherwise than it was written is counted, and the rest goes on. */
  @Test
  void whatCannotBeReadIsCountedAndTheRestArrives() throws Exception {
    FileStorage storage = started(folder);
    Backlog backlog = storage.open(EXPORTER, Signal.TRACES);
    for (int i = 0; i < 3; i++) {
      String name = "batch " + i;
      backlog.add(EncodedBatches.batch("shop", 2, span -> span.setName(name)), 0);
    }
    backlog.close();
    Path segment;
    try (Stream<Path> files = Files.walk(folder)) {
      segment = files.filter(file -> Segment.number(file).isPresent()).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(segment);
    bytes[bytes.length / 2] ^= 1;
    Files.write(segment, bytes);
    NodeAccount account = new NodeAccount("exporter");
    QueuedExporter exporter = exporter(storage, account);
    exporter.start();
    Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> account.snapshot().held() == 0);
    exporter.stop(Duration.ofSeconds(10));
    storage.stop(Duration.ZERO);
    assertThat(delivered).containsExactly("batch 0", "batch 0", "batch 2", "batch 2");
    assertThat(account.snapshot().dropped())
        .containsExactly(Map.entry("lost: unreadable on disk", 2L));
    assertThat(account.snapshot().imbalance()).isEmpty();
  }

  /** A disk of one megabyte, nearly full. */
  @Test
  void aFullDiskCostsWhatItCannotTakeAndNothingElse() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk.toString());
    try {
      answer(new ExportOutcome.Retryable("down", Optional.empty()));
      NodeAccount account = new NodeAccount("exporter");
      FileStorage storage = started(disk);
      QueuedExporter exporter = exporter(storage, account);
      exporter.start();
      exporter.accept(EncodedBatches.batch("shop", 1, span -> span.setName("kept before")));
      Path ballast = disk.resolve("ballast");
      fill(ballast);
      for (int i = 0; i < 20; i++) {
        exporter.accept(EncodedBatches.batch("shop", 50, span -> span.setName("no room")));
      }
      assertThat(account.snapshot().dropped())
          .hasEntrySatisfying(
              "dropped: the disk took no more", count -> assertThat(count).isPositive());
      long lost = account.snapshot().allDropped();
      Files.delete(ballast);
      exporter.accept(EncodedBatches.batch("shop", 1, span -> span.setName("kept after")));
      assertThat(account.snapshot().allDropped()).isEqualTo(lost);
      exporter.stop(Duration.ZERO);
      storage.stop(Duration.ZERO);

      answer(ExportOutcome.ACCEPTED);
      NodeAccount second = new NodeAccount("exporter");
      storage = started(disk);
      exporter = exporter(storage, second);
      exporter.start();
      Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> second.snapshot().held() == 0);
      exporter.stop(Duration.ofSeconds(10));
      storage.stop(Duration.ZERO);
      assertThat(delivered).startsWith("kept before").endsWith("kept after");
      assertThat(delivered).hasSize((int) (1_002 - lost));
    } finally {
      run("umount", disk.toString());
    }
  }

  private static void fill(Path file) throws IOException {
    byte[] block = new byte[4096];
    try (var out = Files.newOutputStream(file)) {
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      assertThat(e.getMessage()).contains("No space left");
    }
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(said).isZero();
  }

  /**
   * Killed again and again: every batch of which the queue said that it is kept is delivered, in
   * order, and at most what was under way at a kill is delivered twice.
   */
  @Test
  void afterEveryKillEverythingThatWasKeptIsDeliveredInOrder() throws Exception {
    SplittableRandom random = new SplittableRandom(Long.getLong("goshawk.seed", 0));
    List<String> kept = new ArrayList<>();
    Map<String, Integer> times = new HashMap<>();
    List<String> inOrder = new ArrayList<>();
    List<String> underWay = List.of();
    int kills = 0;
    int number = 0;
    for (int round = 0; round < 6; round++) {
      boolean last = round == 5;
      Process process =
          child(
                  QueueChild.class,
                  folder.toString(),
                  Integer.toString(number),
                  Long.toString(random.nextLong()),
                  last ? "10" : "100000")
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      int lines = 20 + random.nextInt(400);
      try (BufferedReader said = process.inputReader()) {
        for (String line; (line = said.readLine()) != null; lines--) {
          if (lines == 0 && !last) {
            // Not by the Process itself, which would close what it has said.
            process.toHandle().destroyForcibly();
          }
          List<String> words = List.of(line.split(" "));
          List<String> spans = words.subList(1, words.size());
          switch (words.get(0)) {
            case "kept" -> {
              kept.addAll(spans);
              number = Integer.parseInt(spans.get(0).replaceAll("\\..*", "")) + 1;
            }
            case "delivered" -> {
              spans.forEach(span -> times.merge(span, 1, Integer::sum));
              spans.stream().filter(span -> !inOrder.contains(span)).forEach(inOrder::add);
              underWay = spans;
            }
            default -> assertThat(words.get(0)).isIn("restored", "done");
          }
        }
      }
      process.waitFor();
      kills += last ? 0 : 1;
      // What was said last may have been cut off with the process.
      number += 1_000;
    }
    assertThat(kills).isEqualTo(5);
    assertThat(times.keySet()).containsAll(kept);
    assertThat(inOrder.stream().filter(kept::contains)).containsExactlyElementsOf(kept);
    long twice = times.values().stream().mapToInt(count -> count - 1).sum();
    assertThat(twice).as("of requests of at most nine spans").isLessThanOrEqualTo(9L * kills);
    assertThat(underWay).isNotEmpty();
  }
}
