// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.database;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.GoToolchain;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A Kafka of one broker, with empty topics, on a free port of 127.0.0.1, gone with its data when it
 * is closed. It is franz-go's own for tests: one protocol, no disk.
 */
public final class KafkaBroker implements AutoCloseable {

  private final ChildProcess process;

  private KafkaBroker(ChildProcess process) {
    this.process = process;
  }

  /**
   * Starts one.
   *
   * @param folder for its output
   */
  public static KafkaBroker start(Path folder) {
    Path program = GoToolchain.of("1.26").build("tests/go/kafkabroker", ".");
    return new KafkaBroker(ChildProcess.start(folder, Map.of(), List.of(program.toString())));
  }

  /** Host and port. */
  public String address() {
    return process.awaitOutput("127\\.0\\.0\\.1:\\d+").group();
  }

  @Override
  public void close() {
    process.close();
  }
}
