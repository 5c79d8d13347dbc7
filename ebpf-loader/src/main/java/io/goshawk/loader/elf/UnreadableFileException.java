// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.elf;

/** A file that the system does not let be read, or that ends before the length it had. */
public final class UnreadableFileException extends UnusableFileException {

  /**
   * @param reason what happened
   */
  public UnreadableFileException(String reason) {
    super(reason, reason);
  }
}
