// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.loader.elf.UnusableFileException;

/**
 * An executable that was opened and cannot be used after all: someone writes to the file or cut it
 * short, it is damaged where the opening did not look, or what was asked would take too much.
 *
 * <p>{@link GoExecutables#examine} makes a result of it.
 */
public final class UnusableExecutableException extends RuntimeException {

  private final transient OpenResult result;

  UnusableExecutableException(UnusableFileException cause) {
    super(cause.getMessage(), cause);
    this.result = OpenResult.of(cause);
  }

  /** What is wrong, as if it had been seen at the opening. */
  public OpenResult result() {
    return result;
  }

  /** Something that reads the file. */
  @FunctionalInterface
  interface Reading<T> {
    T get() throws UnusableFileException;
  }

  /** Reads what there is no doing without. */
  static <T> T read(Reading<T> reading) {
    try {
      return reading.get();
    } catch (UnusableFileException e) {
      throw new UnusableExecutableException(e);
    }
  }
}
