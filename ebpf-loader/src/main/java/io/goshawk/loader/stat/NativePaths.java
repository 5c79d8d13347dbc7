// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.stat;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Paths for calls of the C library, which fail as Java's own do. */
public final class NativePaths {
  private static final Charset NAMES =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

  private NativePaths() {}

  /** As the JVM, which has made the path of bytes, would make bytes of it; with a NUL behind. */
  public static byte[] bytes(Path path) {
    return (path + "\0").getBytes(NAMES);
  }

  /** What the failure of a call is in Java. */
  public static IOException failure(Path path, LastErrorException failure) {
    return switch (failure.getErrorCode()) {
      case LibC.ENOENT -> new NoSuchFileException(path.toString());
      case LibC.EACCES -> new AccessDeniedException(path.toString());
      default ->
          new FileSystemException(path.toString(), null, LibC.strerror(failure.getErrorCode()));
    };
  }
}
