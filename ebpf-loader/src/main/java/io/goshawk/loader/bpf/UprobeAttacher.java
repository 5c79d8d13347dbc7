// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Attaches programs to instructions of an executable, in every process that runs it, now or later.
 *
 * <p>A program that was loaded for it is attached to all sites by one {@code uprobe_multi} link
 * (Linux 6.6), which detaches at once; any other by one perf event a site. Both hand the cookie to
 * the program ({@code bpf_get_attach_cookie}, for perf events since Linux 5.15). The process filter
 * of uprobe_multi is not used: before Linux 6.10 it compares threads.
 */
public final class UprobeAttacher {
  private static final int ALL_PROCESSES = -1;

  private UprobeAttacher() {}

  /**
   * Attaches to all offsets or to none.
   *
   * @param path the executable or library; {@code /proc/PID/exe} reaches one that was replaced
   * @param fileOffsets of instructions, in bytes from the start of the file
   * @param cookie what the program is told about the site that was hit
   * @throws BpfException if the file cannot be opened or the kernel refuses a site
   */
  public static BpfLink attach(BpfProgram program, Path path, long[] fileOffsets, long cookie) {
    if (fileOffsets.length == 0) {
      throw new IllegalArgumentException("no offsets to attach " + program + " to in " + path);
    }
    for (long offset : fileOffsets) {
      // Perf events would take it, and never fire.
      if (offset < 0) {
        throw new IllegalArgumentException(
            "offset %d to attach %s to in %s".formatted(offset, program, path));
      }
    }
    return program.multi()
        ? attachMulti(program, path, fileOffsets, cookie)
        : attachSingly(program, path, fileOffsets, cookie);
  }

  private static BpfLink attachMulti(
      BpfProgram program, Path path, long[] fileOffsets, long cookie) {
    int fd = createMultiLink(program.fd(), path.toString(), fileOffsets, cookie);
    if (fd < 0) {
      throw failure(program, path, fileOffsets.length, -fd);
    }
    return LinkStore.keep(fd);
  }

  /** A link's file descriptor, or the negative errno. */
  static int createMultiLink(int programFd, String path, long[] fileOffsets, long cookie) {
    long arrayBytes = Math.multiplyExact(8L, fileOffsets.length);
    try (Memory attributes = BpfSystemCall.attributes(BpfSystemCall.LinkCreate.SIZE);
        Memory pathMemory = BpfSystemCall.text(path);
        Memory offsets = new Memory(arrayBytes);
        Memory cookies = new Memory(arrayBytes)) {
      offsets.write(0, fileOffsets, 0, fileOffsets.length);
      for (int i = 0; i < fileOffsets.length; i++) {
        cookies.setLong(8L * i, cookie);
      }
      attributes.setInt(BpfSystemCall.LinkCreate.PROG_FD, programFd);
      attributes.setInt(
          BpfSystemCall.LinkCreate.ATTACH_TYPE, BpfSystemCall.ATTACH_TYPE_UPROBE_MULTI);
      attributes.setPointer(BpfSystemCall.LinkCreate.PATH, pathMemory);
      attributes.setPointer(BpfSystemCall.LinkCreate.OFFSETS, offsets);
      attributes.setPointer(BpfSystemCall.LinkCreate.COOKIES, cookies);
      attributes.setInt(BpfSystemCall.LinkCreate.COUNT, fileOffsets.length);
      return BpfSystemCall.call(BpfSystemCall.LINK_CREATE, attributes);
    }
  }

  private static BpfLink attachSingly(
      BpfProgram program, Path path, long[] fileOffsets, long cookie) {
    List<BpfLink> links = new ArrayList<>(fileOffsets.length);
    try (Memory options = UprobeOptions.allocate(cookie)) {
      for (long offset : fileOffsets) {
        Pointer link =
            LibBpf.bpf_program__attach_uprobe_opts(
                program.handle(), ALL_PROCESSES, path.toString(), offset, options);
        if (link == null) {
          int errno = Native.getLastError();
          BpfLink.closeAll(links);
          throw failure(program, path, fileOffsets.length, errno);
        }
        links.add(BpfLink.ofHandle(link));
      }
    }
    return BpfLink.ofAll(links);
  }

  private static BpfException failure(BpfProgram program, Path path, int sites, int errno) {
    String mend =
        switch (errno) {
          case Errno.ENOENT -> "the file is gone; attach through /proc/PID/exe while it runs";
          case Errno.EINVAL ->
              "the offsets must be of instructions in an executable segment of a regular file";
          case Errno.EOPNOTSUPP, Errno.ENOTSUPP ->
              "this kernel has no uprobes with cookies; use Linux 5.15 or newer with"
                  + " CONFIG_UPROBE_EVENTS";
          default -> Mends.forErrno(errno);
        };
    return new BpfException(
        "attaching %s to %d site%s in %s".formatted(program, sites, sites == 1 ? "" : "s", path),
        errno,
        "",
        mend);
  }
}
