package io.goshawk.loader.probe;

import io.goshawk.loader.go.GoVersion;

/**
 * A range of Go 1.x releases.
 *
 * @param fromMinor the first one's minor version
 * @param beforeMinor the minor version of the first release that is not in it any more
 */
public record GoReleases(int fromMinor, int beforeMinor) {

  /** Every release. */
  public static final GoReleases ALL = new GoReleases(0, Integer.MAX_VALUE);

  /** {@code 1.minor} and newer. */
  public static GoReleases from(int minor) {
    return new GoReleases(minor, Integer.MAX_VALUE);
  }

  /** Older than {@code 1.minor}. */
  public static GoReleases before(int minor) {
    return new GoReleases(0, minor);
  }

  /** Whether a release is one of them. */
  public boolean contains(GoVersion version) {
    return version.atLeast(1, fromMinor) && !version.atLeast(1, beforeMinor);
  }
}
