package io.goshawk.loader.go;

import io.goshawk.loader.elf.MalformedFileException;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What was checked when the file was opened no longer holds: someone wrote to it since. */
final class ChangedFile {

  private ChangedFile() {}

  static UncheckedIOException since(MalformedFileException e) {
    return new UncheckedIOException(
        new IOException("the executable was changed while it was read: " + e.getMessage(), e));
  }
}
