// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.config.component.Catalogue;
import io.goshawk.config.report.ComponentList;
import io.goshawk.config.report.ConfigSchema;
import io.goshawk.config.report.ReferencePage;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code goshawk components}. */
@Command(
    name = "components",
    description = "List the receivers, processors, exporters, connectors and extensions there are.")
final class ComponentsCommand implements Callable<Integer> {

  private enum Format {
    YAML,
    JSON,
    MARKDOWN,
    SCHEMA
  }

  @Option(
      names = "--format",
      paramLabel = "yaml|json|markdown|schema",
      description =
          "yaml by default; markdown is the page of all keys, schema a JSON schema for editors.")
  private Format format = Format.YAML;

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    Catalogue catalogue = Catalogue.standard();
    String version = VersionCommand.version();
    spec.commandLine()
        .getOut()
        .print(
            switch (format) {
              case YAML -> ComponentList.yaml(version, catalogue);
              case JSON -> ComponentList.json(version, catalogue);
              case MARKDOWN -> ReferencePage.markdown(catalogue);
              case SCHEMA -> ConfigSchema.json(catalogue);
            });
    spec.commandLine().getOut().flush();
    return ExitStatus.FINE;
  }
}
