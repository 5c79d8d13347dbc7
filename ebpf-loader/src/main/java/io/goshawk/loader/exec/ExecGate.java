// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.exec;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import io.goshawk.loader.rights.Right;
import io.goshawk.loader.rights.Rights;
import io.goshawk.loader.stat.Mount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Has the programs that a command starts wait, each before its first instruction, until something
 * was done about them.
 *
 * <p>The kernel asks fanotify(7) before it opens a file for execution ({@code FAN_OPEN_EXEC_PERM},
 * Linux 5.0). It is asked about mounts, and the command has a mount namespace for itself, with a
 * copy of each: so nothing else on the machine ever waits. What is mounted in one copy appears in
 * the other if the mount above it is shared (mount_namespaces(7)), as systemd makes it and a
 * container does not. Of mounts made later, and in namespaces that the command makes itself, the
 * gate knows nothing: programs there do not wait. When the gate closes, or its process dies, the
 * kernel lets everything go on.
 *
 * <p>It takes CAP_SYS_ADMIN. Used by one thread; the watcher is called on another.
 */
public final class ExecGate {
  private static final Logger LOG = Logger.getLogger(ExecGate.class.getName());

  private static final int POLL_MILLIS = 100;
  private static final long CLOSE_SECONDS = 5;

  // struct fanotify_event_metadata and fanotify_response of include/uapi/linux/fanotify.h.
  private static final int EVENT_BYTES = 24;
  private static final int EVENT_LENGTH = 0;
  private static final int EVENT_FD = 16;
  private static final int RESPONSE_BYTES = 8;
  private static final int RESPONSE_ANSWER = 4;
  private static final int READ_BYTES = 64 * EVENT_BYTES;

  private final int fd;
  private final Watcher watcher;
  private final Thread thread;
  private volatile boolean closing;

  /** What is done before a file is executed. */
  @FunctionalInterface
  public interface Watcher {

    /**
     * A process waits to execute a file: a program, its dynamic loader, or a script and then its
     * interpreter.
     *
     * @param file leads to the file, during this call, however it is called
     * @throws IOException is logged, and the file executed
     */
    void executing(Path file) throws IOException;
  }

  private ExecGate(int fd, Watcher watcher) {
    this.fd = fd;
    this.watcher = watcher;
    this.thread = new Thread(this::run, "exec-gate");
    thread.setDaemon(true);
  }

  /**
   * Opens a gate that nothing comes by yet.
   *
   * @throws IOException if the kernel or our rights do not allow it
   */
  public static ExecGate open(Watcher watcher) throws IOException {
    try {
      ExecGate gate = new ExecGate(init(), watcher);
      gate.thread.start();
      return gate;
    } catch (LastErrorException e) {
      throw new IOException(
          "fanotify_init(2): " + e.getMessage() + "; " + Rights.own().mend(Right.SYS_ADMIN), e);
    }
  }

  /** Whether a gate can be had here; found out by trying. */
  public static boolean isPossible() {
    try {
      int fd = init();
      try {
        // Of a folder, which nobody executes.
        guard(fd, 0, "/");
        return true;
      } finally {
        LibC.close(fd);
      }
    } catch (LastErrorException e) {
      return false;
    }
  }

  /**
   * Starts a command; it, and all that it starts, comes by the gate.
   *
   * @throws IOException if it cannot be executed
   */
  public Process start(ProcessBuilder command) throws IOException, InterruptedException {
    // A mount namespace can belong to a thread, which hands it on to the processes it starts.
    FutureTask<Process> start =
        new FutureTask<>(
            () -> {
              guardMountsOfThread();
              return command.start();
            });
    Thread starter = new Thread(start, "exec-gate-start");
    starter.start();
    try {
      return start.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Gives this thread mounts of its own, and has the kernel ask about them. */
  private void guardMountsOfThread() throws IOException {
    try {
      LibC.unshare(LibC.CLONE_NEWNS);
      guard(fd, LibC.FAN_MARK_MOUNT, "/");
    } catch (LastErrorException e) {
      LOG.info(() -> "no program waits for its probes: " + e.getMessage());
      return;
    }
    List<Mount> mounts = Mount.all(Path.of("/proc/thread-self/mountinfo"));
    for (Mount mount : mounts) {
      // Asking for its root may wait for a server that does not answer.
      if (!mount.isRemoteAmong(mounts)) {
        try {
          guard(fd, LibC.FAN_MARK_MOUNT, mount.path());
        } catch (LastErrorException e) {
          // Such as /proc, from which nothing is executed.
          LOG.fine(() -> "no program in " + mount + " waits for its probes: " + e.getMessage());
        }
      }
    }
  }

  private static int init() {
    return LibC.fanotify_init(
        LibC.FAN_CLASS_CONTENT | LibC.FAN_CLOEXEC, LibC.O_CLOEXEC | LibC.O_LARGEFILE);
  }

  /**
   * Has the kernel ask about the programs of a mount, or, without that flag, about one file.
   *
   * @param path each character is a byte of it
   */
  private static void guard(int fd, int flag, String path) {
    byte[] name = (path + '\0').getBytes(StandardCharsets.ISO_8859_1);
    LibC.fanotify_mark(fd, LibC.FAN_MARK_ADD | flag, LibC.FAN_OPEN_EXEC_PERM, LibC.AT_FDCWD, name);
  }

  private void run() {
    try (Memory descriptor = new Memory(8);
        Memory events = new Memory(READ_BYTES);
        Memory response = new Memory(RESPONSE_BYTES)) {
      descriptor.setInt(0, fd);
      descriptor.setShort(4, LibC.POLLIN);
      while (!closing) {
        try {
          descriptor.setShort(6, (short) 0);
          if (LibC.poll(descriptor, 1, POLL_MILLIS) > 0) {
            answer(events, (int) LibC.read(fd, events, READ_BYTES), response);
          }
        } catch (LastErrorException e) {
          if (e.getErrorCode() != LibC.EINTR) {
            LOG.log(Level.WARNING, "no program waits for its probes any more", e);
            break;
          }
        }
      }
    } finally {
      LibC.close(fd);
    }
  }

  private void answer(Memory events, int bytes, Memory response) {
    for (int at = 0; at + EVENT_BYTES <= bytes; at += events.getInt(at + EVENT_LENGTH)) {
      int file = events.getInt(at + EVENT_FD);
      if (file < 0) { // events were lost, which the kernel has let go on
        continue;
      }
      try {
        watcher.executing(Path.of("/proc/self/fd", Integer.toString(file)));
      } catch (IOException | RuntimeException e) {
        LOG.log(Level.FINE, "a program starts without probes", e);
      } finally {
        response.setInt(0, file);
        response.setInt(RESPONSE_ANSWER, LibC.FAN_ALLOW);
        LibC.write(fd, response, RESPONSE_BYTES);
        LibC.close(file);
      }
    }
  }

  /** Lets everything go on, now and from now on; the command keeps its mounts. */
  public void close() throws InterruptedException {
    closing = true;
    thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
  }
}
