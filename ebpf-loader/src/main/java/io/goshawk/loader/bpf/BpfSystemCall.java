// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import java.nio.charset.StandardCharsets;

/**
 * {@code bpf(2)} itself, for what libbpf 1.1 does not wrap. Offsets are those of {@code union
 * bpf_attr} in the kernel's include/uapi/linux/bpf.h.
 */
final class BpfSystemCall {
  static final int PROG_LOAD = 5;
  static final int OBJECT_PIN = 6;
  static final int OBJ_GET_INFO_BY_FD = 15;
  static final int LINK_CREATE = 28;
  static final int ENABLE_STATS = 32;

  static final int PROGRAM_TYPE_KPROBE = 2;
  static final int ATTACH_TYPE_UPROBE_MULTI = 48;

  /** Members of the variant of PROG_LOAD. */
  static final class ProgramLoad {
    static final int PROG_TYPE = 0;
    static final int INSN_CNT = 4;
    static final int INSNS = 8;
    static final int LICENSE = 16;
    static final int EXPECTED_ATTACH_TYPE = 68;
    static final int SIZE = 72;

    private ProgramLoad() {}
  }

  /** Members of the variant of LINK_CREATE, with those of uprobe_multi. */
  static final class LinkCreate {
    static final int PROG_FD = 0;
    static final int ATTACH_TYPE = 8;
    static final int PATH = 16;
    static final int OFFSETS = 24;
    static final int COOKIES = 40;
    static final int COUNT = 48;
    static final int SIZE = 64;

    private LinkCreate() {}
  }

  /** Members of the variant of OBJ_PIN. */
  static final class ObjectPin {
    static final int PATH = 0;
    static final int FD = 8;
    static final int SIZE = 16;

    private ObjectPin() {}
  }

  /** Members of the variant of OBJ_GET_INFO_BY_FD. */
  static final class ObjectInfo {
    static final int FD = 0;
    static final int LENGTH = 4;
    static final int INFO = 8;
    static final int SIZE = 16;

    private ObjectInfo() {}
  }

  /** Members of what that one tells of a program: {@code struct bpf_prog_info}. */
  static final class ProgramInfo {
    static final int RUN_TIME_NANOS = 192;
    static final int RUN_COUNT = 200;
    static final int SIZE = 208;

    private ProgramInfo() {}
  }

  /** Members of the variant of ENABLE_STATS. */
  static final class EnableStats {
    static final int TYPE = 0;
    static final int SIZE = 4;
    static final int RUN_TIME = 0;

    private EnableStats() {}
  }

  static final long NUMBER = LibC.number("bpf", 321, 280);

  private BpfSystemCall() {}

  /** Zeroed memory for attributes; the kernel refuses stray bytes. */
  static Memory attributes(int size) {
    Memory attributes = new Memory(size);
    attributes.clear();
    return attributes;
  }

  /** A path or a name, as the kernel reads them. */
  static Memory text(String text) {
    byte[] bytes = (text + '\0').getBytes(StandardCharsets.UTF_8);
    Memory memory = new Memory(bytes.length);
    memory.write(0, bytes, 0, bytes.length);
    return memory;
  }

  /** The result, which for most commands is a file descriptor, or the negative errno. */
  static int call(int command, Memory attributes) {
    try {
      return (int) LibC.syscall(NUMBER, command, attributes, (int) attributes.size());
    } catch (LastErrorException e) {
      return -e.getErrorCode();
    }
  }
}
