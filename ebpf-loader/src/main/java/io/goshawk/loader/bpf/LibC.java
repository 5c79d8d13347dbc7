// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/** What this package calls in the C library, which the JVM has loaded already. */
final class LibC {
  static {
    Native.register(LibC.class, NativeLibrary.getProcess());
  }

  private LibC() {}

  /**
   * The number of a system call.
   *
   * @throws UnsupportedOperationException on other architectures, for which Goshawk does not exist
   */
  static long number(String call, long amd64, long arm64) {
    String architecture = System.getProperty("os.arch");
    return switch (architecture) {
      case "amd64" -> amd64;
      case "aarch64" -> arm64;
      default ->
          throw new UnsupportedOperationException(
              "the number of " + call + "(2) is not known for " + architecture);
    };
  }

  // syscall(2), with the kinds of arguments that are needed here.

  static native long syscall(long number, int first, @Nullable Pointer second, int third)
      throws LastErrorException;

  static native long syscall(long number, int first, int second, int third)
      throws LastErrorException;

  static native long syscall(long number, Pointer first, int second) throws LastErrorException;

  static native long syscall(
      long number,
      int first,
      int second,
      @Nullable Pointer third,
      @Nullable Pointer fourth,
      int fifth)
      throws LastErrorException;

  static native int close(int fd) throws LastErrorException;

  /** Renders a printf message. It uses the argument list up, so it can be called once per list. */
  static native int vsnprintf(Pointer buffer, long size, Pointer format, Pointer arguments);
}
