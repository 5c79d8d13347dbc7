// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.stat;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The status of a file as the kernel has it in memory: statx(2) with {@code AT_STATX_DONT_SYNC}. Of
 * a local file that is all there is; of a remote one it may be older than what its server knows,
 * but the server, which may never answer, is not asked. A path through {@code /proc/PID/exe} or
 * {@code /proc/PID/root} leads straight to the kernel's own object, so that nobody is asked on the
 * way either.
 *
 * @param device its file system, by the kernel's number: major and minor, 32 bits each
 * @param inode number on that device
 * @param modifiedNanos time of the last write, since the epoch
 * @param sizeBytes length
 * @param mode type and permissions, as inode(7) has them
 * @param links how many names lead to it
 * @param mountId of the mount that it was reached by; 0 before Linux 5.8
 */
public record FileStatus(
    long device,
    long inode,
    long modifiedNanos,
    long sizeBytes,
    int mode,
    int links,
    long mountId) {

  private static final int TYPE_MASK = 0170000;
  private static final int TYPE_REGULAR = 0100000;

  // struct statx of include/uapi/linux/stat.h.
  private static final int STATX_BYTES = 256;
  private static final int MASK = 0;
  private static final int LINKS = 16;
  private static final int MODE = 28;
  private static final int INODE = 32;
  private static final int SIZE = 40;
  private static final int MODIFIED_SECONDS = 112;
  private static final int MODIFIED_NANOS = 120;
  private static final int DEVICE_MAJOR = 136;
  private static final int DEVICE_MINOR = 140;
  private static final int MOUNT_ID = 144;

  /**
   * The status of what a path leads to, also through links.
   *
   * @throws IOException as Java's own classes throw it: if there is none, or it may not be known
   */
  public static FileStatus of(Path path) throws IOException {
    try (Memory status = new Memory(STATX_BYTES)) {
      LibC.statx(
          LibC.AT_FDCWD,
          NativePaths.bytes(path),
          LibC.AT_STATX_DONT_SYNC,
          LibC.STATX_BASIC_STATS | LibC.STATX_MNT_ID,
          status);
      boolean hasMount = (status.getInt(MASK) & LibC.STATX_MNT_ID) != 0;
      return new FileStatus(
          Integer.toUnsignedLong(status.getInt(DEVICE_MAJOR)) << 32
              | Integer.toUnsignedLong(status.getInt(DEVICE_MINOR)),
          status.getLong(INODE),
          TimeUnit.SECONDS.toNanos(status.getLong(MODIFIED_SECONDS))
              + status.getInt(MODIFIED_NANOS),
          status.getLong(SIZE),
          Short.toUnsignedInt(status.getShort(MODE)),
          status.getInt(LINKS),
          hasMount ? status.getLong(MOUNT_ID) : 0);
    } catch (LastErrorException e) {
      throw NativePaths.failure(path, e);
    }
  }

  /** Whether it is no folder, device, pipe or socket. */
  public boolean isRegularFile() {
    return (mode & TYPE_MASK) == TYPE_REGULAR;
  }

  /** Whether its file system lies on a disk, and is not made up by the kernel or by a server. */
  public boolean isOnDisk() {
    // Others have the major number 0: Documentation/admin-guide/devices.txt.
    return device >>> 32 != 0;
  }

  /** Whether the other is of the same file. */
  public boolean isSameFile(FileStatus other) {
    return device == other.device && inode == other.inode;
  }
}
