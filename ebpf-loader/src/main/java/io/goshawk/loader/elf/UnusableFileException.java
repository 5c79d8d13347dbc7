// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.elf;

/** Why a file, or a part of it, cannot be read as what it is said to be. */
public abstract sealed class UnusableFileException extends Exception
    permits MalformedFileException, UnreadableFileException, CostlyFileException {

  private final String reason;

  UnusableFileException(String message, String reason) {
    super(message);
    this.reason = reason;
  }

  /** What is wrong, as a phrase for the user. */
  public String reason() {
    return reason;
  }
}
