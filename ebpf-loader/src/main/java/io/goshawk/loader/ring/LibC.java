// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.ring;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/** What this package calls in the C library. Values are Linux's, the same on amd64 and arm64. */
final class LibC {
  static final int PROT_READ = 1;
  static final int PROT_WRITE = 2;
  static final int MAP_SHARED = 1;
  static final int SC_PAGESIZE = 30;
  static final short POLLIN = 1;
  static final int EINTR = 4;

  static {
    Native.register(LibC.class, NativeLibrary.getProcess());
  }

  private LibC() {}

  static native Pointer mmap(
      @Nullable Pointer address, long length, int protection, int flags, int fd, long offset)
      throws LastErrorException;

  static native int munmap(Pointer address, long length) throws LastErrorException;

  static native int poll(Pointer descriptors, long count, int timeoutMillis)
      throws LastErrorException;

  static native long sysconf(int name);
}
