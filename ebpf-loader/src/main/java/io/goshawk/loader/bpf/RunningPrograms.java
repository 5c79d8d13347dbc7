// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.LastErrorException;
import java.util.concurrent.TimeUnit;

/** What the kernel is running of our programs at a moment. */
public final class RunningPrograms {
  static final int MEMBARRIER_CMD_GLOBAL = 1;

  static final long MEMBARRIER = LibC.number("membarrier", 324, 283);

  /** Far longer than a program runs, even one that was preempted. */
  private static final long WITHOUT_BARRIER_MILLIS = 100;

  private RunningPrograms() {}

  /**
   * Waits until every program that runs now has returned. One that runs later sees what was written
   * to its maps before.
   *
   * <p>Programs run in sections that RCU protects, and the global barrier of membarrier(2) is the
   * end of all such sections (kernel/sched/membarrier.c).
   */
  public static void awaitReturn() throws InterruptedException {
    try {
      LibC.syscall(MEMBARRIER, MEMBARRIER_CMD_GLOBAL, 0, 0);
    } catch (LastErrorException e) {
      // A kernel with processors that have no timer tick does not offer it.
      TimeUnit.MILLISECONDS.sleep(WITHOUT_BARRIER_MILLIS);
    }
  }
}
