// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;

/** {@code struct bpf_test_run_opts} of libbpf's bpf.h. */
final class TestRunOptions {
  static final int SIZE = 80;
  static final int CTX_IN = 32;
  static final int CTX_SIZE_IN = 48;
  static final int RETVAL = 56;

  private TestRunOptions() {}

  static Memory allocate() {
    Memory options = new Memory(SIZE);
    options.clear();
    options.setLong(0, SIZE);
    return options;
  }

  static void context(Memory options, Pointer context, int size) {
    options.setPointer(CTX_IN, context);
    options.setInt(CTX_SIZE_IN, size);
  }

  static int returned(Memory options) {
    return options.getInt(RETVAL);
  }
}
