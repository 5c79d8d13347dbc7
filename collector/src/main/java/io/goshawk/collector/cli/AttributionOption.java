// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.config.tree.TreeBuilder;
import io.goshawk.loader.probe.AttributionLevel;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How much spans say of where their time went. */
final class AttributionOption {

  private static final VariableOption<AttributionLevel> LEVEL =
      new VariableOption<>("--attribution", "GOSHAWK_ATTRIBUTION", new Level());

  @Option(
      names = "--attribution",
      paramLabel = "none|calls",
      converter = Level.class,
      description =
          "How much spans say of where their time went. calls: what calls waited for before they"
              + " were sent. none: without the probes that tell nothing else. GOSHAWK_ATTRIBUTION,"
              + " else calls.")
  @Nullable AttributionLevel level;

  /**
   * Says it as the configuration's {@code receivers::goshawk::attribution} does.
   *
   * @param environment has the variable; empty if it does not count
   * @throws CommandFailure if it cannot be used
   */
  void put(TreeBuilder flags, Map<String, String> environment) {
    LEVEL
        .said(level, environment)
        .ifPresent(
            said ->
                flags.put(
                    "receivers::goshawk::attribution::level",
                    said.origin(),
                    Words.word(said.value())));
  }

  /** Reads a level. */
  static final class Level extends Words<AttributionLevel> {
    Level() {
      super(AttributionLevel.values());
    }
  }
}
