// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

/** Ends a command with a message for the user, without a stack trace. */
final class CommandFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * A failure.
   *
   * @param status one of {@link ExitStatus}
   * @param message what is wrong and what mends it
   */
  CommandFailure(int status, String message) {
    super(message);
    this.status = status;
  }

  int status() {
    return status;
  }
}
