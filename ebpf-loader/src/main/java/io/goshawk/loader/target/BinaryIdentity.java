package io.goshawk.loader.target;

import io.goshawk.loader.stat.FileStatus;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What tells one executable file from every other, also after it was replaced on disk: the kernel
 * attaches probes to an inode, and an inode number can be used again, so its time and size count
 * too. Not the time of the inode's own change: replacing a file on disk changes it for the old one,
 * which still runs.
 *
 * @param device as {@link FileStatus#device}
 * @param inode number on that device
 * @param modifiedNanos time of the last write, since the epoch
 * @param sizeBytes length of the file
 */
public record BinaryIdentity(long device, long inode, long modifiedNanos, long sizeBytes) {

  /**
   * The identity of the file behind a path; {@code /proc/PID/exe} leads to the file that runs, even
   * when its path now names another. Nobody but the kernel is asked, so this never waits.
   */
  public static BinaryIdentity of(Path path) throws IOException {
    FileStatus status = FileStatus.of(path);
    return new BinaryIdentity(
        status.device(), status.inode(), status.modifiedNanos(), status.sizeBytes());
  }
}
