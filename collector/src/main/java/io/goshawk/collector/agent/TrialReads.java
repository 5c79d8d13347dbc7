// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.loader.target.BinaryIdentity;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Finds out whether a remote file can be read, before this process opens it: by another process.
 *
 * <p>Whoever opens or reads the file of a server that does not answer may never come back, and what
 * a FUSE server has been asked for cannot be given up, not even when the process is killed
 * (request_wait_answer in the kernel's fs/fuse/dev.c). A thread that waits so would keep the agent
 * from ever ending, {@link Runtime#halt} or not: a process is gone when its last thread is. A child
 * is left behind instead, one for each file system that does not answer; it has nothing of ours.
 *
 * <p>Confined to the control thread, which also completes the futures.
 */
final class TrialReads {

  private static final Logger LOG = Logger.getLogger(TrialReads.class.getName());

  /** More than programs have; what a file claims to have beyond is nobody's work. */
  private static final String READ_BYTES = Integer.toString(1 << 30);

  private final Duration limit;
  private final Executor control;
  private final Runnable answered;
  private final Map<Long, Trial> trials = new HashMap<>();

  /** A read of a file; {@code answer} is whether it came to its end within the limit. */
  private static final class Trial {
    private final BinaryIdentity file;
    private final Process reader;
    private final CompletableFuture<Boolean> answer = new CompletableFuture<>();
    private boolean ended;

    Trial(BinaryIdentity file, Process reader) {
      this.file = file;
      this.reader = reader;
    }
  }

  /**
   * No trial yet.
   *
   * @param limit how long a file may take
   * @param control has something done by the control thread
   * @param answered is called when a file has been read after all; who asks for it again before
   *     this returns is told so
   */
  TrialReads(Duration limit, Executor control, Runnable answered) {
    this.limit = limit;
    this.control = control;
    this.answered = answered;
  }

  /**
   * Whether a file can be read; false at once where another of its file system cannot.
   *
   * @param path leads to it, for another process as well
   */
  CompletableFuture<Boolean> canBeRead(BinaryIdentity file, Path path) {
    Trial trial = trials.get(file.device());
    if (trial == null || (trial.ended && !trial.file.equals(file))) {
      return begin(file, path);
    }
    if (trial.ended) {
      return CompletableFuture.completedFuture(true);
    }
    return trial.answer.thenCompose(
        read ->
            !read || trial.file.equals(file)
                ? CompletableFuture.completedFuture(read)
                : canBeRead(file, path));
  }

  private CompletableFuture<Boolean> begin(BinaryIdentity file, Path path) {
    Process reader;
    try {
      reader =
          new ProcessBuilder(List.of("head", "-c", READ_BYTES, path.toString()))
              .redirectInput(new File("/dev/null"))
              .redirectOutput(Redirect.DISCARD)
              .redirectError(Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      // Without a head, the agent takes the risk itself.
      LOG.log(Level.FINE, "nobody can try to read " + path, e);
      return CompletableFuture.completedFuture(true);
    }
    Trial trial = new Trial(file, reader);
    trials.put(file.device(), trial);
    reader.onExit().thenRunAsync(() -> ended(trial), control);
    CompletableFuture.delayedExecutor(limit.toMillis(), TimeUnit.MILLISECONDS, control)
        .execute(() -> trial.answer.complete(false));
    return trial.answer;
  }

  /** Whatever its status: that a file may not be read is for who opens it to say. */
  private void ended(Trial trial) {
    trial.ended = true;
    if (!trial.answer.complete(true)) {
      // A file that takes longer than the limit is not to be tried again by who asks now.
      answered.run();
    }
    trials.remove(trial.file.device(), trial);
  }

  /** Ends the trials that can be ended. */
  void close() {
    trials.values().forEach(trial -> trial.reader.destroyForcibly());
  }
}
