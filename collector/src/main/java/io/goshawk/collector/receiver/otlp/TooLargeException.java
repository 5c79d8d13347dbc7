// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import java.io.IOException;

/** A request has no room. */
final class TooLargeException extends IOException {
  private final boolean forGood;

  private TooLargeException(String message, boolean forGood) {
    super(message);
    this.forGood = forGood;
  }

  /** It is larger than one may be. */
  static TooLargeException limit(long bytes) {
    return new TooLargeException("the request has more than " + bytes + " bytes, unpacked", true);
  }

  /** There are too many at once. */
  static TooLargeException together() {
    return new TooLargeException("too many requests at once", false);
  }

  /** Whether it is in vain to send the same again later. */
  boolean forGood() {
    return forGood;
  }
}
