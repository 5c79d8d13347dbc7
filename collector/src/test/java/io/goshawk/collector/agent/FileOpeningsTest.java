// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.loader.file.ExecutableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An opening that waits for a latch is that of a dead server. */
final class FileOpeningsTest {

  private static final long DEAD = 1;
  private static final long ALIVE = 2;

  @TempDir Path folder;

  private final BlockingQueue<Runnable> jobs = new LinkedBlockingQueue<>();
  private final CountDownLatch waiting = new CountDownLatch(1);
  private final CountDownLatch server = new CountDownLatch(1);
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicInteger answered = new AtomicInteger();
  private final FileOpenings openings =
      new FileOpenings(
          Duration.ofMillis(1),
          FileOpenings::onAnotherThread,
          jobs::add,
          answered::incrementAndGet);
  private final FileOpenings patient =
      new FileOpenings(
          Duration.ofDays(1), FileOpenings::onAnotherThread, jobs::add, answered::incrementAndGet);
  private Path file;

  @BeforeEach
  void makeFile() throws IOException {
    file = Files.writeString(folder.resolve("file"), "text");
  }

  @Test
  void aFileIsOpenedAndOneThatIsNotThereIsAnError() throws Exception {
    try (ExecutableFile opened = result(patient.open(ALIVE, () -> ExecutableFile.open(file)))) {
      assertThat(opened.path()).hasContent("text");
    }
    assertThatThrownBy(
            () -> result(patient.open(ALIVE, () -> ExecutableFile.open(folder.resolve("none")))))
        .hasCauseInstanceOf(NoSuchFileException.class);
  }

  @Test
  void whoDoesNotComeBackHoldsUpNobodyAndIsNotAskedAgainUntilItDoes() throws Exception {
    ExecutableFile[] late = new ExecutableFile[1];
    CompletableFuture<ExecutableFile> first = openings.open(DEAD, () -> late[0] = whenAlive());
    assertThatThrownBy(() -> result(first)).hasCauseInstanceOf(TimeoutException.class);
    assertThatThrownBy(() -> result(openings.open(DEAD, this::whenAlive)))
        .hasCauseInstanceOf(TimeoutException.class);
    waiting.await(); // its time may be up before its thread runs
    assertThat(asked).as("only the first").hasValue(1);
    result(patient.open(ALIVE, () -> ExecutableFile.open(file))).close();

    server.countDown();
    while (answered.get() == 0) {
      jobs.take().run();
    }
    CompletableFuture<ExecutableFile> next = patient.open(DEAD, this::whenAlive);
    result(next).close();
    assertThat(asked).hasValue(2);
  }

  private ExecutableFile whenAlive() throws IOException {
    asked.incrementAndGet();
    waiting.countDown();
    try {
      server.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return ExecutableFile.open(file);
  }

  /** Does what the control thread would until there is one. */
  private <T> T result(CompletableFuture<T> future) throws Exception {
    while (!future.isDone()) {
      Runnable job = jobs.poll(20, TimeUnit.SECONDS);
      assertThat(job).as("something to do").isNotNull();
      job.run();
    }
    return future.get();
  }
}
