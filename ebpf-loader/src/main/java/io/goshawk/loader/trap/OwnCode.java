// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.trap;

import com.sun.jna.Function;
import com.sun.jna.LastErrorException;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Functions that this process can call and nobody else has: a probe in a file is hit by whoever
 * maps it, and this file is in memory, has no name that leads to it, and goes when it is closed.
 */
final class OwnCode implements AutoCloseable {
  static final String NAME = "goshawk-traps";

  private static final int PAGE_BYTES = 4096;

  private final int fd;
  private final Pointer mapping;

  private OwnCode(int fd, Pointer mapping) {
    this.fd = fd;
    this.mapping = mapping;
  }

  /**
   * Puts code into a file and maps it as code of a program is.
   *
   * @param instructions a page at most
   * @throws IOException if such a file may not be executed
   */
  static OwnCode of(byte[] instructions) throws IOException {
    try {
      int fd = LibC.memfd_create(NAME, LibC.MFD_CLOEXEC);
      try {
        LibC.write(fd, instructions, instructions.length);
        int executable = LibC.PROT_READ | LibC.PROT_EXEC;
        return new OwnCode(
            fd, LibC.mmap(Pointer.NULL, PAGE_BYTES, executable, LibC.MAP_PRIVATE, fd, 0));
      } catch (LastErrorException e) {
        LibC.close(fd);
        throw e;
      }
    } catch (LastErrorException e) {
      throw new IOException("code in memory: " + LibC.strerror(e.getErrorCode()), e);
    }
  }

  /** Leads to the file, for this process, until it is closed. */
  Path path() {
    return Path.of("/proc/self/fd", Integer.toString(fd));
  }

  /** Calls the function at an offset with a number. */
  void call(int offset, int argument) {
    Function.getFunction(mapping.share(offset)).invokeVoid(new Object[] {argument});
  }

  @Override
  public void close() {
    LibC.munmap(mapping, PAGE_BYTES);
    LibC.close(fd);
  }
}
