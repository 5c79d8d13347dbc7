// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.session;

import io.goshawk.loader.file.ExecutableFile;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Probes on their way out of an executable. The kernel takes their breakpoints out of the code some
 * milliseconds after they were detached; until then the file stays open, and its lease held.
 */
public final class Leaving {

  /** Far more than the kernel needs; what is there after that is another tracer's. */
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private static final long POLL_MILLIS = 1;

  private final ExecutableFile file;
  private final long[] offsets;
  private final long deadlineNanos = System.nanoTime() + LIMIT.toNanos();

  Leaving(ExecutableFile file, long[] offsets) {
    this.file = file;
    this.offsets = offsets;
  }

  /** Whether they have left; if so, the file is closed, and who waits to write to it goes on. */
  public boolean isDone() {
    if (haveLeft() || System.nanoTime() - deadlineNanos > 0) {
      file.close();
      return true;
    }
    return false;
  }

  private boolean haveLeft() {
    if (file.isRemote()) {
      // Nobody waits for it, and to look may wait for its server.
      return true;
    }
    try {
      return file.isUnprobed(offsets);
    } catch (IOException e) {
      // Nobody can map it, so nobody can execute it.
      return true;
    }
  }

  /** Waits until they have left. */
  public void await() {
    while (!await(LIMIT)) {}
  }

  /** Waits until they have left, but no longer than the limit; whether they have. */
  public boolean await(Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    boolean interrupted = false;
    boolean done = isDone();
    while (!done && System.nanoTime() - end < 0) {
      try {
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      done = isDone();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return done;
  }
}
