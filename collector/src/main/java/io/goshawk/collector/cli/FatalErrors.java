// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What is done when a thread ends by an exception that nobody caught. The threads that spans pass
 * survive what one record, batch or job does to them; so this is what nobody thought of, or a
 * machine without memory, and an agent with a thread less would look alive and trace nothing.
 *
 * <p>It says so, has the command end in order, with what can still be delivered and counted, and
 * makes sure that it ends, with status 1. If not even that can be done, it ends the process at
 * once.
 */
final class FatalErrors implements Thread.UncaughtExceptionHandler {

  private static final Logger LOG = Logger.getLogger(FatalErrors.class.getName());

  /** What a command needs at most to end in order; then it does not. */
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** Made while there is memory. */
  private static final byte[] LAST_WORDS =
      "goshawk: a thread failed and there is no memory to say more; the agent ends\n"
          .getBytes(StandardCharsets.US_ASCII);

  private static final FatalErrors OF_PROCESS =
      new FatalErrors(
          new FileOutputStream(FileDescriptor.err),
          status -> Runtime.getRuntime().halt(status),
          LIMIT);

  private final OutputStream err;
  private final IntConsumer halt;
  private final Duration limit;
  private final AtomicBoolean happened = new AtomicBoolean();
  private volatile @Nullable Runnable end;

  FatalErrors(OutputStream err, IntConsumer halt, Duration limit) {
    this.err = err;
    this.halt = halt;
    this.limit = limit;
  }

  /** Those of this process. */
  static FatalErrors ofProcess() {
    return OF_PROCESS;
  }

  /** Watches every thread of this process from now on. */
  static void watch() {
    Thread.setDefaultUncaughtExceptionHandler(OF_PROCESS);
  }

  /**
   * Sets what begins the command's end in order, on the thread that fails; it may wait until that
   * can be. Without it the process ends at once.
   */
  void onFailure(Runnable beginning) {
    end = beginning;
  }

  /** Whether it has happened: then the command has failed, whatever else it thinks. */
  boolean happened() {
    return happened.get();
  }

  @Override
  public void uncaughtException(Thread thread, Throwable failure) {
    try {
      boolean first = happened.compareAndSet(false, true);
      LOG.log(Level.SEVERE, "the thread " + thread.getName() + " failed; the agent ends", failure);
      Runnable beginning = end;
      if (beginning != null) {
        if (first) {
          beginning.run();
        }
        // The thread has nothing else to do than to see to it that the process ends.
        Thread.sleep(limit.toMillis());
      }
    } catch (Throwable another) {
      sayLastWords();
    } finally {
      halt.accept(ExitStatus.FAILED);
    }
  }

  private void sayLastWords() {
    try {
      err.write(LAST_WORDS);
    } catch (IOException e) {
      // There is nobody left to tell.
      return;
    }
  }
}
