// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.backend;

import io.goshawk.tests.process.Destination;
import io.goshawk.tests.process.Ports;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A running OpenTelemetry Collector with an OTLP receiver and a file exporter. */
public final class CollectorProcess implements Destination, AutoCloseable {

  private final Collector collector;
  private final Path output;
  private final Map<String, String> environment;

  private CollectorProcess(Collector collector, Path output, Map<String, String> environment) {
    this.collector = collector;
    this.output = output;
    this.environment = environment;
  }

  /**
   * Starts one that nothing else sends to.
   *
   * @param protocol how the agent is to send: {@code grpc} or {@code http/protobuf}
   */
  public static CollectorProcess start(Path folder, String protocol) {
    Path output = folder.resolve("collected.jsonl");
    int port = Ports.free();
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
    return new CollectorProcess(
        Collector.start(folder, "otelcol", config),
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

  /** What it has written until now. */
  public Path output() {
    return output;
  }

  /** Ends the Collector, which then writes what it still has. */
  @Override
  public Path finish() {
    collector.finish();
    return output;
  }

  @Override
  public void close() {
    collector.close();
  }
}
