package io.goshawk.loader.bpf;

import com.sun.jna.Pointer;

/**
 * An attachment of a program. It lasts until it is closed or the process ends: nothing is pinned,
 * so no way of dying leaves a probe behind.
 *
 * <p>Closing twice is the same as closing once. Links are closed before their object.
 */
public abstract class BpfLink implements AutoCloseable {
  private boolean closed;

  BpfLink() {}

  /** A link that is a file descriptor. */
  static BpfLink ofFd(int fd) {
    return new BpfLink() {
      @Override
      void release() {
        LibC.close(fd);
      }
    };
  }

  /** A link that libbpf keeps. */
  static BpfLink ofHandle(Pointer handle) {
    return new BpfLink() {
      @Override
      void release() {
        LibBpf.bpf_link__destroy(handle);
      }
    };
  }

  /** Many links that come and go together. */
  static BpfLink ofAll(Iterable<BpfLink> links) {
    return new BpfLink() {
      @Override
      void release() {
        links.forEach(BpfLink::close);
      }
    };
  }

  abstract void release();

  @Override
  public final synchronized void close() {
    if (!closed) {
      closed = true;
      release();
    }
  }
}
