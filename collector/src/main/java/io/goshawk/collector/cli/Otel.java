// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.config.ConfigException;
import io.goshawk.config.OtelSettings;
import io.goshawk.config.TraceExporterKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Logger;

/**
 * The {@code OTEL_*} variables together with the flags that stand above them.
 *
 * @param settings of the variables
 * @param exporters where spans go
 */
record Otel(OtelSettings settings, List<ExporterChoice> exporters) {

  private static final Logger LOG = Logger.getLogger(Otel.class.getName());

  /**
   * Reads them, and warns of those that are ignored.
   *
   * @param flags exporters that the command line names; empty: those of the variables
   * @throws CommandFailure if one cannot be used
   */
  static Otel read(Map<String, String> environment, List<ExporterChoice> flags) {
    Map<String, String> variables = new HashMap<>(environment);
    if (!flags.isEmpty()) {
      // Settings of OTLP that cannot be used are no problem to whom does not use them.
      boolean otlp = flags.stream().anyMatch(ExporterChoice.Otlp.class::isInstance);
      variables.put("OTEL_TRACES_EXPORTER", otlp ? "otlp" : "none");
    }
    OtelSettings settings;
    try {
      settings = OtelSettings.read(variables);
    } catch (ConfigException e) {
      throw new CommandFailure(ExitStatus.WRONG_USE, e.getMessage());
    }
    settings.warnings().forEach(LOG::warning);
    List<ExporterChoice> exporters = new ArrayList<>(flags);
    if (flags.isEmpty()) {
      for (TraceExporterKind kind : settings.exporters()) {
        exporters.add(
            switch (kind) {
              case OTLP -> new ExporterChoice.Otlp();
              case CONSOLE -> new ExporterChoice.Console();
            });
      }
    }
    return new Otel(settings, List.copyOf(exporters));
  }

  /** Whether nothing is to be traced, which is said if so. */
  boolean disabled() {
    if (settings.disabled()) {
      LOG.info("OTEL_SDK_DISABLED is true: nothing is traced; unset it to trace");
    }
    return settings.disabled();
  }
}
