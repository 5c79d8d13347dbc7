// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

/**
 * An exporter that the command line names.
 *
 * @param kind which
 * @param path of {@link TraceExporterKind#FILE}: the file; else empty
 */
public record ExporterChoice(TraceExporterKind kind, String path) {

  /** One that needs to be told nothing more. */
  public static ExporterChoice of(TraceExporterKind kind) {
    return new ExporterChoice(kind, "");
  }

  /** Into a file; {@code -} is standard output. */
  public static ExporterChoice toFile(String path) {
    return new ExporterChoice(TraceExporterKind.FILE, path);
  }
}
