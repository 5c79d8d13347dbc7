// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.file;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/** What this package calls in the C library. Values are Linux's, the same on amd64 and arm64. */
final class LibC {
  static final int O_RDONLY = 0;
  static final int O_NONBLOCK = 0x800;
  static final int O_CLOEXEC = 0x80000;
  static final int O_PATH = 0x200000;

  // include/uapi/linux/fcntl.h and include/uapi/asm-generic/fcntl.h
  static final int F_SETSIG = 10;
  static final int F_SETLEASE = 1024;
  static final int F_GETLEASE = 1025;
  static final int F_RDLCK = 0;
  static final int F_UNLCK = 2;

  static final int PROT_READ = 1;
  static final int MAP_SHARED = 1;
  static final int MAP_PRIVATE = 2;
  static final int MAP_LOCKED = 0x2000;
  static final int MAP_POPULATE = 0x8000;

  static final int SIGURG = 23;

  static final int EAGAIN = 11;
  static final int EACCES = 13;

  static {
    Native.register(LibC.class, NativeLibrary.getProcess());
  }

  private LibC() {}

  static native int open(byte[] path, int flags) throws LastErrorException;

  static native int fcntl(int fd, int command, int argument) throws LastErrorException;

  static native Pointer mmap(
      Pointer address, long bytes, int protection, int flags, int fd, long offset)
      throws LastErrorException;

  static native int munmap(Pointer address, long bytes) throws LastErrorException;

  static native int fstatfs(int fd, Pointer status) throws LastErrorException;

  static native int close(int fd) throws LastErrorException;

  /** What the C library says of an errno. */
  static native String strerror(int errno);
}
