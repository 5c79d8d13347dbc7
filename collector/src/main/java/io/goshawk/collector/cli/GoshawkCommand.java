// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code goshawk} itself: without a command there is nothing to do. */
@Command(
    name = "goshawk",
    description = {
      "Traces running Go services from the Linux kernel, as OpenTelemetry spans.",
      "The services are not changed, restarted or stopped.",
      ""
    },
    mixinStandardHelpOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nFirst steps:%n",
    footer = {
      "  goshawk doctor",
      "      does this machine have what is needed?",
      "  goshawk run --port 8080 --exporter console",
      "      trace what listens on port 8080, and show it here",
      "  goshawk capture -o traces.jsonl -- ./svc",
      "      start a service and record every request in a file",
      "",
      "'goshawk COMMAND --help' tells more of a command.",
      "",
      "Exit status: 0 fine, 1 failed while running, 2 wrong use or configuration,",
      "3 the machine lacks what is needed."
    })
final class GoshawkCommand implements Runnable {

  @Mixin final LogOptions log = new LogOptions();

  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  /** The command line this belongs to. */
  CommandLine commandLine() {
    return spec.commandLine();
  }
}
