// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.kernel;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/** What this package calls in the C library. Values are Linux's, the same on amd64 and arm64. */
final class LibC {
  static final int CLOCK_REALTIME = 0;
  static final int CLOCK_MONOTONIC = 1;
  static final int CLOCK_THREAD_CPUTIME_ID = 3;
  static final int CLOCK_BOOTTIME = 7;

  static {
    Native.register(LibC.class, NativeLibrary.getProcess());
  }

  private LibC() {}

  static native int clock_gettime(int clock, Pointer timespec);
}
