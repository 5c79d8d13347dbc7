// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.backend;

import io.goshawk.tests.process.ChildProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A running OpenTelemetry Collector with any configuration. */
public final class Collector implements AutoCloseable {
  private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

  private final ChildProcess process;

  private Collector(ChildProcess process) {
    this.process = process;
  }

  /**
   * Starts one and waits until it is ready.
   *
   * @param build {@code otelcol} or {@code gateway}
   */
  public static Collector start(Path folder, String build, String config) {
    return start(folder, List.of(), build, config);
  }

  /**
   * Starts one in some surroundings.
   *
   * @param prefix what runs it: {@code ip netns exec …}
   */
  static Collector start(Path folder, List<String> prefix, String build, String config) {
    try {
      Path file = Files.createTempFile(folder, build + "-", ".yaml");
      Files.writeString(file, config);
      List<String> command = new ArrayList<>(prefix);
      command.addAll(List.of(Built.backend(build, folder), "--config", "file:" + file));
      ChildProcess process = ChildProcess.start(folder, Map.of(), command);
      try {
        process.awaitErrors("Everything is ready");
      } catch (RuntimeException e) {
        process.close();
        throw e;
      }
      return new Collector(process);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public boolean alive() {
    return process.alive();
  }

  /** Ends it, which then hands on what it still has. */
  public void finish() {
    int status = process.terminate(STOP_LIMIT);
    if (status != 0) {
      throw process.failure("ended with status " + status);
    }
  }

  /** Ends it as the kernel does where memory is short. */
  void kill() {
    process.kill();
  }

  @Override
  public void close() {
    process.close();
  }
}
