package io.goshawk.loader.go;

/**
 * A Go release.
 *
 * @param text as the runtime reports it, for example {@code go1.26.8} or {@code devel go1.28-abc}
 * @param major 1
 * @param minor 26
 * @param patch 8; 0 when the text names none
 */
public record GoVersion(String text, int major, int minor, int patch) {

  /** Whether this release is {@code major.minor} or newer. */
  public boolean atLeast(int otherMajor, int otherMinor) {
    return major > otherMajor || (major == otherMajor && minor >= otherMinor);
  }
}
