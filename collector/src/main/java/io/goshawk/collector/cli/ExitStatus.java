// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

/** What the process tells its caller. {@code capture -- COMMAND} passes the command's own on. */
final class ExitStatus {

  static final int FINE = 0;

  /** It failed while it ran. */
  static final int FAILED = 1;

  /** Wrong use or configuration. */
  static final int WRONG_USE = 2;

  /** The machine lacks what is needed; {@code goshawk doctor} says what. */
  static final int MACHINE_LACKS = 3;

  /** As shells have it: the command was found and cannot be executed. */
  static final int COMMAND_NOT_EXECUTABLE = 126;

  /** As shells have it: there is no such command. */
  static final int COMMAND_NOT_FOUND = 127;

  private ExitStatus() {}
}
