// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.elf;

/** A file that takes more time or memory to read than it may. */
public final class CostlyFileException extends UnusableFileException {

  /**
   * @param reason what it takes, and what there is
   */
  public CostlyFileException(String reason) {
    super(reason, reason);
  }
}
