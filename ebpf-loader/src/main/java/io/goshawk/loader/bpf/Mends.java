// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import io.goshawk.loader.rights.Rights;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a user can do about an error of bpf(2). */
final class Mends {
  private static final Path KERNEL_BTF = Path.of("/sys/kernel/btf/vmlinux");

  private Mends() {}

  static String forErrno(int errno) {
    return switch (errno) {
      case Errno.EPERM -> Rights.own().mendOfSystemCall();
      case Errno.ENOMEM -> "give the maps fewer entries, or raise the memory limit of the cgroup";
      case 23, 24 -> "raise the limit of open files (ulimit -n)";
      default -> "";
    };
  }

  /** For a program or an object that was not loaded. */
  static String forLoad(int errno) {
    if (!Files.exists(KERNEL_BTF)) {
      return KERNEL_BTF
          + " is missing: use a kernel built with CONFIG_DEBUG_INFO_BTF=y (Debian 11, Ubuntu 20.10,"
          + " RHEL 8.2 and newer have it), and mount sysfs";
    }
    return switch (errno) {
      case Errno.EINVAL, Errno.EACCES, Errno.ESRCH, Errno.ENOENT ->
          "this kernel lacks something the program uses, or its verifier is stricter; a newer"
              + " kernel may take it, and a report should include the lines above";
      case Errno.E2BIG, Errno.ENOSPC -> "the verifier of this kernel gave up; use a newer kernel";
      default -> forErrno(errno);
    };
  }
}
