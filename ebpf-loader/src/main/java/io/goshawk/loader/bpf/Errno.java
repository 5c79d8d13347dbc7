// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

/** Names of Linux error numbers, from include/uapi/asm-generic/errno-base.h and errno.h. */
final class Errno {
  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int ESRCH = 3;
  static final int EINTR = 4;
  static final int E2BIG = 7;
  static final int EBADF = 9;
  static final int ENOMEM = 12;
  static final int EACCES = 13;
  static final int EINVAL = 22;
  static final int ENOSPC = 28;
  static final int EOPNOTSUPP = 95;

  /** Inside the kernel only, yet bpf(2) lets it out. */
  static final int ENOTSUPP = 524;

  private Errno() {}

  /** For example {@code EINVAL (22)}. */
  static String name(int errno) {
    String name =
        switch (errno) {
          case EPERM -> "EPERM";
          case ENOENT -> "ENOENT";
          case ESRCH -> "ESRCH";
          case EINTR -> "EINTR";
          case E2BIG -> "E2BIG";
          case EBADF -> "EBADF";
          case 11 -> "EAGAIN";
          case ENOMEM -> "ENOMEM";
          case EACCES -> "EACCES";
          case 14 -> "EFAULT";
          case 16 -> "EBUSY";
          case 17 -> "EEXIST";
          case 19 -> "ENODEV";
          case EINVAL -> "EINVAL";
          case 23 -> "ENFILE";
          case 24 -> "EMFILE";
          case ENOSPC -> "ENOSPC";
          case 38 -> "ENOSYS";
          case EOPNOTSUPP -> "EOPNOTSUPP";
          case 110 -> "ETIMEDOUT";
          case ENOTSUPP -> "ENOTSUPP";
          default -> "errno";
        };
    return name + " (" + errno + ")";
  }
}
