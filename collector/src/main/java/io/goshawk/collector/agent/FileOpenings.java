// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.loader.file.ExecutableFile;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Opens and closes files where a file system that does not answer holds up nobody: each on a thread
 * of its own. While one does not come back, no other of its file system is tried.
 *
 * <p>Confined to the control thread, which also completes the futures.
 */
final class FileOpenings {

  private final Duration limit;
  private final Executor workers;
  private final Executor control;
  private final Runnable answered;
  private final Set<Long> silent = new HashSet<>();

  /** A way to open a file. */
  @FunctionalInterface
  interface Opening {
    ExecutableFile open() throws IOException;
  }

  /**
   * Nothing opened yet.
   *
   * @param limit how long it may take
   * @param workers does what may not come back; each task is to have a thread of its own
   * @param control has something done by the control thread
   * @param answered is called when a file system has answered after all
   */
  FileOpenings(Duration limit, Executor workers, Executor control, Runnable answered) {
    this.limit = limit;
    this.workers = workers;
    this.control = control;
    this.answered = answered;
  }

  /** A thread for each task. */
  static void onAnotherThread(Runnable task) {
    TaskThreads.start("file", task);
  }

  /**
   * Opens a file.
   *
   * @param device of its file system
   * @return with an {@link IOException} if it cannot be opened, and a {@link TimeoutException} if
   *     its file system does not answer
   */
  CompletableFuture<ExecutableFile> open(long device, Opening opening) {
    CompletableFuture<ExecutableFile> answer = new CompletableFuture<>();
    if (silent.contains(device)) {
      answer.completeExceptionally(new TimeoutException());
      return answer;
    }
    CompletableFuture.supplyAsync(() -> opened(opening), workers)
        .whenCompleteAsync((file, failure) -> done(device, answer, file, failure), control);
    limit(answer, limit, control, () -> silent.add(device));
    return answer;
  }

  /**
   * Has a future fail with a {@link TimeoutException} when the time is over.
   *
   * @param control completes it then
   * @param late called there before
   */
  static void limit(CompletableFuture<?> answer, Duration limit, Executor control, Runnable late) {
    CompletableFuture<Void> time =
        new CompletableFuture<Void>().orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS);
    time.exceptionally(
        over -> {
          control.execute(
              () -> {
                if (!answer.isDone()) {
                  late.run();
                  answer.completeExceptionally(over);
                }
              });
          return null;
        });
    answer.whenComplete((done, failure) -> time.complete(null));
  }

  private static ExecutableFile opened(Opening opening) {
    try {
      return opening.open();
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  private void done(
      long device,
      CompletableFuture<ExecutableFile> answer,
      @Nullable ExecutableFile file,
      @Nullable Throwable failure) {
    if (!answer.isDone()) {
      if (failure == null) {
        answer.complete(file);
      } else {
        answer.completeExceptionally(cause(failure));
      }
      return;
    }
    if (file != null) {
      close(file);
    }
    silent.remove(device);
    answered.run();
  }

  /** What a stage of futures has failed with. */
  static Throwable cause(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }

  /** Closes a file soon. */
  void close(ExecutableFile file) {
    workers.execute(file::close);
  }
}
