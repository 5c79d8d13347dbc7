// SPDX-License-Identifier: Apache-2.0
package io.goshawk.abi;

import java.io.InputStream;

/** The compiled eBPF programs, ELF objects that libbpf loads. */
public final class ProgramObject {
  private ProgramObject() {}

  /** The object of all that traces, which has some two megabytes. */
  public static InputStream open() {
    return open("goshawk.bpf.o");
  }

  /** That of the program {@code empty}, which does nothing. */
  public static InputStream openEmpty() {
    return open("empty.bpf.o");
  }

  private static InputStream open(String resource) {
    InputStream in = ProgramObject.class.getResourceAsStream(resource);
    if (in == null) {
      throw new IllegalStateException(
          "io/goshawk/abi/" + resource + " is not on the class path; the build of native makes it");
    }
    return in;
  }
}
