// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Origin;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.logging.Logger;
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

  private static final Logger LOG = Logger.getLogger(ValidateCommand.class.getName());

  @Mixin ConfigOptions config = new ConfigOptions();

  private final Map<String, String> environment;

  ValidateCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() {
    CollectorConfig valid = config.load(environment, MapNode.empty(Origin.DEFAULT));
    for (CollectorConfig.Component unused : valid.unused()) {
      LOG.info(
          "%s: %s \"%s\" is in no pipeline and will not be started"
              .formatted(unused.origin(), unused.kind(), unused.id()));
    }
    return ExitStatus.FINE;
  }
}
