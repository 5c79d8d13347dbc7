// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.tree.TreeBuilder;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code goshawk validate}. */
@Command(
    name = "validate",
    description = {
      "Check a configuration without running it.",
      "Everything that is wrong with it is said at once, with file, line, column and key.",
      ""
    })
final class ValidateCommand implements Callable<Integer> {

  @Mixin ConfigOptions config = new ConfigOptions();

  @Mixin TargetOptions targets = new TargetOptions();

  private final Map<String, String> environment;

  ValidateCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() {
    TreeBuilder flags = new TreeBuilder();
    targets.put(flags);
    CollectorConfig loaded = config.load(environment, flags.build()).config();
    ConfigOptions.sayUnused(loaded);
    if (config.given() || !targets.isEmpty()) {
      Services.check(loaded);
    }
    return ExitStatus.FINE;
  }
}
