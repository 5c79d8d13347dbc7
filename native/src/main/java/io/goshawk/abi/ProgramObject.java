// SPDX-License-Identifier: Apache-2.0
package io.goshawk.abi;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The compiled eBPF programs, an ELF object that libbpf loads. */
public final class ProgramObject {
  private static final String RESOURCE = "goshawk.bpf.o";

  private ProgramObject() {}

  /** The object's bytes. */
  public static byte[] bytes() {
    try (InputStream in = ProgramObject.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(
            "io/goshawk/abi/"
                + RESOURCE
                + " is not on the class path; the build of native makes it");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + RESOURCE, e);
    }
  }
}
