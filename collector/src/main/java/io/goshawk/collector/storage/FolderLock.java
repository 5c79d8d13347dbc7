// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a folder for one process: a lock of the kernel's, which goes with the process however that
 * ends, on a file that says which process it is.
 */
final class FolderLock implements Closeable {
  private static final long LOOK_MILLIS = 20;

  private final FileChannel file;

  private FolderLock(FileChannel file) {
    this.file = file;
  }

  /**
   * Takes the folder.
   *
   * @param limit how long to wait for another process that has it
   * @throws IOException if it still has it then; the message says which process
   */
  static FolderLock take(Path folder, Duration limit) throws IOException, InterruptedException {
    Path path = folder.resolve("lock");
    FileChannel file =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean taken = false;
    try {
      long deadline = System.nanoTime() + limit.toNanos();
      while (!tryLock(file)) {
        if (System.nanoTime() - deadline >= 0) {
          throw new IOException(
              folder
                  + " is in use by "
                  + owner(path)
                  + "; two agents cannot share a folder: name another directory for one of them");
        }
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      }
      file.truncate(0);
      file.write(
          ByteBuffer.wrap(
              Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
      taken = true;
      return new FolderLock(file);
    } finally {
      if (!taken) {
        file.close();
      }
    }
  }

  private static boolean tryLock(FileChannel file) throws IOException {
    try {
      return file.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      // By this very process.
      return false;
    }
  }

  private static String owner(Path path) throws IOException {
    String pid = Files.readString(path, StandardCharsets.US_ASCII).strip();
    return pid.isEmpty() ? "another process" : "process " + pid;
  }

  /** Lets go of it. */
  @Override
  public void close() throws IOException {
    file.close();
  }
}
