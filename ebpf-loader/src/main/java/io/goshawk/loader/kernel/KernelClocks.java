// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.kernel;

import com.sun.jna.Memory;

/**
 * Reads the clocks by which stamps of {@code CLOCK_MONOTONIC}, which is what programs in the kernel
 * stamp with, become UTC. The JVM has no way to read {@code CLOCK_BOOTTIME}, nor two clocks close
 * together.
 */
public final class KernelClocks {
  /** The first reading warms the path up, and a preempted one is outdone by another. */
  private static final int ATTEMPTS = 5;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private KernelClocks() {}

  /**
   * Takes readings, all nanoseconds, made in the order of the arguments.
   *
   * @param <T> what is made of them
   */
  @FunctionalInterface
  public interface BracketFunction<T> {
    T apply(long monotonicBefore, long realtimeNanos, long boottimeNanos, long monotonicAfter);
  }

  /** The narrowest of a few brackets around {@code CLOCK_REALTIME} and {@code CLOCK_BOOTTIME}. */
  public static <T> T bracket(BracketFunction<T> function) {
    try (Memory timespec = new Memory(16)) {
      long before = 0;
      long realtime = 0;
      long boottime = 0;
      long after = Long.MAX_VALUE;
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        long monotonicBefore = read(LibC.CLOCK_MONOTONIC, timespec);
        long realtimeNow = read(LibC.CLOCK_REALTIME, timespec);
        long boottimeNow = read(LibC.CLOCK_BOOTTIME, timespec);
        long monotonicAfter = read(LibC.CLOCK_MONOTONIC, timespec);
        if (monotonicAfter - monotonicBefore < after - before) {
          before = monotonicBefore;
          realtime = realtimeNow;
          boottime = boottimeNow;
          after = monotonicAfter;
        }
      }
      return function.apply(before, realtime, boottime, after);
    }
  }

  /** {@code CLOCK_MONOTONIC} in nanoseconds: the clock of every stamp in a record. */
  public static long monotonicNanos() {
    try (Memory timespec = new Memory(16)) {
      return read(LibC.CLOCK_MONOTONIC, timespec);
    }
  }

  /** Nanoseconds that the calling thread has had of processors. */
  public static long threadNanos() {
    try (Memory timespec = new Memory(16)) {
      return read(LibC.CLOCK_THREAD_CPUTIME_ID, timespec);
    }
  }

  private static long read(int clock, Memory timespec) {
    if (LibC.clock_gettime(clock, timespec) != 0) {
      throw new IllegalStateException("clock_gettime does not know clock " + clock);
    }
    return timespec.getLong(0) * NANOS_PER_SECOND + timespec.getLong(8);
  }
}
