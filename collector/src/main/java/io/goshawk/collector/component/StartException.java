// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.component;

/** A component cannot work. The message says what hinders it and what mends that. */
public final class StartException extends Exception {
  public StartException(String message) {
    super(message);
  }

  public StartException(String message, Throwable cause) {
    super(message, cause);
  }
}
