// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * An attachment of a program. It lasts until it is closed or the process ends: no path leads to it,
 * so no way of dying leaves a probe behind.
 *
 * <p>Closing may return before the kernel is done, which can take it some hundred milliseconds:
 * until then the program still runs, see {@link RunningPrograms}. Closing twice is the same as
 * closing once. Links are closed before their object.
 */
public final class BpfLink implements AutoCloseable {
  private final Runnable release;
  private final boolean waits;
  private boolean closed;

  private BpfLink(Runnable release, boolean waits) {
    this.release = release;
    this.waits = waits;
  }

  /** A link that ends by what is run, at once. */
  static BpfLink of(Runnable release) {
    return new BpfLink(release, false);
  }

  /** A link that libbpf keeps. */
  static BpfLink ofHandle(Pointer handle) {
    return new BpfLink(() -> LibBpf.bpf_link__destroy(handle), true);
  }

  /** Many links that come and go together. */
  static BpfLink ofAll(Collection<BpfLink> links) {
    return new BpfLink(() -> closeAll(links), true);
  }

  /**
   * Closes many. Where closing waits, which takes the kernel up to a tenth of a second for each,
   * they are waited for together.
   */
  public static void closeAll(Collection<BpfLink> links) {
    List<Thread> threads = new ArrayList<>();
    for (BpfLink link : links) {
      if (link.waits) {
        Thread thread = new Thread(link::close, "closing a link");
        thread.start();
        threads.add(thread);
      } else {
        link.close();
      }
    }
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      release.run();
    }
  }
}
