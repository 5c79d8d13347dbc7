// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.Repository;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A run of {@code bin/goshawk} that has ended.
 *
 * @param status its exit status
 * @param output what it wrote to standard output
 * @param errors what it wrote to standard error
 */
record Ended(int status, String output, String errors) {

  static final String LAUNCHER = Repository.ROOT.resolve("bin/goshawk").toString();

  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Runs it to its end. */
  static Ended run(Path folder, String... arguments) {
    return run(folder, List.of(), Map.of(), arguments);
  }

  /**
   * Runs it to its end.
   *
   * @param prefix a command that runs it: {@code setpriv …}
   */
  static Ended run(
      Path folder, List<String> prefix, Map<String, String> environment, String... arguments) {
    try (ChildProcess process = start(folder, prefix, environment, arguments)) {
      return of(process, process.awaitExit(LIMIT));
    }
  }

  /** Starts it with a command around it. */
  static ChildProcess start(
      Path folder, List<String> prefix, Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>(prefix);
    command.add(LAUNCHER);
    command.addAll(List.of(arguments));
    return ChildProcess.start(folder, environment, command);
  }

  /** Starts an agent on a service, with a command around it, and waits until it traces that. */
  static ChildProcess startTracing(
      Path folder,
      List<String> prefix,
      Map<String, String> environment,
      Service service,
      Path spans) {
    ChildProcess agent =
        start(
            folder,
            prefix,
            environment,
            "run",
            "--pid",
            service.pid(),
            "--exporter",
            "file=" + spans);
    try {
      agent.awaitErrors("tracing process");
      return agent;
    } catch (RuntimeException e) {
      agent.close();
      throw e;
    }
  }

  /** What a process that has ended said. */
  static Ended of(ChildProcess process, int status) {
    return new Ended(status, process.output(), process.errors());
  }
}
