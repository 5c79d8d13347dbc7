package io.goshawk.loader.bpf;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/** What this package calls in the C library, which the JVM has loaded already. */
final class LibC {
  static {
    Native.register(LibC.class, NativeLibrary.getProcess());
  }

  private LibC() {}

  /** {@code syscall(2)} with the three arguments that {@code bpf(2)} takes. */
  static native long syscall(long number, int command, Pointer attributes, int size)
      throws LastErrorException;

  static native int close(int fd) throws LastErrorException;

  /** Renders a printf message. It uses the argument list up, so it can be called once per list. */
  static native int vsnprintf(Pointer buffer, long size, Pointer format, Pointer arguments);
}
