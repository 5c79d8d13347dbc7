// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import java.util.concurrent.atomic.AtomicLong;

/** The memory of all requests that are being read, together. Safe for threads. */
final class InFlight {
  private final long mostBytes;
  private final AtomicLong bytes = new AtomicLong();

  InFlight(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  /** The memory of one request. Confined to one thread. */
  final class Reservation {
    private long mine;

    /**
     * Takes more; false if there is none left. A request that is alone gets what it wants: that it
     * is not too large by itself is looked after elsewhere.
     */
    boolean grow(long more) {
      long all = bytes.addAndGet(more);
      if (all > mostBytes && all - more > mine) {
        bytes.addAndGet(-more);
        return false;
      }
      mine += more;
      return true;
    }

    /** Gives all of it back. */
    void release() {
      bytes.addAndGet(-mine);
      mine = 0;
    }
  }

  /** For a request that begins. */
  Reservation reserve() {
    return new Reservation();
  }

  /** Of one request, in any one form: it may be here packed, unpacked and made into another. */
  long mostOfOne() {
    return mostBytes / 2;
  }

  /** What all of them have now. */
  long bytes() {
    return bytes.get();
  }
}
