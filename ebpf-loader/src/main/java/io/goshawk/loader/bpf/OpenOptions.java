// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;

/** {@code struct bpf_object_open_opts} of libbpf's libbpf.h. */
final class OpenOptions {
  static final int SIZE = 80;
  static final int OBJECT_NAME = 8;

  private OpenOptions() {}

  static Memory allocate() {
    Memory options = new Memory(SIZE);
    options.clear();
    options.setLong(0, SIZE);
    return options;
  }

  static void objectName(Memory options, Pointer name) {
    options.setPointer(OBJECT_NAME, name);
  }
}
