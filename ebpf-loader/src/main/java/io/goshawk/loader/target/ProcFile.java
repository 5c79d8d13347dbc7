package io.goshawk.loader.target;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reading of the small text files of {@code /proc}. */
final class ProcFile {

  /** An environment of a megabyte is not read to its end: only its variables' first are of use. */
  private static final int LIMIT_BYTES = 1 << 20;

  private ProcFile() {}

  /**
   * The content, bytes that are no UTF-8 replaced; empty if the process is gone or the kernel
   * refuses.
   */
  static Optional<String> text(Path file) {
    try (var in = Files.newInputStream(file)) {
      return Optional.of(new String(in.readNBytes(LIMIT_BYTES), StandardCharsets.UTF_8));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The lines of {@link #text}; none if there is no such file. */
  static List<String> lines(Path file) {
    return text(file).map(t -> t.lines().toList()).orElse(List.of());
  }

  /** The parts of a file that separates them by NUL bytes, the empty last one left out. */
  static List<String> nulSeparated(Path file) {
    List<String> parts = new ArrayList<>();
    String text = text(file).orElse("");
    for (int from = 0; from < text.length(); ) {
      int end = text.indexOf('\0', from);
      if (end < 0) {
        end = text.length();
      }
      parts.add(text.substring(from, end));
      from = end + 1;
    }
    return parts;
  }

  /** Whether the kernel refuses to show a file; access(2) would not tell, it asks the real user. */
  static boolean isRefused(Path file) {
    try {
      Files.newInputStream(file).close();
      return false;
    } catch (IOException e) {
      return refused(e);
    }
  }

  /** Whether the kernel refused, as opposed to the process being gone. */
  static boolean refused(IOException e) {
    return e instanceof AccessDeniedException
        || (e instanceof FileSystemException f
            && f.getReason() != null
            && (f.getReason().contains("Permission denied")
                || f.getReason().contains("Operation not permitted")));
  }
}
