// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.config.ExporterChoice;
import io.goshawk.config.TraceExporterKind;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads {@code otlp}, {@code console}, which configurations call {@code debug}, or {@code
 * file=PATH}.
 */
final class ExporterOption implements ITypeConverter<ExporterChoice> {
  private static final String FILE = "file=";

  @Override
  public ExporterChoice convert(String text) {
    if (text.startsWith(FILE) && text.length() > FILE.length()) {
      return ExporterChoice.toFile(text.substring(FILE.length()));
    }
    return switch (text) {
      case "otlp" -> ExporterChoice.of(TraceExporterKind.OTLP);
      case "console", "debug" -> ExporterChoice.of(TraceExporterKind.CONSOLE);
      default ->
          throw new TypeConversionException(
              "'" + text + "' is no exporter; use otlp, console or file=PATH");
    };
  }
}
