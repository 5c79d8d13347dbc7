// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.goshawk.loader.target.BinaryIdentity;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A named pipe that nobody writes to holds up its reader as a dead server does. */
final class TrialReadsTest {

  private static final Duration AT_ONCE = Duration.ofMillis(1);
  private static final Duration NEVER = Duration.ofDays(1);

  @TempDir Path folder;

  private final BlockingQueue<Runnable> jobs = new LinkedBlockingQueue<>();
  private final List<Boolean> afterAll = new ArrayList<>();
  private TrialReads trials = reads(NEVER);
  private Path stuck;
  private Path file;

  @BeforeEach
  void makeFiles() throws Exception {
    stuck = folder.resolve("stuck");
    assertThat(new ProcessBuilder("mkfifo", stuck.toString()).start().waitFor()).isZero();
    file = Files.writeString(folder.resolve("file"), "text");
  }

  @AfterEach
  void endReaders() {
    trials.close();
    await().until(() -> readers().isEmpty());
  }

  @Test
  void aFileThatCanBeReadIsRead() throws Exception {
    assertThat(answer(ask(file, 1))).isTrue();
    assertThat(answer(ask(file, 1))).as("a second time").isTrue();
  }

  @Test
  void aFileThatMayNotBeReadIsForOthersToFail() throws Exception {
    assertThat(answer(ask(folder.resolve("none"), 1))).isTrue();
  }

  @Test
  void oneReaderIsStuckHoweverManyFilesOfItsFileSystemAreAskedFor() throws Exception {
    trials = reads(AT_ONCE);
    assertThat(answer(ask(stuck, 1))).isFalse();
    assertThat(ask(stuck, 1)).isCompletedWithValue(false);
    for (int inode = 2; inode < 10; inode++) {
      assertThat(ask(file, inode)).isCompletedWithValue(false);
    }
    assertThat(readers()).hasSize(1);
  }

  @Test
  void whatAFileClaimsToHaveIsNotAllRead() throws Exception {
    try (RandomAccessFile holes = new RandomAccessFile(file.toFile(), "rw")) {
      holes.setLength(8L << 40);
    }
    assertThat(answer(ask(file, 1))).isTrue();
  }

  @Test
  void anotherFileSystemIsNotHeldUp() throws Exception {
    ask(stuck, 1);
    BinaryIdentity elsewhere = new BinaryIdentity(2, 1, 0, 0);
    assertThat(answer(trials.canBeRead(elsewhere, file))).isTrue();
  }

  @Test
  void filesOfOneFileSystemAreReadOneAfterTheOther() throws Exception {
    CompletableFuture<Boolean> first = ask(stuck, 1);
    CompletableFuture<Boolean> second = ask(file, 2);
    assertThat(readers()).hasSize(1);
    Files.writeString(stuck, "at last");
    assertThat(answer(first)).isTrue();
    assertThat(answer(second)).isTrue();
  }

  @Test
  void aFileThatComesLateIsToldAndNotTriedAgain() throws Exception {
    trials = reads(AT_ONCE);
    assertThat(answer(ask(stuck, 1))).isFalse();
    Files.writeString(stuck, "at last");
    while (afterAll.isEmpty()) {
      doJob();
    }
    assertThat(afterAll).containsExactly(true);
    assertThat(readers()).isEmpty();
  }

  private TrialReads reads(Duration limit) {
    return new TrialReads(limit, jobs::add, () -> afterAll.add(ask(stuck, 1).getNow(false)));
  }

  private CompletableFuture<Boolean> ask(Path path, int inode) {
    return trials.canBeRead(new BinaryIdentity(1, inode, 0, 0), path);
  }

  private boolean answer(CompletableFuture<Boolean> answer) throws Exception {
    while (!answer.isDone()) {
      doJob();
    }
    return answer.join();
  }

  private void doJob() throws InterruptedException {
    Runnable job = jobs.poll(60, TimeUnit.SECONDS);
    assertThat(job).as("a job of the control thread").isNotNull();
    job.run();
  }

  private List<ProcessHandle> readers() {
    try (Stream<ProcessHandle> children = ProcessHandle.current().children()) {
      return children.filter(child -> isReader(child.pid())).toList();
    }
  }

  private boolean isReader(long pid) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"))
          .contains(folder.toString());
    } catch (IOException e) {
      return false;
    }
  }
}
