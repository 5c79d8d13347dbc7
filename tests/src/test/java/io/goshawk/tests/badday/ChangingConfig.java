// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import io.goshawk.tests.process.Goshawk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/** A configuration that changes while an agent runs by it. */
final class ChangingConfig {
  private final Path folder;

  /** None yet, in the folder. */
  ChangingConfig(Path folder) {
    this.folder = folder;
  }

  Path file() {
    return folder.resolve("goshawk.yaml");
  }

  /** Where {@link #write} has spans go. */
  Path spans() {
    return folder.resolve("spans.jsonl");
  }

  /** Says what the receiver {@code goshawk} is to do, and has no metrics of the agent's. */
  void write(String goshawk) throws IOException {
    write(goshawk, "telemetry: {metrics: {level: none}}");
  }

  /** Says besides what the section {@code service} is to have. */
  void write(String goshawk, String service) throws IOException {
    replace(
        """
        receivers:
          goshawk: {%s}
        exporters:
          file: {path: '%s'}
        service:
          %s
          pipelines:
            traces: {receivers: [goshawk], exporters: [file]}
        """
            .formatted(goshawk, spans(), service));
  }

  /** In one step, so that nobody reads half of it. */
  void replace(String text) throws IOException {
    Path next = folder.resolve("next.yaml");
    Files.writeString(next, text);
    Files.move(next, file(), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Starts an agent, and waits until it traces a service. */
  Goshawk run(Service first) {
    Goshawk agent = Goshawk.start(folder, Map.of(), "run", "--config", file().toString());
    agent.process().awaitErrors("tracing process " + first.pid() + ":");
    return agent;
  }
}
