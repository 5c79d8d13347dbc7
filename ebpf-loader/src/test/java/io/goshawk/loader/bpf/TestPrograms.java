// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The eBPF objects that the build compiles from {@code src/test/c}. */
public final class TestPrograms {
  private TestPrograms() {}

  /** The object made from {@code NAME.bpf.c}. */
  public static byte[] bytes(String name) {
    try (InputStream in = TestPrograms.class.getResourceAsStream("/" + name + ".bpf.o")) {
      if (in == null) {
        throw new IllegalArgumentException("the build made no " + name + ".bpf.o");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** That object, loaded as it is. */
  public static BpfObject load(String name) {
    return BpfObject.open(bytes(name), ObjectOptions.DEFAULT).load();
  }
}
