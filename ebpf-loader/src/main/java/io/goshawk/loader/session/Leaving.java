// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.session;

import io.goshawk.loader.file.ExecutableFile;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Probes on their way out of an executable. The kernel takes their breakpoints out of the code some
 * milliseconds after they were detached; until then the file stays open, and its lease held. A
 * thread of its own looks, since the file may be one that does not let go of who reads or closes
 * it.
 */
public final class Leaving {

  /** Far more than the kernel needs; what is there after that is another tracer's. */
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private static final long POLL_MILLIS = 1;

  private final ExecutableFile file;
  private final long[] offsets;
  private final CountDownLatch done = new CountDownLatch(1);

  Leaving(ExecutableFile file, long[] offsets) {
    this.file = file;
    this.offsets = offsets;
    Thread thread = new Thread(this::run, "leaving");
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    try {
      while (!haveLeft() && System.nanoTime() - deadline < 0) {
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      file.close();
      done.countDown();
    }
  }

  /** Whether they have left; if so, the file is closed, and who waits to write to it goes on. */
  public boolean isDone() {
    return done.getCount() == 0;
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

  /** Waits until they have left; not for a file that does not let go. */
  public void await() {
    await(LIMIT.plus(LIMIT));
  }

  /** Waits until they have left, but no longer than the limit; whether they have. */
  public boolean await(Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return done.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
