// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.stat;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/** What this package calls in the C library. Values are Linux's, the same on amd64 and arm64. */
final class LibC {
  static final int AT_FDCWD = -100;
  static final int AT_STATX_DONT_SYNC = 0x4000;

  static final int STATX_BASIC_STATS = 0x7ff;
  static final int STATX_MNT_ID = 0x1000;

  static final int ENOENT = 2;
  static final int EACCES = 13;

  static {
    Native.register(LibC.class, NativeLibrary.getProcess());
  }

  private LibC() {}

  static native int statx(int folder, byte[] path, int flags, int mask, Pointer status)
      throws LastErrorException;

  /** What the C library says of an errno. */
  static native String strerror(int errno);
}
