// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.file;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import io.goshawk.loader.rights.Right;
import io.goshawk.loader.rights.Rights;
import io.goshawk.loader.stat.FileStatus;
import io.goshawk.loader.stat.NativePaths;
import io.goshawk.loader.target.BinaryIdentity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * An executable, opened once: whatever its path leads to later, all that is done to it is done to
 * this file.
 *
 * <p>{@link #path} leads to it for whoever opens by name: the kernel follows a link of {@code
 * /proc/self/fd} to the very file, also out of another mount namespace and after the file was
 * removed.
 *
 * <p>Nobody should write to a file that has probes: the kernel keeps what instructions it has put
 * its breakpoints over, and would write those into the new code. The kernel itself refuses writers
 * while a process executes the file ({@code ETXTBSY}; Linux 6.11 and 6.12 do not); a lease keeps
 * them waiting at all other times, until it is given back or the kernel breaks it after {@code
 * /proc/sys/fs/lease-break-time}. Removing or replacing the file needs no writer and never waits.
 *
 * <p>May be used from any thread, one at a time.
 */
public final class ExecutableFile implements AutoCloseable {

  private static final int PAGE_BYTES = 4096;
  private static final int NO_BYTE = -1 << 8;

  /** As many as an instruction may have. */
  private static final int INSTRUCTION_BYTES = 16;

  /** {@code struct statfs} begins with the type; OVERLAYFS_SUPER_MAGIC of linux/magic.h. */
  private static final int STATFS_BYTES = 120;

  private static final long OVERLAY_MAGIC = 0x794c7630;

  private static final Path OWN_MEMORY = Path.of("/proc/self/mem");

  private final int fd;
  private final BinaryIdentity identity;
  private final boolean remote;
  private final List<Pointer> kept = new ArrayList<>();
  private boolean leased;
  private boolean closed;

  private ExecutableFile(int fd, BinaryIdentity identity, boolean remote) {
    this.fd = fd;
    this.identity = identity;
    this.remote = remote;
  }

  /**
   * Opens a regular file.
   *
   * @param path {@code /proc/PID/exe} opens what a process runs, whatever its path names now
   * @throws IOException if there is no such file or it may not be read
   */
  public static ExecutableFile open(Path path) throws IOException {
    // Looked at before it is opened for reading, which may do something to a device or a pipe.
    int name = open(path, path, LibC.O_PATH | LibC.O_CLOEXEC);
    try {
      Path same = descriptor(name);
      requireRegular(same, path);
      int fd = open(same, path, LibC.O_RDONLY | LibC.O_CLOEXEC | LibC.O_NONBLOCK);
      try {
        return new ExecutableFile(fd, BinaryIdentity.of(descriptor(fd)), false);
      } catch (IOException | RuntimeException e) {
        LibC.close(fd);
        throw e;
      }
    } finally {
      LibC.close(name);
    }
  }

  /**
   * Opens a regular file whose server may stop to answer: as {@link #open}, but the server is not
   * asked, neither now nor when the file is closed, as a FUSE server is of every file that was
   * opened for reading. So it cannot be leased; a lease would not keep other machines from writing
   * to it either.
   */
  public static ExecutableFile openRemote(Path path) throws IOException {
    int name = open(path, path, LibC.O_PATH | LibC.O_CLOEXEC);
    try {
      Path same = descriptor(name);
      requireRegular(same, path);
      return new ExecutableFile(name, BinaryIdentity.of(same), true);
    } catch (IOException | RuntimeException e) {
      LibC.close(name);
      throw e;
    }
  }

  private static void requireRegular(Path descriptor, Path asked) throws IOException {
    if (!FileStatus.of(descriptor).isRegularFile()) {
      throw new IOException(asked + " is not a regular file");
    }
  }

  private static int open(Path path, Path asked, int flags) throws IOException {
    try {
      return LibC.open(NativePaths.bytes(path), flags);
    } catch (LastErrorException e) {
      throw NativePaths.failure(asked, e);
    }
  }

  private static Path descriptor(int fd) {
    return Path.of("/proc/self/fd", Integer.toString(fd));
  }

  /** Whether to open or to read it may wait for somebody who does not answer. */
  public boolean isRemote() {
    return remote;
  }

  /** Leads to this file, for this process, until it is closed. */
  public Path path() {
    return descriptor(fd);
  }

  /** What tells it from every other, as it was when it was opened. */
  public BinaryIdentity identity() {
    return identity;
  }

  /**
   * Keeps writers waiting from now on. When one comes, {@link #isWriterWaiting} says so, and the
   * kernel sends this process a SIGURG, which does nothing where it is not handled.
   *
   * @return empty if it is leased; otherwise what hinders it
   */
  public Optional<Unleased> lease() {
    if (remote) {
      return Optional.of(
          new Unleased(Hindrance.FILE_SYSTEM, "its file system lets others write to it"));
    }
    try {
      // The kernel forgets the signal with each lease that ends, and would send SIGIO, which kills.
      LibC.fcntl(fd, LibC.F_SETSIG, LibC.SIGURG);
      LibC.fcntl(fd, LibC.F_SETLEASE, LibC.F_RDLCK);
      leased = true;
      return Optional.empty();
    } catch (LastErrorException e) {
      return Optional.of(
          switch (e.getErrorCode()) {
            case LibC.EAGAIN -> new Unleased(Hindrance.WRITER, "it is being written to");
            case LibC.EACCES ->
                new Unleased(
                    Hindrance.RIGHT,
                    "it is another user's, and may not be leased; "
                        + Rights.own().mend(Right.LEASE));
            default ->
                new Unleased(
                    Hindrance.FILE_SYSTEM,
                    "its file system has no leases: " + LibC.strerror(e.getErrorCode()));
          });
    }
  }

  /**
   * Why a file is not leased.
   *
   * @param reason for the user
   */
  public record Unleased(Hindrance hindrance, String reason) {

    /** Whether somebody has it open for writing now. */
    public boolean beingWritten() {
      return hindrance == Hindrance.WRITER;
    }
  }

  /** What keeps a file from being leased. */
  public enum Hindrance {
    WRITER,
    RIGHT,
    FILE_SYSTEM
  }

  /** Whether whoever wants to write waits; that is until the lease is given back. */
  public boolean isLeased() {
    return leased;
  }

  /** Whether somebody waits to write, or has waited until the kernel's patience ended. */
  public boolean isWriterWaiting() {
    return leased && LibC.fcntl(fd, LibC.F_GETLEASE, 0) != LibC.F_RDLCK;
  }

  /** Lets whoever waits to write go on. */
  public void giveLeaseBack() {
    if (leased) {
      leased = false;
      LibC.fcntl(fd, LibC.F_SETLEASE, LibC.F_UNLCK);
    }
  }

  /** Whether no name leads to it any more: only who holds it open keeps it on the disk. */
  public boolean isRemoved() {
    try {
      return FileStatus.of(path()).links() == 0;
    } catch (IOException e) {
      return true;
    }
  }

  /**
   * Whether it is the file of an overlay file system, as containers have them. To hold one open
   * keeps the overlay alive when the container is gone, and its folders in use.
   */
  public boolean isOfOverlay() {
    try (Memory status = new Memory(STATFS_BYTES)) {
      LibC.fstatfs(fd, status);
      return status.getLong(0) == OVERLAY_MAGIC;
    } catch (LastErrorException e) {
      return false;
    }
  }

  /**
   * Whether a process that began to execute the file now would find the file's own bytes at these
   * offsets, and no breakpoints.
   */
  public boolean isUnprobed(long[] offsets) throws IOException {
    // Memory is read as a file: a page that the file has lost meanwhile is then no SIGBUS.
    try (FileChannel content = FileChannel.open(path(), StandardOpenOption.READ);
        FileChannel memory = FileChannel.open(OWN_MEMORY, StandardOpenOption.READ)) {
      for (long offset : offsets) {
        if (byteOf(content, offset) != mappedByte(memory, offset)) {
          return false;
        }
      }
      return true;
    }
  }

  private int mappedByte(FileChannel memory, long offset) throws IOException {
    long page = offset & -PAGE_BYTES;
    int[] found = {0};
    // The kernel puts breakpoints into every private mapping, ours too.
    withMapping(page, address -> found[0] = byteOf(memory, address + offset - page));
    return found[0];
  }

  private static int byteOf(FileChannel file, long offset) throws IOException {
    ByteBuffer one = ByteBuffer.allocate(1);
    return file.read(one, offset) == 1 ? one.get(0) : NO_BYTE;
  }

  /** Does something with the address of a mapping. */
  @FunctionalInterface
  public interface MappingUser {
    void use(long address) throws IOException;
  }

  /** Maps the beginning of the file, as a process maps its code, during the call. */
  public void withMapping(MappingUser user) throws IOException {
    withMapping(0, user);
  }

  private void withMapping(long offset, MappingUser user) throws IOException {
    try {
      Pointer mapping =
          LibC.mmap(Pointer.NULL, PAGE_BYTES, LibC.PROT_READ, LibC.MAP_PRIVATE, fd, offset);
      try {
        user.use(Pointer.nativeValue(mapping));
      } finally {
        LibC.munmap(mapping, PAGE_BYTES);
      }
    } catch (LastErrorException e) {
      throw new IOException("mapping an executable: " + LibC.strerror(e.getErrorCode()), e);
    }
  }

  /**
   * Keeps the pages with these instructions in memory until it is closed. The kernel reads an
   * instruction that gets its first breakpoint, and may hold up every fork of the machine while it
   * does (dup_mmap_sem of kernel/events/uprobes.c): no server is to be asked for it then.
   *
   * @throws IOException if it cannot be read
   */
  public void keepInMemory(long[] offsets) throws IOException {
    int content = open(path(), path(), LibC.O_RDONLY | LibC.O_CLOEXEC | LibC.O_NONBLOCK);
    try {
      long[] pages =
          Arrays.stream(offsets)
              .flatMap(offset -> LongStream.of(offset, offset + INSTRUCTION_BYTES - 1))
              .map(offset -> offset & -PAGE_BYTES)
              .distinct()
              .toArray();
      for (long page : pages) {
        kept.add(keep(content, page));
      }
    } catch (LastErrorException e) {
      throw new IOException("keeping an executable: " + LibC.strerror(e.getErrorCode()), e);
    } finally {
      LibC.close(content);
    }
  }

  /** Shared, so that it gets no breakpoints, and with them a copy of the page. */
  private static Pointer keep(int content, long page) {
    int shared = LibC.MAP_SHARED | LibC.MAP_POPULATE;
    try {
      return LibC.mmap(
          Pointer.NULL, PAGE_BYTES, LibC.PROT_READ, shared | LibC.MAP_LOCKED, content, page);
    } catch (LastErrorException e) {
      // So much may not be locked; what is mapped stays rather than what is not.
      return LibC.mmap(Pointer.NULL, PAGE_BYTES, LibC.PROT_READ, shared, content, page);
    }
  }

  /** Gives the lease back, if it has one: whoever waits to write does so now. Idempotent. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      leased = false;
      kept.forEach(page -> LibC.munmap(page, PAGE_BYTES));
      kept.clear();
      LibC.close(fd);
    }
  }
}
