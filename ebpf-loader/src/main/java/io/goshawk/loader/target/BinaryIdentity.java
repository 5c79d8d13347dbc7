package io.goshawk.loader.target;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What tells one executable file from every other, also after it was replaced on disk: the kernel
 * attaches probes to an inode, and an inode number can be used again, so its time and size count
 * too. Not the time of the inode's own change: replacing a file on disk changes it for the old one,
 * which still runs.
 *
 * @param device as {@code stat(2)} reports it
 * @param inode number on that device
 * @param modifiedNanos time of the last write, since the epoch
 * @param sizeBytes length of the file
 */
public record BinaryIdentity(long device, long inode, long modifiedNanos, long sizeBytes) {

  /**
   * The identity of the file behind a path; {@code /proc/PID/exe} leads to the file that runs, even
   * when its path now names another.
   */
  public static BinaryIdentity of(Path path) throws IOException {
    Map<String, Object> stat = Files.readAttributes(path, "unix:dev,ino,size,lastModifiedTime");
    return new BinaryIdentity(
        (Long) stat.get("dev"),
        (Long) stat.get("ino"),
        nanos(stat.get("lastModifiedTime")),
        (Long) stat.get("size"));
  }

  private static long nanos(Object time) {
    return ((FileTime) time).to(TimeUnit.NANOSECONDS);
  }
}
