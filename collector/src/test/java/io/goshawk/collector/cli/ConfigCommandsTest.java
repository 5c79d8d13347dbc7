// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigCommandsTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int execute(Map<String, String> environment, String... arguments) {
    return Main.commandLine(environment)
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }

  @Test
  void whatIsWrongIsSaidWithItsPlaceAndStatusTwo(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("otelcol.yaml"),
            """
            receivers: {goshawk: , hostmetrics: }
            exporters: {otlp: {endpoint: "h:4317", tls: {insecur: true}}}
            service: {pipelines: {traces: {receivers: [goshawk], exporters: [otlp]}}}
            """);
    assertThat(execute(Map.of(), "validate", "--config", file.toString()))
        .isEqualTo(ExitStatus.WRONG_USE);
    assertThat(err.toString())
        .contains(file + ":1:24: receivers::hostmetrics: goshawk has no receiver \"hostmetrics\"")
        .contains(
            file
                + ":2:46: exporters::otlp::tls::insecur: is no key here; did you mean"
                + " \"insecure\"?");
    assertThat(out.toString()).isEmpty();
  }

  /** As {@code run} does. */
  @Test
  void aReceiverThatWouldTraceNothingIsRefused() {
    String nothing =
        "yaml:{receivers: {goshawk: }, exporters: {debug: }, service: {pipelines: {traces:"
            + " {receivers: [goshawk], exporters: [debug]}}}}";
    assertThat(execute(Map.of(), "validate", "--config", nothing)).isEqualTo(ExitStatus.WRONG_USE);
    assertThat(err.toString())
        .contains("receivers::goshawk::include: names no process, so nothing would be traced");
    assertThat(execute(Map.of(), "run", "--config", nothing)).isEqualTo(ExitStatus.WRONG_USE);
    assertThat(execute(Map.of(), "validate", "--config", nothing, "--port", "8080"))
        .isEqualTo(ExitStatus.FINE);
  }

  @Test
  void everyPatternThatCannotBeUsedIsNamed() {
    String wrong =
        "yaml:{receivers: {goshawk: {include: {executables: ['[', shop, bin/shop], ports: [x]},"
            + " exclude: {service_names: ['{']}}}, exporters: {debug: }, service: {pipelines:"
            + " {traces: {receivers: [goshawk], exporters: [debug]}}}}";
    assertThat(execute(Map.of(), "validate", "--config", wrong)).isEqualTo(ExitStatus.WRONG_USE);
    assertThat(err.toString())
        .contains(
            "receivers::goshawk::include::executables[0]: \"[\": ",
            "receivers::goshawk::include::executables[2]: \"bin/shop\": with a slash",
            "receivers::goshawk::include::ports[0]: ",
            "receivers::goshawk::exclude::service_names[0]: \"{\": ")
        .doesNotContain("executables[1]");
  }

  @Test
  void twoReceiversAreRefused() {
    String two =
        "yaml:{receivers: {goshawk: {include: {ports: [1]}}, goshawk/b: {include: {ports: [2]}}},"
            + " exporters: {debug: }, service: {pipelines: {traces: {receivers: [goshawk,"
            + " goshawk/b], exporters: [debug]}}}}";
    assertThat(execute(Map.of(), "validate", "--config", two)).isEqualTo(ExitStatus.WRONG_USE);
    assertThat(err.toString())
        .contains("receivers::goshawk/b: is a second receiver of the kernel's");
  }

  @Test
  void aRightConfigurationIsShownAsItCounts() {
    assertThat(
            execute(
                Map.of("TOKEN", "s3cr3t"),
                "print-config",
                "--config",
                "yaml:{receivers: {goshawk: }, exporters: {otlp_http: {endpoint: 'http://h:1',"
                    + " headers: {a: '${env:TOKEN}'}}}}",
                "--config",
                "yaml:service::pipelines::traces: {receivers: [goshawk], exporters: [otlp_http]}"))
        .isEqualTo(ExitStatus.FINE);
    assertThat(out.toString())
        .contains("timeout: \"30s\"", "a: \"[REDACTED]\"", "max_elapsed_time: \"5m\"")
        .doesNotContain("s3cr3t");
  }

  @Test
  void withoutAConfigurationTheVariablesAreIt() {
    assertThat(execute(Map.of("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), "print-config"))
        .isEqualTo(ExitStatus.FINE);
    assertThat(out.toString()).contains("otlp_grpc:\n", "endpoint: \"http://localhost:4317\"");
    assertThat(execute(Map.of(), "validate")).isEqualTo(ExitStatus.FINE);
  }

  @Test
  void componentsAreListed() {
    assertThat(execute(Map.of(), "components")).isEqualTo(ExitStatus.FINE);
    assertThat(out.toString()).contains("receivers:\n  - name: goshawk\n");
  }
}
