// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.Pointer;
import java.util.Collection;

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
  private boolean closed;

  private BpfLink(Runnable release) {
    this.release = release;
  }

  /** A link that ends by what is run, at once. */
  static BpfLink of(Runnable release) {
    return new BpfLink(release);
  }

  /** A link that libbpf keeps. */
  static BpfLink ofHandle(Pointer handle) {
    return new BpfLink(() -> LibBpf.bpf_link__destroy(handle));
  }

  /** Many links that come and go together. */
  static BpfLink ofAll(Collection<BpfLink> links) {
    return new BpfLink(() -> closeAll(links));
  }

  /**
   * Closes many, one after the other. Those that libbpf keeps take the kernel a tenth of a second
   * each, and it does no two at a time, whoever asks for it.
   */
  public static void closeAll(Collection<BpfLink> links) {
    links.forEach(BpfLink::close);
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      release.run();
    }
  }
}
