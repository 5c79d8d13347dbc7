// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.go.GoVersion;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Releases of Go or of a module.
 *
 * @param module its path; {@value #GO} for Go itself
 * @param from the first release; null for no bound
 * @param before the first release that is not in it any more; null for no bound
 */
public record VersionRange(String module, @Nullable Release from, @Nullable Release before) {

  static final String GO = "go";

  /** Every release of anything. */
  public static final VersionRange ALL = of(GO);

  private static final Pattern RELEASE =
      Pattern.compile("v?(\\d{1,5})\\.(\\d{1,5})(?:\\.(\\d{1,5}))?(?:\\+incompatible)?");

  /** A release, as far as releases are ordered. */
  public record Release(int major, int minor, int patch) implements Comparable<Release> {

    @Override
    public int compareTo(Release other) {
      return Arrays.compare(
          new int[] {major, minor, patch}, new int[] {other.major, other.minor, other.patch});
    }
  }

  /** Every release of a module; {@value #GO} for Go. */
  public static VersionRange of(String module) {
    return new VersionRange(module, null, null);
  }

  /** The releases of it from one on, for example {@code 1.27}. */
  public VersionRange from(String first) {
    return new VersionRange(module, release(first), before);
  }

  /** The releases of it before one. */
  public VersionRange before(String end) {
    return new VersionRange(module, from, release(end));
  }

  /**
   * Whether an executable holds one of these releases. One that does not tell its release of the
   * module, or holds a fork or a commit between releases, holds none of a bounded range.
   */
  public boolean contains(GoExecutable executable) {
    if (from == null && before == null) {
      return true;
    }
    Optional<Release> release = releaseIn(executable);
    return release.isPresent()
        && (from == null || release.get().compareTo(from) >= 0)
        && (before == null || release.get().compareTo(before) < 0);
  }

  private Optional<Release> releaseIn(GoExecutable executable) {
    if (module.equals(GO)) {
      GoVersion version = executable.version();
      return version.equals(GoVersion.UNKNOWN)
          ? Optional.empty()
          : Optional.of(new Release(version.major(), version.minor(), version.patch()));
    }
    return executable
        .buildInfo()
        .module(module)
        .filter(found -> found.linked().path().equals(module))
        .flatMap(found -> parse(found.linked().version()));
  }

  private static Optional<Release> parse(String text) {
    Matcher m = RELEASE.matcher(text);
    if (!m.matches()) {
      return Optional.empty();
    }
    int patch = m.group(3) == null ? 0 : Integer.parseInt(m.group(3));
    return Optional.of(
        new Release(Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)), patch));
  }

  private static Release release(String text) {
    return parse(text)
        .orElseThrow(() -> new IllegalArgumentException("'" + text + "' is no release"));
  }
}
