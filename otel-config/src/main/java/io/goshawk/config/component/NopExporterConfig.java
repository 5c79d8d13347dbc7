// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Section;
import java.util.Set;

/** The exporter {@code nop}. */
public final class NopExporterConfig {
  static final Declaration DECLARATION =
      Declaration.exporter(
          "nop",
          Set.of(Signal.TRACES, Signal.METRICS),
          Section.of(),
          "Counts what arrives and lets go of it.",
          "");

  private NopExporterConfig() {}
}
