package io.goshawk.loader.go;

import io.goshawk.loader.elf.MalformedFileException;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Reads on when what was checked at the opening may no longer hold: someone may write to the file.
 */
final class ChangedFile {

  private ChangedFile() {}

  /** Something that reads the file. */
  @FunctionalInterface
  interface Reading<T> {
    T get() throws MalformedFileException;
  }

  /**
   * Reads.
   *
   * @throws UncheckedIOException if the file is not what it was when it was opened
   */
  static <T> T read(Reading<T> reading) {
    try {
      return reading.get();
    } catch (MalformedFileException e) {
      throw new UncheckedIOException(
          new IOException("the executable was changed while it was read: " + e.getMessage(), e));
    } catch (InternalError e) {
      throw cutShort(e);
    }
  }

  /** How the JVM reports a page that is gone from under a mapping. */
  static UncheckedIOException cutShort(InternalError e) {
    return new UncheckedIOException(
        new IOException("the executable was cut short while it was read", e));
  }
}
