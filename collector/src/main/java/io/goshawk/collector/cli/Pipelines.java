// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.collector.export.Exporters;
import io.goshawk.collector.export.console.ConsoleExporter;
import io.goshawk.collector.export.file.FileExporter;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.pipeline.DeliverySettings;
import io.goshawk.collector.pipeline.TracePipeline;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Map;

/** Builds the pipeline that the command line and the environment ask for. */
final class Pipelines {

  private Pipelines() {}

  /**
   * A running pipeline.
   *
   * @throws CommandFailure if an exporter cannot be made
   */
  static TracePipeline start(Otel otel, Map<String, String> environment, Ledger ledger) {
    DeliverySettings local = Exporters.localDelivery(otel.settings().batch());
    TracePipeline.Builder builder = TracePipeline.builder(ledger);
    int files = 0;
    // What is asked for twice is meant once.
    for (ExporterChoice choice : new LinkedHashSet<>(otel.exporters())) {
      if (choice instanceof ExporterChoice.Console) {
        builder.exporter(ConsoleExporter.onStandardOutput(environment), local);
      } else if (choice instanceof ExporterChoice.ToFile file) {
        files++;
        builder.exporter(open(files == 1 ? "file" : "file/" + files, file.path()), local);
      } else {
        builder.exporter(
            Exporters.otlp(otel.settings().otlp().orElseThrow(), otel.settings().batch()),
            Exporters.backendDelivery(otel.settings().batch()));
      }
    }
    return builder.start();
  }

  private static FileExporter open(String name, String path) {
    try {
      return FileExporter.open(name, path);
    } catch (IOException e) {
      throw new CommandFailure(ExitStatus.WRONG_USE, e.getMessage());
    }
  }
}
