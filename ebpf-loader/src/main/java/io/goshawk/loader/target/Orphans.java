package io.goshawk.loader.target;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * The processes whose parent has ended, where we are process 1 of a pid namespace, as a container's
 * only command is: they become our children, and are zombies until somebody waits for them
 * (pid_namespaces(7)).
 */
public final class Orphans {

  private static final int INIT = 1;

  // include/uapi/linux/wait.h, and siginfo_t where pointers have 64 bits.
  private static final int P_ALL = 0;
  private static final int WEXITED = 4;
  private static final int WNOWAIT = 0x01000000;
  private static final int SIGINFO_BYTES = 128;
  private static final int SIGINFO_PID = 16;

  private static final int EINTR = 4;

  static {
    Native.register(Orphans.class, NativeLibrary.getProcess());
  }

  private Orphans() {}

  /** Whether they come to us. */
  public static boolean areOurs() {
    return ProcessHandle.current().pid() == INIT;
  }

  /**
   * Waits for them on a thread of its own, until a child that we have started ends; that one is the
   * JVM's to wait for, the only one whose status anybody asks for.
   */
  public static void reapUntilEndOf(int child) {
    Thread thread = new Thread(() -> reap(child), "orphans");
    thread.setDaemon(true);
    thread.start();
  }

  private static void reap(int child) {
    try (Memory info = new Memory(SIGINFO_BYTES)) {
      while (true) {
        try {
          // Only looks, since it may be the JVM's.
          waitid(P_ALL, 0, info, WEXITED | WNOWAIT);
          int ended = info.getInt(SIGINFO_PID);
          if (ended == child) {
            return;
          }
          waitpid(ended, null, 0);
        } catch (LastErrorException e) {
          if (e.getErrorCode() != EINTR) {
            return; // there are no children any more
          }
        }
      }
    }
  }

  private static native int waitid(int type, int id, Pointer info, int options)
      throws LastErrorException;

  private static native int waitpid(int pid, @Nullable Pointer status, int options)
      throws LastErrorException;
}
