// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code goshawk version}. */
@Command(name = "version", description = "Show the version of Goshawk and of the Java it runs on.")
final class VersionCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  /** The version of the jar, or {@code dev} where the classes are not in one. */
  static String version() {
    String version = VersionCommand.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version;
  }

  @Override
  public Integer call() {
    spec.commandLine()
        .getOut()
        .println("goshawk " + version() + " (Java " + System.getProperty("java.version") + ")");
    return ExitStatus.FINE;
  }
}
