// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Types;
import java.util.Set;

/** The exporter {@code debug}. */
public final class DebugExporterConfig {
  public static final Key<String> VERBOSITY =
      Key.of(
              "verbosity",
              Types.word("basic", "normal", "detailed"),
              "basic: how many spans there were; normal: traces as waterfalls; detailed: every"
                  + " attribute besides.")
          .or("basic");

  static final Declaration DECLARATION =
      Declaration.exporter(
          "debug",
          Set.of(Signal.TRACES),
          Section.of(
              VERBOSITY,
              NotYet.key("output"),
              NotYet.key("output_paths"),
              NotYet.tuning("sampling_initial"),
              NotYet.tuning("sampling_thereafter"),
              Key.ignored("use_internal_logger", "data goes to standard output, never to the log"),
              NotYet.tuning("sending_queue")),
          "Shows on standard output what arrives.",
          """
          verbosity: normal
          """);

  private DebugExporterConfig() {}
}
