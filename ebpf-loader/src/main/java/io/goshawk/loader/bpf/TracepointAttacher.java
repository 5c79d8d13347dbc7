// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/** Attaches programs to the kernel's tracepoints. */
public final class TracepointAttacher {
  private TracepointAttacher() {}

  /**
   * Attaches to the tracepoint that the program's section names, such as {@code
   * tp_btf/sched_process_exec}, {@code raw_tp/sched_switch} or {@code
   * tp/syscalls/sys_enter_openat}.
   *
   * @throws BpfException if the kernel does not have it or does not let us
   */
  public static BpfLink attach(BpfProgram program) {
    Pointer link = LibBpf.bpf_program__attach(program.handle());
    if (link == null) {
      int errno = Native.getLastError();
      throw BpfException.of("attaching " + program, errno, "");
    }
    return BpfLink.ofHandle(link);
  }
}
