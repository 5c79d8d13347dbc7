// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Opens what spans are to be written to. */
final class OutputFile {
  /** Whoever is to read a named pipe is there already, or comes with us. */
  private static final long PIPE_LIMIT_SECONDS = 2;

  private OutputFile() {}

  /**
   * Opens a file in place of what was there, or behind it; a new one is for its owner alone, since
   * spans hold what people asked for. A pipe or a device is written to as it is.
   *
   * <p>Each write goes behind what is there then, so that a file which others empty while it is
   * written (logrotate's copytruncate) goes on from its beginning, without a hole.
   *
   * @throws IOException with the file and the mend in its message
   */
  static FileChannel open(String target, boolean append, boolean createFolder) throws IOException {
    Path path;
    try {
      path = Path.of(target);
    } catch (InvalidPathException e) {
      throw new IOException("cannot write " + target + ": " + e.getReason(), e);
    }
    try {
      if (Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path)) {
        return openWithin(path);
      }
      Path folder = path.toAbsolutePath().getParent();
      if (createFolder && folder != null) {
        Files.createDirectories(folder);
      }
      FileChannel channel =
          FileChannel.open(
              path,
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      if (!append) {
        empty(channel);
      }
      return channel;
    } catch (IOException e) {
      throw new IOException("cannot write " + target + ": " + mend(path, e), e);
    }
  }

  /** Java refuses to do this within an open that appends. */
  private static void empty(FileChannel channel) throws IOException {
    try {
      channel.truncate(0);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * To open a named pipe waits until someone reads it, and no signal ends that: so it is another
   * thread that waits, which ends with the process.
   */
  private static FileChannel openWithin(Path path) throws IOException {
    CompletableFuture<FileChannel> opened = new CompletableFuture<>();
    Thread thread = new Thread(() -> open(path, opened), "open-output");
    thread.setDaemon(true);
    thread.start();
    try {
      return opened.get(PIPE_LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
    } catch (TimeoutException e) {
      if (opened.cancel(false)) {
        throw new IOException(
            "nobody reads it; start its reader first, or write to '-' and pipe that", e);
      }
      return opened.join();
    } catch (InterruptedException e) {
      opened.cancel(false);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static void open(Path path, CompletableFuture<FileChannel> opened) {
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE);
      if (!opened.complete(channel)) {
        channel.close();
      }
    } catch (IOException | RuntimeException e) {
      opened.completeExceptionally(e);
    }
  }

  private static String mend(Path path, IOException e) {
    if (e instanceof NoSuchFileException) {
      return "the folder "
          + path.toAbsolutePath().getParent()
          + " does not exist; create it or name another file";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied; name a file in a folder that this user may write to";
    }
    if (Files.isDirectory(path)) {
      return "it is a folder; name a file in it";
    }
    return String.valueOf(e.getMessage());
  }
}
