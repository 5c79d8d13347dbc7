// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A program that the kernel has loaded. */
public final class BpfProgram {
  private final BpfObject object;
  private final Pointer handle;
  private final String name;
  private final boolean multi;

  BpfProgram(BpfObject object, Pointer handle, String name, boolean multi) {
    this.object = object;
    this.handle = handle;
    this.name = name;
    this.multi = multi;
  }

  /** Its name in the object. */
  public String name() {
    return name;
  }

  /** Its file descriptor, valid until the object is closed. */
  public int fd() {
    return LibBpf.bpf_program__fd(handle());
  }

  /**
   * How often it ran while somebody had {@link ProgramStatistics} on, and for how long.
   *
   * @throws BpfException if the kernel does not tell
   */
  public ProgramStatistics.Runs runs() {
    return ProgramStatistics.of(this);
  }

  /** Whether it was loaded to be attached to many sites by one link. */
  boolean multi() {
    return multi;
  }

  Pointer handle() {
    object.requireOpen();
    return handle;
  }

  /**
   * Runs the program once, now, on this thread.
   *
   * @param context what the program is given as its context, at most 64 KiB; what it writes there
   *     comes back
   * @return what the program returned
   * @throws BpfException if its type cannot be run like this
   */
  public int run(ByteBuffer context) {
    int size = context.remaining();
    try (Memory options = TestRunOptions.allocate();
        Memory contextMemory = new Memory(Math.max(size, 8))) {
      ByteBuffer bytes = contextMemory.getByteBuffer(0, size).order(ByteOrder.nativeOrder());
      bytes.put(context.duplicate()).flip();
      if (size > 0) {
        TestRunOptions.context(options, contextMemory, size);
      }
      int error = LibBpf.bpf_prog_test_run_opts(fd(), options);
      if (error < 0) {
        throw BpfException.of("running program " + name, -error, "");
      }
      if (!context.isReadOnly()) {
        context.duplicate().put(bytes);
      }
      return TestRunOptions.returned(options);
    }
  }

  @Override
  public String toString() {
    return "program " + name;
  }
}
