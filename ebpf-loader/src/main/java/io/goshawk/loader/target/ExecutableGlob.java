package io.goshawk.loader.target;

import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * A pattern for the executable of a process. With a slash it is matched against the whole path, as
 * in {@code /opt/shop/*}; without one against the file name, as in {@code checkout*}. A {@code *}
 * stands for any characters, slashes too, so that a folder's pattern holds for those below it.
 */
public final class ExecutableGlob {

  /** What the pattern of an absolute path begins with. */
  private static final String BEGINS_WHOLE = "/*?{[";

  /** An escaped character, which stays as it is, or stars. */
  private static final Pattern STARS = Pattern.compile("(\\\\.)|\\*+");

  /** What a star fits in no {@link PathMatcher} where it goes across folders. */
  private static final Pattern LINE_ENDS = Pattern.compile("[\n\r\u0085\u2028\u2029]");

  private final String pattern;
  private final boolean wholePath;
  private final PathMatcher matcher;

  /**
   * Takes the glob syntax of {@link java.nio.file.FileSystem#getPathMatcher}, except that one
   * {@code *} does what two do.
   *
   * @throws IllegalArgumentException if it is not a glob, or one that no path fits
   */
  public ExecutableGlob(String pattern) {
    if (pattern.isBlank()) {
      throw new IllegalArgumentException("an empty pattern matches no executable");
    }
    this.pattern = pattern;
    this.wholePath = pattern.indexOf('/') >= 0;
    if (wholePath && BEGINS_WHOLE.indexOf(pattern.charAt(0)) < 0) {
      throw new IllegalArgumentException(
          "with a slash it is compared with the whole path, so it must begin with / or *: '*/"
              + pattern
              + "'");
    }
    try {
      this.matcher =
          FileSystems.getDefault().getPathMatcher("glob:" + acrossFolders(inOneLine(pattern)));
    } catch (PatternSyntaxException e) {
      // Its message has lines, and marks a place in a regular expression nobody wrote.
      throw new IllegalArgumentException(e.getDescription(), e);
    }
  }

  private static String inOneLine(String name) {
    return LINE_ENDS.matcher(name).replaceAll("\ufffd");
  }

  private static String acrossFolders(String pattern) {
    return STARS.matcher(pattern).replaceAll(part -> part.group(1) == null ? "**" : "$1");
  }

  /** Whether the path, as {@code /proc/PID/exe} shows it, fits. */
  public boolean matches(String executable) {
    try {
      Path path = Path.of(inOneLine(executable));
      Path name = path.getFileName();
      return matcher.matches(wholePath || name == null ? path : name);
    } catch (InvalidPathException e) {
      // A name with characters that Java cannot write in this locale.
      return false;
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ExecutableGlob glob && glob.pattern.equals(pattern);
  }

  @Override
  public int hashCode() {
    return pattern.hashCode();
  }

  @Override
  public String toString() {
    return pattern;
  }
}
