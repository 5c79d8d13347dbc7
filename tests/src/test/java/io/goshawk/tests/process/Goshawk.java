// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The agent, as a user starts it. */
public final class Goshawk implements AutoCloseable {

  private static final Path LAUNCHER = Repository.ROOT.resolve("bin/goshawk");
  private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

  private final ChildProcess process;

  private Goshawk(ChildProcess process) {
    this.process = process;
  }

  /** Starts {@code bin/goshawk} with the arguments and waits until its probes are there. */
  public static Goshawk attached(
      Path folder, Map<String, String> environment, String... arguments) {
    return attached(folder, environment, List.of(), arguments);
  }

  /**
   * The same somewhere else.
   *
   * @param prefix what runs it: {@code nsenter …}
   */
  public static Goshawk attached(
      Path folder, Map<String, String> environment, List<String> prefix, String... arguments) {
    Goshawk agent = start(folder, environment, prefix, arguments);
    try {
      agent.process.awaitErrors("tracing process \\d+");
      return agent;
    } catch (RuntimeException e) {
      agent.close();
      throw e;
    }
  }

  /** Starts {@code bin/goshawk} with the arguments. */
  public static Goshawk start(Path folder, Map<String, String> environment, String... arguments) {
    return start(folder, environment, List.of(), arguments);
  }

  private static Goshawk start(
      Path folder, Map<String, String> environment, List<String> prefix, String... arguments) {
    List<String> command = new ArrayList<>(prefix);
    command.add(LAUNCHER.toString());
    command.addAll(List.of(arguments));
    return new Goshawk(ChildProcess.start(folder, environment, command));
  }

  public ChildProcess process() {
    return process;
  }

  /** Ends the agent with SIGTERM and returns its summary. */
  public Summary stop() {
    return summary(process.terminate(STOP_LIMIT));
  }

  /** Waits until the agent ends because nothing is left to trace, and returns its summary. */
  public Summary awaitEnd() {
    return awaitEnd(STOP_LIMIT);
  }

  /** The same for what takes its time. */
  public Summary awaitEnd(Duration limit) {
    return summary(process.awaitExit(limit));
  }

  private Summary summary(int status) {
    if (status != 0) {
      throw process.failure("ended with status " + status);
    }
    return summary();
  }

  /** The summary of one that has ended, with whatever status. */
  public Summary summary() {
    return Summary.parse(process.errors());
  }

  @Override
  public void close() {
    process.close();
  }
}
