// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A file that another process appends to, read as it grows. */
final class GrowingFile {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final Path path;
  private long position;
  private String end = "";

  GrowingFile(Path path) {
    this.path = path;
  }

  /** Waits for a text in what was not read yet. */
  void await(String text) {
    long begin = System.nanoTime();
    while (true) {
      String read = end + more();
      int at = read.indexOf(text);
      if (at >= 0) {
        end = read.substring(at + text.length());
        return;
      }
      end = read.substring(Math.max(0, read.length() - text.length()));
      if (System.nanoTime() - begin > LIMIT.toNanos()) {
        throw new IllegalStateException("no " + text + " in " + path);
      }
      pause();
    }
  }

  private String more() {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      byte[] bytes = new byte[(int) (file.length() - position)];
      file.seek(position);
      file.readFully(bytes);
      position += bytes.length;
      return new String(bytes, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(5);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
