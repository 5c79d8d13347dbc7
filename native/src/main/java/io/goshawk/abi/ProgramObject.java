// SPDX-License-Identifier: Apache-2.0
package io.goshawk.abi;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The compiled eBPF programs, ELF objects that libbpf loads. */
public final class ProgramObject {
  private ProgramObject() {}

  /** The object of all that traces. */
  public static byte[] bytes() {
    return read("goshawk.bpf.o");
  }

  /** That of the program {@code empty}, which does nothing. */
  public static byte[] emptyBytes() {
    return read("empty.bpf.o");
  }

  private static byte[] read(String resource) {
    try (InputStream in = ProgramObject.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(
            "io/goshawk/abi/"
                + resource
                + " is not on the class path; the build of native makes it");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + resource, e);
    }
  }
}
