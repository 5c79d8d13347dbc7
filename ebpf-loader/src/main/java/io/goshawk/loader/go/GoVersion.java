// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Go release.
 *
 * @param text as the runtime reports it, for example {@code go1.26.8} or {@code devel go1.28-abc}
 * @param major 1
 * @param minor 26
 * @param patch 8; 0 when the text names none
 */
public record GoVersion(String text, int major, int minor, int patch) {

  /** Of a binary that does not say; older than any release. */
  public static final GoVersion UNKNOWN = new GoVersion("unknown", 0, 0, 0);

  private static final Pattern RELEASE =
      Pattern.compile("(?:^|\\s)go(\\d{1,4})\\.(\\d{1,4})(?:\\.(\\d{1,4}))?(?![.\\d])");

  private static final Pattern CANDIDATE = Pattern.compile("\\d(rc|beta)\\d");

  /** Go's own {@code devel …}, and a date in the place of the patch in Google's own builds. */
  private static final Pattern SNAPSHOT = Pattern.compile("^devel|^go\\d+\\.\\d+-\\d{8}");

  /**
   * Finds the release in a version text.
   *
   * <p>Forms: {@code go1.26.8}, {@code go1.27rc1}, {@code go1.26.8 X:foo}, {@code devel
   * go1.28-0123abc Tue …}, and vendors' {@code go1.26.8-fips}. A release candidate counts as the
   * release. {@code devel +0123abc} of Go before 1.18 names none.
   *
   * @return empty if the text names no release
   */
  public static Optional<GoVersion> parse(String text) {
    Matcher m = RELEASE.matcher(text);
    if (!m.find()) {
      return Optional.empty();
    }
    String patch = m.group(3);
    return Optional.of(
        new GoVersion(
            text,
            Integer.parseInt(m.group(1)),
            Integer.parseInt(m.group(2)),
            patch == null ? 0 : Integer.parseInt(patch)));
  }

  /** Whether it is a beta or a release candidate. */
  public boolean candidate() {
    return CANDIDATE.matcher(text).find();
  }

  /** Whether it is some commit between releases: {@code minor} is then the release to come. */
  public boolean snapshot() {
    return SNAPSHOT.matcher(text).find();
  }

  /** Whether this release is {@code major.minor} or newer. */
  public boolean atLeast(int otherMajor, int otherMinor) {
    return major > otherMajor || (major == otherMajor && minor >= otherMinor);
  }
}
