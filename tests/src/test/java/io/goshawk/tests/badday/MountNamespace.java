// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** A view of the file system that one command has for itself, and that is gone with it. */
final class MountNamespace {

  private MountNamespace() {}

  /** A command that runs a shell script in one, with what is appended as its arguments. */
  static List<String> running(String script) {
    // A root that is no mount point, as in a chroot, has no propagation to be changed.
    String propagation = isPossibleIn("private") ? "private" : "unchanged";
    return List.of("unshare", "-m", "--propagation", propagation, "sh", "-c", script);
  }

  private static boolean isPossibleIn(String propagation) {
    try {
      return new ProcessBuilder("unshare", "-m", "--propagation", propagation, "true")
              .start()
              .onExit()
              .join()
              .exitValue()
          == 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
