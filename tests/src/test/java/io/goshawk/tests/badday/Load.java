// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import io.goshawk.tests.process.ChildProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;

/** Requests over keep-alive connections, as fast as they are answered; every answer is checked. */
final class Load implements AutoCloseable {

  private static final Duration END_LIMIT = Duration.ofSeconds(30);

  private final ChildProcess process;

  /** What came of it. */
  record Result(long sent, long answered, long failed) {}

  private Load(ChildProcess process) {
    this.process = process;
  }

  /** Starts it and waits until it has. */
  static Load start(Path folder, Service service, String... arguments) {
    List<String> command =
        new ArrayList<>(List.of(Programs.LOAD.toString(), "-address", service.address()));
    command.addAll(List.of(arguments));
    Load load = new Load(ChildProcess.start(folder, Map.of(), command));
    load.process.awaitOutput("^started$");
    return load;
  }

  /** Ends it after the answers to what is under way. */
  Result stop() {
    process.terminate(END_LIMIT);
    return result();
  }

  /** Waits for an end that its arguments or its service's death set. */
  Result awaitEnd() {
    process.awaitExit(END_LIMIT);
    return result();
  }

  private Result result() {
    MatchResult line = process.awaitOutput("^sent (\\d+) answered (\\d+) failed (\\d+)$");
    return new Result(
        Long.parseLong(line.group(1)),
        Long.parseLong(line.group(2)),
        Long.parseLong(line.group(3)));
  }

  @Override
  public void close() {
    process.close();
  }
}
