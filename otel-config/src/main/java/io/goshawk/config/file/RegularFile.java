// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The content of a file that a user names. To open a named pipe waits for its other end, which may
 * never come, and no signal and no interrupt ends that; to read some devices never ends. So
 * anything that is not a regular file, or a link to one, is refused before it is opened.
 */
public final class RegularFile {
  private RegularFile() {}

  /**
   * Reads it to its end.
   *
   * @param maxBytes what it may have at most
   * @throws TooLongException if it has more
   * @throws NoSuchFileException if there is none
   * @throws IOException if it is no regular file, or cannot be read
   */
  public static byte[] read(Path path, int maxBytes) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new IOException(
          "it is "
              + (Files.isDirectory(path) ? "a folder" : "a pipe or a device")
              + ", not a file");
    }
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw new TooLongException(maxBytes);
      }
      return bytes;
    }
  }

  /** A file has more than it may have. */
  public static final class TooLongException extends IOException {
    private static final long serialVersionUID = 1L;

    TooLongException(int maxBytes) {
      super("has more than " + maxBytes + " bytes");
    }
  }
}
