// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.config.ConfigLoader;
import io.goshawk.config.component.Catalogue;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.tree.InvalidConfigException;
import io.goshawk.config.tree.MapNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Logger;
import picocli.CommandLine.Option;

/** Where the configuration comes from. */
final class ConfigOptions {

  private static final Logger LOG = Logger.getLogger(ConfigOptions.class.getName());

  @Option(
      names = "--config",
      paramLabel = "FILE|URI",
      description = {
        "The configuration: a path, file:PATH, env:VARIABLE or yaml:TEXT. Repeatable: later ones are"
            + " laid over earlier ones. By default the OTEL_* variables are the configuration."
      })
  List<String> sources = new ArrayList<>();

  /**
   * The configuration, whose oddities are logged.
   *
   * @param flags what other options say, above all sources
   * @throws CommandFailure with everything that is wrong with it
   */
  CollectorConfig load(Map<String, String> environment, MapNode flags) {
    ConfigLoader.Loaded loaded;
    try {
      loaded = ConfigLoader.load(sources, environment, flags, Catalogue.standard());
    } catch (InvalidConfigException e) {
      throw new CommandFailure(
          ExitStatus.WRONG_USE, "the configuration cannot be used\n" + e.getMessage());
    }
    loaded.warnings().forEach(warning -> LOG.warning(warning.toString()));
    return loaded.config();
  }
}
