// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.goshawk.tests.backend.CollectorProcess;
import io.goshawk.tests.process.Readme;
import io.goshawk.tests.process.Repository;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Scanner;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the README says to copy does what it says there. */
final class ReadmeTest {

  @TempDir private static Path built;

  private static Path service;

  @TempDir private Path folder;

  @BeforeAll
  static void build() throws Exception {
    service = Service.build(built);
  }

  /** A Collector speaks what Jaeger and Tempo speak, and stands for them. */
  @ParameterizedTest
  @CsvSource({
    "Jaeger, grpc, JAEGER",
    "Tempo, http/protobuf, TEMPO",
    "In front of a Collector, grpc, COLLECTOR",
    "Beside a service as a sidecar, grpc, GATEWAY"
  })
  void aConfigurationToCopyBringsSpansToItsBackend(String title, String protocol, String variable)
      throws Exception {
    Path config = Files.writeString(folder.resolve("goshawk.yaml"), Readme.block(title));
    Process target = new ProcessBuilder(service.toString(), "--wait").start();
    try (CollectorProcess backend = CollectorProcess.start(folder, protocol);
        Scanner output = new Scanner(target.getInputStream())) {
      String listening = output.nextLine();
      int port = Integer.parseInt(listening.substring(listening.lastIndexOf(':') + 1));
      List<String> environment =
          List.of(
              "env",
              variable + "=" + backend.environment().get("OTEL_EXPORTER_OTLP_ENDPOINT"),
              "SIDECAR=localhost:0");
      String pid = Long.toString(target.pid());
      try (Command run =
          Command.start(
              folder, environment, null, "run", "--config", config.toString(), "--pid", pid)) {
        run.awaitErr("tracing process " + pid);
        for (int i = 0; i < 3; i++) {
          get(port, i);
        }
        run.signal("TERM");
        assertThat(run.status()).as(run::err).isZero();
        assertThat(run.err()).contains("adds up: every request is in a row above");
      }
      assertThat(Files.readString(backend.finish()).split("\"spanId\"", -1)).hasSize(3 + 1);
    } finally {
      target.destroyForcibly().waitFor();
    }
  }

  @Test
  void whatIsInstalledAsItSaysRunsWithoutTheSources() throws Exception {
    Path prefix = install();
    install();
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    ProcessBuilder inspect =
        new ProcessBuilder("env", "goshawk", "inspect", service.toString())
            .directory(elsewhere.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    inspect.environment().merge("PATH", prefix.resolve("bin") + ":", (path, bin) -> bin + path);
    Process process = inspect.start();
    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .containsPattern("(?m)^http.server +on ");
    assertThat(process.waitFor()).isZero();
  }

  private Path install() throws Exception {
    Path prefix = folder.resolve("prefix");
    String lines = Readme.block("Install");
    assertThat(lines).startsWith("to=/usr/local ");
    Process process =
        new ProcessBuilder("sh", "-ec", lines.replace("to=/usr/local ", "to='" + prefix + "' "))
            .directory(Repository.ROOT.toFile())
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isZero();
    return prefix;
  }

  @Test
  void theUnitIsOneToSystemd() throws Exception {
    assumeTrue(Files.exists(Path.of("/usr/bin/systemd-analyze")), "systemd is there");
    String unit = Readme.block("With systemd");
    assertThat(unit).contains("=/usr/local/bin/goshawk ");
    Path file =
        Files.writeString(
            folder.resolve("goshawk.service"),
            unit.replace("=/usr/local/", "=" + Repository.ROOT + "/"));
    Process verify =
        new ProcessBuilder("systemd-analyze", "verify", file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(verify.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(verify.waitFor()).as(said).isZero();
    assertThat(said).doesNotContain("goshawk.service");
  }

  private static void get(int port, int item) throws Exception {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://127.0.0.1:" + port + "/item/" + item).toURL().openConnection();
    assertThat(connection.getResponseCode()).isEqualTo(200);
    connection.getInputStream().readAllBytes();
  }
}
