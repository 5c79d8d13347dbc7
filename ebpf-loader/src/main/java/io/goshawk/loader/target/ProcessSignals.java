package io.goshawk.loader.target;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * Sends signals, which Java can only do for two of them. Only to a command that Goshawk itself has
 * started on a user's behalf: a process that is merely traced is never signalled.
 */
public final class ProcessSignals {

  static {
    Native.register(ProcessSignals.class, NativeLibrary.getProcess());
  }

  private ProcessSignals() {}

  /**
   * Sends one.
   *
   * @param number of the signal, as Linux counts them
   * @return whether it was sent; it is not if the process is gone
   */
  public static boolean send(int pid, int number) {
    try {
      kill(pid, number);
      return true;
    } catch (LastErrorException e) {
      return false;
    }
  }

  /** {@code kill(2)}. */
  private static native int kill(int pid, int signal) throws LastErrorException;
}
