// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.backend;

import io.goshawk.tests.process.Destination;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Another destination, which the agent is told of by a configuration file with processors, and sent
 * what zstd has compressed.
 */
public record ConfiguredAgent(Destination behind, Path file) implements Destination {

  /**
   * Writes the file.
   *
   * @param exporter the name of the exporter that speaks the destination's protocol
   */
  public static ConfiguredAgent to(Destination behind, String exporter, Path folder) {
    Path file = folder.resolve("goshawk.yaml");
    String config =
        """
        receivers:
          goshawk:
        processors:
          memory_limiter: {check_interval: 1s, limit_percentage: 90, spike_limit_percentage: 10}
          attributes:
            actions: [{key: via, value: goshawk.yaml, action: insert}]
          batch: {send_batch_size: 1000, timeout: 100ms}
        exporters:
          %s:
            endpoint: ${env:OTEL_EXPORTER_OTLP_ENDPOINT}
            compression: zstd
        service:
          pipelines:
            traces:
              receivers: [goshawk]
              processors: [memory_limiter, attributes, batch]
              exporters: [%s]
        """
            .formatted(exporter, exporter);
    try {
      Files.writeString(file, config);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new ConfiguredAgent(behind, file);
  }

  @Override
  public Map<String, String> environment() {
    return behind.environment();
  }

  @Override
  public List<String> arguments() {
    return List.of("run", "--config", file.toString());
  }

  @Override
  public Path finish() {
    return behind.finish();
  }
}
