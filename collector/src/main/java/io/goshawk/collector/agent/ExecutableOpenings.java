// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.loader.file.ExecutableFile;
import io.goshawk.loader.target.BinaryIdentity;
import io.goshawk.loader.target.FileServer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/**
 * Opens executables, and waits for no file system that does not answer. What has a server that may
 * not answer is read by another process first.
 *
 * <p>Confined to the control thread, which also completes the futures.
 */
final class ExecutableOpenings {

  private final TrialReads trials;
  private final FileOpenings openings;

  ExecutableOpenings(TrialReads trials, FileOpenings openings) {
    this.trials = trials;
    this.openings = openings;
  }

  /**
   * Opens a file.
   *
   * @param path leads to it, for other processes of the machine as well
   * @param server that has to answer
   * @return with an {@link java.io.IOException} if it cannot be opened, and a {@link
   *     TimeoutException} if its file system does not answer, whose message is the server's name
   *     where that is known
   */
  CompletableFuture<ExecutableFile> open(
      BinaryIdentity identity, Path path, Optional<FileServer> server) {
    if (server.isEmpty()) {
      return openings.open(identity.device(), () -> ExecutableFile.open(path));
    }
    FileServer who = server.get();
    FileOpenings.Opening opening =
        who.certain() ? () -> ExecutableFile.openRemote(path) : () -> ExecutableFile.open(path);
    return trials
        .canBeRead(identity, path)
        .thenCompose(
            read ->
                read
                    ? openings.open(identity.device(), opening)
                    : CompletableFuture.failedFuture(new TimeoutException(who.name())));
  }

  /** Closes a file soon. */
  void close(ExecutableFile file) {
    openings.close(file);
  }
}
