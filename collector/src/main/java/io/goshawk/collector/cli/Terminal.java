// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The terminal that controls this process, by proc(5)'s stat. */
final class Terminal {

  /** Of the fields behind the name, which may be anything. */
  private static final int GROUP = 2;

  private static final int TERMINAL = 4;
  private static final int FOREGROUND_GROUP = 5;

  private Terminal() {}

  /** Whether there is one. */
  static boolean isThere() {
    List<String> fields = stat();
    return !fields.isEmpty() && !fields.get(TERMINAL).equals("0");
  }

  /** Whether we are in its foreground: Ctrl-C goes to all of the process group, then. */
  static boolean isOurs() {
    List<String> fields = stat();
    return !fields.isEmpty() && fields.get(GROUP).equals(fields.get(FOREGROUND_GROUP));
  }

  /** Empty if it cannot be read. */
  private static List<String> stat() {
    try {
      String stat = Files.readString(Path.of("/proc/self/stat"));
      return List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
    } catch (IOException e) {
      return List.of();
    }
  }
}
