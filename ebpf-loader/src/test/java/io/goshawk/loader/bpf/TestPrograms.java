// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import java.io.InputStream;

/** The eBPF objects that the build compiles from {@code src/test/c}. */
public final class TestPrograms {
  private TestPrograms() {}

  /** The object made from {@code NAME.bpf.c}. */
  public static InputStream open(String name) {
    InputStream in = TestPrograms.class.getResourceAsStream("/" + name + ".bpf.o");
    if (in == null) {
      throw new IllegalArgumentException("the build made no " + name + ".bpf.o");
    }
    return in;
  }

  /** That object, loaded as it is. */
  public static BpfObject load(String name) {
    return BpfObject.open(() -> open(name), ObjectOptions.DEFAULT).load();
  }
}
