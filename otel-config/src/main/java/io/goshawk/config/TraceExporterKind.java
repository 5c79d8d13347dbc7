// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

/** An exporter that {@code OTEL_TRACES_EXPORTER} can name. */
public enum TraceExporterKind {
  /** A backend that speaks OTLP. */
  OTLP,
  /** Waterfalls on standard output. */
  CONSOLE
}
