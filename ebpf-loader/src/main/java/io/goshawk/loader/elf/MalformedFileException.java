// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.elf;

/** Bytes of a file that contradict its format. */
public final class MalformedFileException extends UnusableFileException {

  private final long offset;

  /**
   * @param offset where in the file, in bytes
   * @param reason what is wrong there
   */
  public MalformedFileException(long offset, String reason) {
    super(reason + " (file offset 0x" + Long.toHexString(offset) + ")", reason);
    this.offset = offset;
  }

  /** Where in the file, in bytes. */
  public long offset() {
    return offset;
  }
}
