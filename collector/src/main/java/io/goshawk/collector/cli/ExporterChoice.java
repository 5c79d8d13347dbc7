// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Where spans go, as {@code --exporter} names it. */
sealed interface ExporterChoice {

  /** To the endpoint that the {@code OTEL_EXPORTER_OTLP_*} variables name. */
  record Otlp() implements ExporterChoice {}

  /** To standard output, as waterfalls. */
  record Console() implements ExporterChoice {}

  /** To a file, as OTLP/JSON; {@code -} is standard output. */
  record ToFile(String path) implements ExporterChoice {}

  /** Reads {@code otlp}, {@code console} or {@code file=PATH}. */
  final class Converter implements ITypeConverter<ExporterChoice> {
    @Override
    public ExporterChoice convert(String text) {
      if (text.startsWith("file=") && text.length() > "file=".length()) {
        return new ToFile(text.substring("file=".length()));
      }
      return switch (text) {
        case "otlp" -> new Otlp();
        case "console" -> new Console();
        default ->
            throw new TypeConversionException(
                "'" + text + "' is no exporter; use otlp, console or file=PATH");
      };
    }
  }
}
