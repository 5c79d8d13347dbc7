// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.report.ConfigPrinter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code goshawk print-config}. */
@Command(
    name = "print-config",
    description = {
      "Show a configuration as it counts: sources merged, variables put in, with all defaults.",
      "Secrets are not shown.",
      ""
    })
final class PrintConfigCommand implements Callable<Integer> {

  private enum Format {
    YAML,
    JSON
  }

  @Mixin ConfigOptions config = new ConfigOptions();

  @Option(names = "--format", paramLabel = "yaml|json", description = "yaml by default.")
  private Format format = Format.YAML;

  @Spec CommandSpec spec;

  private final Map<String, String> environment;

  PrintConfigCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() {
    CollectorConfig valid = config.load(environment);
    spec.commandLine()
        .getOut()
        .print(format == Format.YAML ? ConfigPrinter.yaml(valid) : ConfigPrinter.json(valid));
    spec.commandLine().getOut().flush();
    return ExitStatus.FINE;
  }
}
