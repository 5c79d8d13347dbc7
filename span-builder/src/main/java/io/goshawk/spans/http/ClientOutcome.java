// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import io.goshawk.spans.failure.GoError;
import org.jspecify.annotations.Nullable;

/**
 * How a request ended, from the client's side.
 *
 * @param status of the response; 0 if there was none
 * @param errorType value of {@code error.type}; null if the span is no error
 */
record ClientOutcome(int status, @Nullable String errorType) {

  /**
   * The outcome of a request. What the client got decides: an error only where there is no response
   * (semantic conventions, http-spans.md, "Status").
   *
   * @param status 0 for none
   * @param error null for none
   */
  static ClientOutcome of(int status, @Nullable GoError error) {
    if (status >= 100 && status < Outcome.STATUS_CODES) {
      return new ClientOutcome(status, status >= 400 ? String.valueOf(status) : null);
    }
    return new ClientOutcome(0, error == null ? null : error.errorType());
  }
}
