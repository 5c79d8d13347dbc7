// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.Memory;

/** {@code struct bpf_uprobe_opts} of libbpf's libbpf.h. */
final class UprobeOptions {
  static final int SIZE = 40;
  static final int BPF_COOKIE = 16;

  private UprobeOptions() {}

  static Memory allocate(long cookie) {
    Memory options = new Memory(SIZE);
    options.clear();
    options.setLong(0, SIZE);
    options.setLong(BPF_COOKIE, cookie);
    return options;
  }
}
