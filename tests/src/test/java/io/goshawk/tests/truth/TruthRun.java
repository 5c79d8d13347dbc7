// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.Destination;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Summary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One run of service, agent and driver, from the attaching to the comparison.
 *
 * @param comparison what the agent wrote, against the truth
 * @param summary the agent's account of itself
 */
record TruthRun(Comparison comparison, Summary summary) {

  private static final String MODULE = "tests/go/truth";
  private static final int LEFT_OPEN = 6;
  private static final Duration DRIVE_LIMIT = Duration.ofMinutes(4);
  private static final Duration END_LIMIT = Duration.ofSeconds(60);
  private static final Pattern LISTENING = Pattern.compile("(\\w+) listening on (\\S+)");

  /**
   * Starts the service, attaches the agent to the running process, asks it everything, and ends
   * with requests that are open when the service shuts down.
   *
   * @param folder for logs and output, which stay there if anything differs
   * @param flags for building the service
   */
  static TruthRun of(
      Path folder,
      Destination destination,
      GoToolchain go,
      int requests,
      long seed,
      String... flags) {
    return of(folder, destination, Map.of(), go, requests, seed, flags);
  }

  /** The same with more in the agent's environment. */
  static TruthRun of(
      Path folder,
      Destination destination,
      Map<String, String> environment,
      GoToolchain go,
      int requests,
      long seed,
      String... flags) {
    Path served = folder.resolve("served.jsonl");
    Path driven = folder.resolve("driven.jsonl");
    Path service = go.build(MODULE, "./serve", flags);
    Path driver = GoToolchain.newest().build(MODULE, "./drive");
    try (ChildProcess serve =
        ChildProcess.start(
            folder, Map.of(), List.of(service.toString(), "--log", served.toString()))) {
      serve.awaitOutput("^xnet listening on");
      Map<String, String> variables = new HashMap<>(destination.environment());
      variables.putAll(environment);
      List<String> arguments = new ArrayList<>(destination.arguments());
      arguments.addAll(List.of("--pid", String.valueOf(serve.pid())));
      try (Goshawk agent = Goshawk.attached(folder, variables, arguments.toArray(String[]::new));
          ChildProcess drive =
              ChildProcess.start(
                  folder, Map.of(), command(driver, targets(serve), driven, requests, seed))) {
        drive.awaitOutput("^lingering$", DRIVE_LIMIT);
        int status = serve.terminate(END_LIMIT);
        if (status != 0) {
          throw serve.failure("ended with status " + status);
        }
        status = drive.awaitExit(END_LIMIT);
        if (status != 0) {
          throw drive.failure("ended with status " + status);
        }
        Summary summary = agent.awaitEnd();
        Path traced = destination.finish();
        TruthRun run = new TruthRun(Comparison.of(driven, served, traced), summary);
        if (run.comparison.differences().isEmpty()) {
          // Hundreds of megabytes that only a failure makes worth keeping.
          for (Path log : List.of(served, driven, traced)) {
            Files.delete(log);
          }
        }
        return run;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static List<String> command(
      Path driver, String targets, Path log, int requests, long seed) {
    return List.of(
        driver.toString(),
        "--targets",
        targets,
        "--log",
        log.toString(),
        "--requests",
        String.valueOf(requests),
        "--seed",
        String.valueOf(seed),
        "--linger",
        String.valueOf(LEFT_OPEN));
  }

  private static String targets(ChildProcess serve) {
    return LISTENING
        .matcher(serve.output())
        .results()
        .map(line -> line.group(1) + "=" + line.group(2))
        .collect(Collectors.joining(","));
  }
}
