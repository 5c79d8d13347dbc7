// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import java.util.Locale;

/** What goes through a pipeline. */
public enum Signal {
  /** Spans. */
  TRACES,
  /** Metric points. */
  METRICS;

  /** As a pipeline's name begins. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
