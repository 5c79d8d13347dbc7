// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

import io.goshawk.config.component.Catalogue;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.ConfigReader;
import io.goshawk.config.tree.ConfigSource;
import io.goshawk.config.tree.Finding;
import io.goshawk.config.tree.Findings;
import io.goshawk.config.tree.InvalidConfigException;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * From what a user gave to a configuration. Files and other sources are laid over each other in
 * their order, flags over all of them; without any source the {@code OTEL_*} variables are the
 * lowest layer. With one they say nothing, as in the Collector, except where the text refers to
 * them.
 */
public final class ConfigLoader {

  /**
   * A configuration that can be used.
   *
   * @param disabled whether nothing is to run, as {@code OTEL_SDK_DISABLED} says
   * @param warnings what is odd with it
   */
  public record Loaded(CollectorConfig config, boolean disabled, List<Finding> warnings) {
    public Loaded {
      warnings = List.copyOf(warnings);
    }
  }

  private ConfigLoader() {}

  /**
   * Loads and checks it.
   *
   * @param sources as {@code --config} has them
   * @param variables the agent's environment
   * @param flags what the command line says otherwise
   * @throws InvalidConfigException with everything that is wrong with it
   */
  public static Loaded load(
      List<String> sources, Map<String, String> variables, MapNode flags, Catalogue catalogue) {
    if (sources.isEmpty()) {
      return load(variables, List.of(), flags, catalogue);
    }
    Findings findings = new Findings();
    MapNode root = merged(sources, variables, findings);
    return read(root, flags, catalogue, false, findings);
  }

  /**
   * Makes and checks the one of who has no file.
   *
   * @param exporters those that the command line names; empty: those of the variables
   * @throws InvalidConfigException with everything that is wrong with it
   */
  public static Loaded load(
      Map<String, String> variables,
      List<ExporterChoice> exporters,
      MapNode flags,
      Catalogue catalogue) {
    Findings findings = new Findings();
    OtelTree tree = OtelTree.of(variables, exporters, findings);
    return read(tree.root(), flags, catalogue, tree.disabled(), findings);
  }

  private static Loaded read(
      MapNode root, MapNode flags, Catalogue catalogue, boolean disabled, Findings findings) {
    CollectorConfig config = ConfigReader.read(root.mergedWith(flags), catalogue, findings);
    return new Loaded(config, disabled, findings.warnings());
  }

  private static MapNode merged(
      List<String> sources, Map<String, String> variables, Findings findings) {
    MapNode root = MapNode.empty(Origin.DEFAULT);
    List<Finding> unreadable = new ArrayList<>();
    for (String source : sources) {
      try {
        root = root.mergedWith(ConfigSource.read(source, variables, findings));
      } catch (InvalidConfigException e) {
        unreadable.addAll(e.errors());
      }
    }
    if (!unreadable.isEmpty()) {
      // What single values lack is of no use without the rest.
      throw new InvalidConfigException(unreadable);
    }
    return root;
  }
}
