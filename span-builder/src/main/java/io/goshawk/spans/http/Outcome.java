// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import io.goshawk.abi.EndReason;
import io.goshawk.spans.failure.GoError;
import org.jspecify.annotations.Nullable;

/**
 * How a request ended, from the server's side.
 *
 * @param status what the client saw; 0 if that is not known, or if it saw none
 * @param errorType value of {@code error.type}; null if the span is no error
 */
record Outcome(int status, @Nullable String errorType) {

  /**
   * The handler panicked: {@code http.ErrAbortHandler} and {@code runtime.Goexit} too, which from
   * outside look the same. Where it had sent a status before, this says more than that status.
   */
  static final String PANIC = GoError.PANIC;

  /** The handler returned, and yet no response was sent. */
  static final String NO_RESPONSE = "no_response";

  private static final Outcome PANIC_WITHOUT_STATUS = new Outcome(0, PANIC);

  /** Above any status that counts as one. */
  static final int STATUS_CODES = 1000;

  private static final Outcome[] BY_STATUS = new Outcome[STATUS_CODES];

  static {
    for (int status = 100; status < BY_STATUS.length; status++) {
      // Above 599 there are no classes: clients treat those as 5xx (RFC 9110, section 15).
      BY_STATUS[status] = new Outcome(status, status >= 500 ? String.valueOf(status) : null);
    }
  }

  /**
   * The outcome of a request.
   *
   * <p>A handler that took over a connection whose client had asked for an upgrade is taken to have
   * switched protocols: it wrote the 101 itself, past the server. Whatever else a handler writes
   * over a connection it took over is not known.
   *
   * @param status what the server recorded; 0 for none
   * @param upgrade whether the request had an Upgrade header
   */
  static Outcome of(int status, EndReason reason, boolean upgrade) {
    boolean valid = status >= 100 && status < BY_STATUS.length;
    return switch (reason) {
      case END_PANICKED -> valid ? new Outcome(status, PANIC) : PANIC_WITHOUT_STATUS;
      case END_HIJACKED -> {
        if (valid) {
          yield BY_STATUS[status];
        }
        yield upgrade ? BY_STATUS[101] : new Outcome(0, null);
      }
      case END_RETURNED -> valid ? BY_STATUS[status] : new Outcome(0, NO_RESPONSE);
    };
  }

  /** Whether such a response can have a body (RFC 9110, section 6.4.1). */
  boolean mayHaveBody() {
    return status >= 200 && status != 204 && status != 304;
  }
}
