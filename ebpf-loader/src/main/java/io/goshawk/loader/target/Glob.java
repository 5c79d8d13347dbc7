package io.goshawk.loader.target;

import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** A pattern for a whole text. A {@code *} stands for any characters, slashes too. */
public final class Glob {

  /** An escaped character, which stays as it is, or stars. */
  private static final Pattern STARS = Pattern.compile("(\\\\.)|\\*+");

  /** What a star fits in no {@link PathMatcher} where it goes across folders. */
  private static final Pattern LINE_ENDS = Pattern.compile("[\n\r\u0085\u2028\u2029]");

  private final String pattern;
  private final PathMatcher matcher;

  /**
   * Takes the glob syntax of {@link java.nio.file.FileSystem#getPathMatcher}, except that one
   * {@code *} does what two do.
   *
   * @throws IllegalArgumentException if it is not a glob
   */
  public Glob(String pattern) {
    if (pattern.isBlank()) {
      throw new IllegalArgumentException("an empty pattern fits nothing");
    }
    this.pattern = pattern;
    try {
      this.matcher =
          FileSystems.getDefault().getPathMatcher("glob:" + acrossFolders(inOneLine(pattern)));
    } catch (PatternSyntaxException e) {
      // Its message has lines, and marks a place in a regular expression nobody wrote.
      throw new IllegalArgumentException(e.getDescription(), e);
    }
  }

  private static String inOneLine(String text) {
    return LINE_ENDS.matcher(text).replaceAll("\ufffd");
  }

  private static String acrossFolders(String pattern) {
    return STARS.matcher(pattern).replaceAll(part -> part.group(1) == null ? "**" : "$1");
  }

  /** Whether the text fits. */
  public boolean matches(String text) {
    try {
      return matcher.matches(Path.of(inOneLine(text)));
    } catch (InvalidPathException e) {
      // It has characters that Java cannot write in this locale.
      return false;
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Glob glob && glob.pattern.equals(pattern);
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
