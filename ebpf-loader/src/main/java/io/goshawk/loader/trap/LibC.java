// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.trap;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/** What this package calls in the C library. Values are Linux's, the same on amd64 and arm64. */
final class LibC {
  static final int MFD_CLOEXEC = 1;

  static final int PROT_READ = 1;
  static final int PROT_EXEC = 4;
  static final int MAP_PRIVATE = 2;

  static {
    Native.register(LibC.class, NativeLibrary.getProcess());
  }

  private LibC() {}

  static native int memfd_create(String name, int flags) throws LastErrorException;

  static native long write(int fd, byte[] bytes, long count) throws LastErrorException;

  static native Pointer mmap(
      Pointer address, long bytes, int protection, int flags, int fd, long offset)
      throws LastErrorException;

  static native int munmap(Pointer address, long bytes) throws LastErrorException;

  static native int close(int fd) throws LastErrorException;

  /** What the C library says of an errno. */
  static native String strerror(int errno);
}
