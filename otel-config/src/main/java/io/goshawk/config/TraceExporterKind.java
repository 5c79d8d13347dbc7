// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

/** An exporter that can be had without a configuration file. */
public enum TraceExporterKind {
  /** A backend that speaks OTLP. */
  OTLP,
  /** Waterfalls on standard output. */
  CONSOLE,
  /** OTLP/JSON in a file; of the command line only. */
  FILE
}
