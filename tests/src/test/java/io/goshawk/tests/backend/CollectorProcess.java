// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.backend;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.Destination;
import io.goshawk.tests.process.Repository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A running OpenTelemetry Collector with an OTLP receiver and a file exporter. */
public final class CollectorProcess implements Destination, AutoCloseable {

  private static final Duration BUILD_LIMIT = Duration.ofMinutes(10);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

  private final ChildProcess process;
  private final Path output;
  private final Map<String, String> environment;

  private CollectorProcess(ChildProcess process, Path output, Map<String, String> environment) {
    this.process = process;
    this.output = output;
    this.environment = environment;
  }

  /**
   * Starts one that nothing else sends to.
   *
   * @param protocol how the agent is to send: {@code grpc} or {@code http/protobuf}
   */
  public static CollectorProcess start(Path folder, String protocol) {
    String executable =
        ChildProcess.run(
                folder,
                Map.of(),
                BUILD_LIMIT,
                List.of(Repository.ROOT.resolve("tests/collector/build").toString()))
            .strip();
    Path output = folder.resolve("collected.jsonl");
    int port = freePort();
    String config =
        """
        receivers:
          otlp:
            protocols:
              %s: { endpoint: "127.0.0.1:%d" }
        exporters:
          file: { path: "%s" }
          debug: {}
        service:
          telemetry: { metrics: { level: none } }
          pipelines:
            traces: { receivers: [otlp], exporters: [file, debug] }
        """
            .formatted(protocol.equals("grpc") ? "grpc" : "http", port, output);
    Path configFile = folder.resolve("collector.yaml");
    try {
      Files.writeString(configFile, config);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ChildProcess process =
        ChildProcess.start(folder, Map.of(), List.of(executable, "--config", "file:" + configFile));
    try {
      process.awaitErrors("Everything is ready");
    } catch (RuntimeException e) {
      process.close();
      throw e;
    }
    return new CollectorProcess(
        process,
        output,
        Map.of(
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            protocol,
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://127.0.0.1:" + port));
  }

  @Override
  public Map<String, String> environment() {
    return environment;
  }

  @Override
  public List<String> arguments() {
    return List.of("run");
  }

  /** Ends the Collector, which then writes what it still has. */
  @Override
  public Path finish() {
    int status = process.terminate(STOP_LIMIT);
    if (status != 0) {
      throw process.failure("ended with status " + status);
    }
    return output;
  }

  @Override
  public void close() {
    process.close();
  }

  /** A port that was free a moment ago; the Collector does not say which one it took. */
  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
