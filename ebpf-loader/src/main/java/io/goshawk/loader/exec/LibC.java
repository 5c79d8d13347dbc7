// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.exec;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/** What this package calls in the C library. Values are Linux's, the same on amd64 and arm64. */
final class LibC {
  static final int CLONE_NEWNS = 0x20000;

  // include/uapi/linux/fanotify.h
  static final int FAN_CLOEXEC = 1;
  static final int FAN_CLASS_CONTENT = 4;
  static final int FAN_MARK_ADD = 1;
  static final int FAN_MARK_MOUNT = 0x10;
  static final long FAN_OPEN_EXEC_PERM = 0x40000;
  static final int FAN_ALLOW = 1;

  static final int AT_FDCWD = -100;
  static final int O_CLOEXEC = 0x80000;
  static final int O_LARGEFILE = 0x8000;
  static final short POLLIN = 1;
  static final int EINTR = 4;

  static {
    Native.register(LibC.class, NativeLibrary.getProcess());
  }

  private LibC() {}

  static native int unshare(int flags) throws LastErrorException;

  static native int fanotify_init(int flags, int eventFileFlags) throws LastErrorException;

  static native int fanotify_mark(int fd, int flags, long mask, int folder, byte[] path)
      throws LastErrorException;

  static native int poll(Pointer descriptors, long count, int timeoutMillis)
      throws LastErrorException;

  static native long read(int fd, Pointer buffer, long bytes) throws LastErrorException;

  static native long write(int fd, Pointer buffer, long bytes) throws LastErrorException;

  static native int close(int fd) throws LastErrorException;
}
