// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.loader.elf.CostlyFileException;
import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.UnusableFileException;

/** What came of opening a file as a Go executable. */
public sealed interface OpenResult {

  /** It is one; the caller closes it. */
  record Opened(GoExecutable executable) implements OpenResult {}

  /**
   * The file is readable and something else: a script, a program in another language, a Go program
   * for an instruction set or of an age that Goshawk does not know.
   *
   * @param reason a phrase for the user, such as {@code not an ELF file}
   */
  record NotGo(String reason) implements OpenResult {}

  /**
   * The file is damaged or cut short.
   *
   * @param offset where in the file, in bytes
   * @param reason what is wrong there
   */
  record Malformed(long offset, String reason) implements OpenResult {}

  /**
   * The file cannot be read at all.
   *
   * @param reason what the system says, and the mend where one is known
   */
  record Unreadable(String reason) implements OpenResult {}

  /**
   * To read the file would take more time or memory than any real program needs, or than is left.
   *
   * @param reason what it would take
   */
  record TooCostly(String reason) implements OpenResult {}

  /** What a file is that could not be read. */
  static OpenResult of(UnusableFileException e) {
    if (e instanceof MalformedFileException malformed) {
      return new Malformed(malformed.offset(), malformed.reason());
    }
    return e instanceof CostlyFileException
        ? new TooCostly(e.reason())
        : new Unreadable("cannot read the file: " + e.reason());
  }
}
