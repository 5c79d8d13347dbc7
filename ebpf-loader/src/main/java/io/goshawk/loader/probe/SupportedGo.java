// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.loader.go.GoVersion;
import java.util.Optional;

/**
 * The Go releases that Goshawk is made for and tested with. Newer ones are traced where that works;
 * older ones hand arguments over on the stack.
 */
public final class SupportedGo {

  static final int FIRST_MINOR = 17;
  private static final int LAST_MINOR = 27;

  private SupportedGo() {}

  static boolean isTooOld(GoVersion version) {
    return !version.atLeast(1, FIRST_MINOR);
  }

  static boolean isTooNew(GoVersion version) {
    return version.atLeast(1, LAST_MINOR + 1);
  }

  /** Why an executable of a release older than this one is not traced, or not in all. */
  static String needed(int minor, GoVersion version) {
    return "it needs Go 1.%d or newer, and was built with %s".formatted(minor, version.text());
  }

  /** The releases, for people. */
  static String range() {
    return "Go 1.%d to 1.%d".formatted(FIRST_MINOR, LAST_MINOR);
  }

  /** What to know of an executable that is traced though nobody has tried its release. */
  public static Optional<String> warning(GoVersion version) {
    return isTooNew(version)
        ? Optional.of(
            "it was built with %s and is traced all the same; Goshawk is tested with %s"
                .formatted(version.text(), range()))
        : Optional.empty();
  }
}
