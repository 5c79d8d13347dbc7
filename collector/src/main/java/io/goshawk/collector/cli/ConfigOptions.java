// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.config.ConfigLoader;
import io.goshawk.config.ExporterChoice;
import io.goshawk.config.component.Catalogue;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.tree.InvalidConfigException;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.logging.Logger;
import picocli.CommandLine.Option;

/** Where the configuration comes from. */
final class ConfigOptions {

  private static final Logger LOG = Logger.getLogger(ConfigOptions.class.getName());

  /** Why nothing is traced. */
  static final String DISABLED = "OTEL_SDK_DISABLED is true: nothing is traced; unset it to trace";

  @Option(
      names = "--config",
      paramLabel = "FILE|URI",
      description = {
        "The configuration: a path, file:PATH, env:VARIABLE or yaml:TEXT. Repeatable: later ones are"
            + " laid over earlier ones. By default the OTEL_* variables are the configuration."
      })
  List<String> sources = new ArrayList<>();

  /** Whether there is any. */
  boolean given() {
    return !sources.isEmpty();
  }

  /**
   * The configuration as the sources and the variables have it, whose oddities are logged.
   *
   * @throws CommandFailure with everything that is wrong with it
   */
  CollectorConfig load(Map<String, String> environment) {
    return load(environment, MapNode.empty(Origin.DEFAULT)).config();
  }

  /**
   * The same with what other options say, above all sources.
   *
   * @throws CommandFailure with everything that is wrong with it
   */
  ConfigLoader.Loaded load(Map<String, String> environment, MapNode flags) {
    return checked(() -> ConfigLoader.load(sources, environment, flags, Catalogue.standard()));
  }

  /**
   * The one of who has no file.
   *
   * @param exporters those that the command line names; empty: those of the variables
   * @throws CommandFailure with everything that is wrong with it
   */
  static ConfigLoader.Loaded load(
      Map<String, String> environment, List<ExporterChoice> exporters, MapNode flags) {
    return checked(() -> ConfigLoader.load(environment, exporters, flags, Catalogue.standard()));
  }

  private static ConfigLoader.Loaded checked(Supplier<ConfigLoader.Loaded> loading) {
    try {
      ConfigLoader.Loaded loaded = loading.get();
      loaded.warnings().forEach(warning -> LOG.warning(warning.toString()));
      return loaded;
    } catch (InvalidConfigException e) {
      throw unusable(e);
    }
  }

  /** Components that are defined and in no pipeline may be a mistake. */
  static void sayUnused(CollectorConfig config) {
    for (CollectorConfig.Component unused : config.unused()) {
      LOG.info(
          "%s: %s \"%s\" is in no pipeline and will not be started"
              .formatted(unused.origin(), unused.kind(), unused.id()));
    }
  }

  /** What is to be told of it. */
  static CommandFailure unusable(InvalidConfigException e) {
    return new CommandFailure(
        ExitStatus.WRONG_USE, "the configuration cannot be used\n" + e.getMessage());
  }
}
