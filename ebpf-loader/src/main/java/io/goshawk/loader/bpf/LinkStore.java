// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Holds links in a BPF file system of our own, so that it is the kernel that ends them.
 *
 * <p>Who closes the last descriptor of a link takes its breakpoints out; and one that is being
 * killed at that moment gives up half-way ("failed to unregister, leaking uprobe",
 * kernel/events/uprobes.c), which leaves breakpoints in the target. The last reference of a file in
 * a BPF file system is dropped by a worker thread of the kernel instead (bpf_link_put,
 * kernel/bpf/syscall.c), which nobody kills. The file system is mounted nowhere: it lives as long
 * as our one descriptor of it, and ends with us however we die. To make it takes CAP_SYS_ADMIN.
 */
final class LinkStore {
  private static final Logger LOG = Logger.getLogger(LinkStore.class.getName());

  // The new calls for mounting have the same numbers on all architectures
  // (include/uapi/asm-generic/unistd.h); their arguments are those of include/uapi/linux/mount.h.
  static final long FSOPEN = 430;
  static final long FSCONFIG = 431;
  static final long FSMOUNT = 432;
  static final int FSOPEN_CLOEXEC = 1;
  static final int FSCONFIG_CMD_CREATE = 6;
  static final int FSMOUNT_CLOEXEC = 1;

  /** That of this process; null if it may have none. */
  private static final class OfProcess {
    static final @Nullable LinkStore STORE = open();
  }

  private final Path root;
  private final AtomicLong lastFile = new AtomicLong();

  private LinkStore(int mount) {
    root = Path.of("/proc/self/fd", Integer.toString(mount));
  }

  private static @Nullable LinkStore open() {
    try (Memory type = BpfSystemCall.text("bpf")) {
      int context = (int) LibC.syscall(FSOPEN, type, FSOPEN_CLOEXEC);
      try {
        LibC.syscall(FSCONFIG, context, FSCONFIG_CMD_CREATE, null, null, 0);
        return new LinkStore((int) LibC.syscall(FSMOUNT, context, FSMOUNT_CLOEXEC, 0));
      } finally {
        LibC.close(context);
      }
    } catch (LastErrorException e) {
      LOG.log(Level.FINE, "no BPF file system: a kill while we detach may leave breakpoints", e);
      return null;
    }
  }

  /**
   * Takes a link over.
   *
   * @param fd of the link; not to be used any more
   * @return the link: held by the store, or, where there is none, by its descriptor
   */
  static BpfLink keep(int fd) {
    LinkStore store = OfProcess.STORE;
    Path file = store == null ? null : store.pin(fd);
    if (file == null) {
      return BpfLink.of(() -> LibC.close(fd));
    }
    LibC.close(fd);
    return BpfLink.of(() -> remove(file));
  }

  private @Nullable Path pin(int fd) {
    Path file = root.resolve("link-" + lastFile.incrementAndGet());
    try (Memory attributes = BpfSystemCall.attributes(BpfSystemCall.ObjectPin.SIZE);
        Memory path = BpfSystemCall.text(file.toString())) {
      attributes.setPointer(BpfSystemCall.ObjectPin.PATH, path);
      attributes.setInt(BpfSystemCall.ObjectPin.FD, fd);
      int error = BpfSystemCall.call(BpfSystemCall.OBJECT_PIN, attributes);
      if (error < 0) {
        LOG.fine(() -> "a link cannot be pinned: " + Errno.name(-error));
        return null;
      }
      return file;
    }
  }

  private static void remove(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
