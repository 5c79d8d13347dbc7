// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

/** What became of a request. */
sealed interface Verdict {

  /**
   * It was taken, or most of it.
   *
   * @param rejectedSpans how many were not
   * @param message why; empty if all were
   */
  record Taken(long rejectedSpans, String message) implements Verdict {}

  /** It is no request, and never will be one. */
  record Malformed(String message) implements Verdict {}

  /** It is larger than a request may be. */
  record TooLarge(String message) implements Verdict {}

  /** Not now: the same request may be sent again after a while. */
  record Later(String message) implements Verdict {}
}
