// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.elf;

import io.goshawk.loader.kernel.KernelClocks;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * What reading one file may cost, whatever the file claims: time, bytes looked at, and heap.
 *
 * <p>The time is the processor's, spent by the thread that made the budget and reads the file, so a
 * busy machine makes no file costly. What comes slowly, as from a network, may take {@value
 * #PATIENCE} times as long.
 *
 * <p>Everything that reads the file passes this along and asks it in its loops. The heap is a share
 * of what is left when it is needed, since the agent that reads has little and keeps spans in it.
 */
public final class Budget {

  /**
   * Ten times what the largest known programs take on a slow machine; what is above is made to be.
   */
  private static final Duration USUAL_TIME = Duration.ofSeconds(10);

  /** Programs have some hundred megabytes, and no byte is looked at more than a few times. */
  private static final long USUAL_BYTES = 4L << 30;

  private static final int PATIENCE = 8;

  private final LongSupplier processorTime;
  private final LongSupplier nanoTime;
  private final LongSupplier heapLeft;
  private final long nanos;
  private final long processorDeadline;
  private final long begin;
  private long bytesLeft = USUAL_BYTES;

  /** A budget with other clocks and heaps than this machine's. */
  Budget(LongSupplier processorTime, LongSupplier nanoTime, LongSupplier heapLeft, Duration limit) {
    this.processorTime = processorTime;
    this.nanoTime = nanoTime;
    this.heapLeft = heapLeft;
    this.nanos = limit.toNanos();
    this.processorDeadline = processorTime.getAsLong() + nanos;
    this.begin = nanoTime.getAsLong();
  }

  /** What an executable may cost, from now on. */
  public static Budget usual() {
    return within(USUAL_TIME);
  }

  /** The same with another time, from now on. */
  public static Budget within(Duration time) {
    return new Budget(KernelClocks::threadNanos, System::nanoTime, Budget::heapLeft, time);
  }

  /**
   * A budget with half of the time and of the bytes that are left, for something that can be done
   * without.
   */
  public Budget half() {
    long left = Math.max(0, processorDeadline - processorTime.getAsLong()) / 2;
    Budget half = new Budget(processorTime, nanoTime, heapLeft, Duration.ofNanos(left));
    half.bytesLeft = bytesLeft / 2;
    return half;
  }

  /** Accounts for bytes that are read, inflated or looked at again. */
  public void spend(long bytes) throws CostlyFileException {
    bytesLeft -= bytes;
    if (bytesLeft < 0) {
      throw new CostlyFileException("more would have to be read of it than of any known program");
    }
    long taken = nanoTime.getAsLong() - begin;
    // The other clock is dearer to ask.
    if (taken > nanos
        && (taken > PATIENCE * nanos || processorTime.getAsLong() - processorDeadline > 0)) {
      throw new CostlyFileException("reading it takes longer than %.1f s".formatted(nanos / 1e9));
    }
  }

  /**
   * Asks for heap that is about to be taken, and is kept while the file is read.
   *
   * @param what takes it, as a phrase for the user
   */
  public void reserve(long bytes, String what) throws CostlyFileException {
    if (!fits(bytes)) {
      // What is not left may be garbage; the collector need not have run yet.
      System.gc();
      if (!fits(bytes)) {
        throw new CostlyFileException(
            "%s would take %.1f MB of memory, more than there is to spare"
                .formatted(what, bytes / 1e6));
      }
    }
  }

  /** Half of what is left must do for everybody else. */
  private boolean fits(long bytes) {
    return bytes <= heapLeft.getAsLong() / 2;
  }

  private static long heapLeft() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory());
  }
}
