package io.goshawk.loader.target;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern for the executable of a process. With a slash it is matched against the whole path, as
 * in {@code /opt/shop/*}; without one against the file name, as in {@code checkout*}.
 */
public final class ExecutableGlob {

  private final String pattern;
  private final boolean wholePath;
  private final PathMatcher matcher;

  /**
   * Takes the glob syntax of {@link java.nio.file.FileSystem#getPathMatcher}.
   *
   * @throws IllegalArgumentException if it is not a glob
   */
  public ExecutableGlob(String pattern) {
    if (pattern.isBlank()) {
      throw new IllegalArgumentException("an empty pattern matches no executable");
    }
    this.pattern = pattern;
    this.wholePath = pattern.indexOf('/') >= 0;
    try {
      this.matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    } catch (PatternSyntaxException e) {
      // Its message has lines, and marks a place in a regular expression nobody wrote.
      throw new IllegalArgumentException(e.getDescription(), e);
    }
  }

  /** Whether the path, as {@code /proc/PID/exe} shows it, fits. */
  public boolean matches(String executable) {
    Path path = Path.of(executable);
    Path name = path.getFileName();
    return matcher.matches(wholePath || name == null ? path : name);
  }

  @Override
  public String toString() {
    return pattern;
  }
}
