package io.goshawk.loader.target;

import org.jspecify.annotations.Nullable;

/**
 * A pattern for the executable of a process, or for its cgroup. With a slash it is matched against
 * the whole path, as in {@code /opt/shop/*}; without one against the last name in it, as in {@code
 * checkout*}. The pattern of a folder holds for those below it.
 */
public final class PathGlob {

  /** What the pattern of an absolute path begins with. */
  private static final String BEGINS_WHOLE = "/*?{[";

  private final Glob glob;
  private final boolean wholePath;

  /**
   * Takes the syntax of {@link Glob}.
   *
   * @throws IllegalArgumentException if it is not a glob, or one that no path fits
   */
  public PathGlob(String pattern) {
    this.wholePath = pattern.indexOf('/') >= 0;
    if (wholePath && BEGINS_WHOLE.indexOf(pattern.charAt(0)) < 0) {
      throw new IllegalArgumentException(
          "with a slash it is compared with the whole path, so it must begin with / or *: '*/"
              + pattern
              + "'");
    }
    this.glob = new Glob(pattern);
  }

  /** Whether the path, as {@code /proc} shows it, fits. */
  public boolean matches(String path) {
    return glob.matches(wholePath ? path : path.substring(path.lastIndexOf('/') + 1));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PathGlob same && same.glob.equals(glob);
  }

  @Override
  public int hashCode() {
    return glob.hashCode();
  }

  @Override
  public String toString() {
    return glob.toString();
  }
}
