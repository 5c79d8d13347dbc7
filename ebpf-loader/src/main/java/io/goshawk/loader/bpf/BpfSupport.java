// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.Memory;

/** What libbpf and the kernel offer, found out by trying. */
public final class BpfSupport {
  /** {@code BPF_MAP_TYPE_RINGBUF} of include/uapi/linux/bpf.h. */
  static final int MAP_TYPE_RINGBUF = 27;

  /** {@code BPF_MAP_TYPE_TASK_STORAGE}. */
  static final int MAP_TYPE_TASK_STORAGE = 29;

  /** Two instructions, as struct bpf_insn: {@code r0 = 0} and {@code exit}. */
  private static final byte[] RETURN_ZERO = {
    (byte) 0xb7, 0, 0, 0, 0, 0, 0, 0, (byte) 0x95, 0, 0, 0, 0, 0, 0, 0
  };

  private static final int INSTRUCTION_BYTES = 8;

  private BpfSupport() {}

  /**
   * The version of libbpf.
   *
   * @throws BpfException if it is missing or older than 1.0
   */
  public static String libbpfVersion() {
    return LibBpf.version();
  }

  /** Whether ring buffers can be made (Linux 5.8). */
  public static boolean ringBuffers() {
    return mapType(MAP_TYPE_RINGBUF);
  }

  /** Whether threads can have storage of their own (Linux 5.11). */
  public static boolean taskStorage() {
    return mapType(MAP_TYPE_TASK_STORAGE);
  }

  private static boolean mapType(int type) {
    LibBpf.require();
    return LibBpf.libbpf_probe_bpf_map_type(type, null) == 1;
  }

  /** Whether one link can attach a program to many sites (Linux 6.6). */
  public static boolean uprobeMulti() {
    try (Memory attributes = BpfSystemCall.attributes(BpfSystemCall.ProgramLoad.SIZE);
        Memory instructions = new Memory(RETURN_ZERO.length);
        Memory license = new Memory(4)) {
      instructions.write(0, RETURN_ZERO, 0, RETURN_ZERO.length);
      license.setString(0, "GPL");
      attributes.setInt(BpfSystemCall.ProgramLoad.PROG_TYPE, BpfSystemCall.PROGRAM_TYPE_KPROBE);
      attributes.setInt(BpfSystemCall.ProgramLoad.INSN_CNT, RETURN_ZERO.length / INSTRUCTION_BYTES);
      attributes.setPointer(BpfSystemCall.ProgramLoad.INSNS, instructions);
      attributes.setPointer(BpfSystemCall.ProgramLoad.LICENSE, license);
      attributes.setInt(
          BpfSystemCall.ProgramLoad.EXPECTED_ATTACH_TYPE, BpfSystemCall.ATTACH_TYPE_UPROBE_MULTI);
      int program = BpfSystemCall.call(BpfSystemCall.PROG_LOAD, attributes);
      if (program < 0) {
        return false;
      }
      try {
        // A folder is no file to probe: who knows the link type says EBADF, who does not, EINVAL.
        int link = UprobeAttacher.createMultiLink(program, "/", new long[] {0}, 0);
        return link == -Errno.EBADF;
      } finally {
        LibC.close(program);
      }
    }
  }

  /**
   * The number of CPUs that the kernel may ever have, which is how many values a per-CPU map has.
   */
  static int possibleCpus() {
    int cpus = LibBpf.libbpf_num_possible_cpus();
    if (cpus < 0) {
      throw BpfException.of("counting the possible CPUs", -cpus, "");
    }
    return cpus;
  }
}
