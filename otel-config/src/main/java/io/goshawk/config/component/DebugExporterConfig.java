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
              "basic: how many spans or data points there were; normal: traces as waterfalls,"
                  + " with captured headers; detailed: every attribute.")
          .or("basic");

  /** Named as the Collector does; OpenTelemetry's variables and the command line say console. */
  static final Declaration DECLARATION =
      Declaration.exporter(
              "debug",
              Set.of(Signal.TRACES, Signal.METRICS),
              Section.of(
                  VERBOSITY,
                  QueueConfig.SENDING_QUEUE,
                  NotYet.key("output"),
                  NotYet.key("output_paths"),
                  NotYet.tuning("sampling_initial"),
                  NotYet.tuning("sampling_thereafter"),
                  Key.ignored(
                      "use_internal_logger", "data goes to standard output, never to the log")),
              "Shows on standard output what arrives; --exporter console is this with verbosity:"
                  + " normal.",
              """
          verbosity: normal
          """)
          .formerly("console");

  private DebugExporterConfig() {}
}
