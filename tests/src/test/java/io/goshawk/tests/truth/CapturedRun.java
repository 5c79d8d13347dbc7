// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Summary;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A program that runs to its end under {@code goshawk capture}, whose books then have to add up.
 */
final class CapturedRun {
  private static final Duration LIMIT = Duration.ofMinutes(3);

  private CapturedRun() {}

  /**
   * Runs one.
   *
   * @param traced the file for its spans
   */
  static Summary of(Path folder, Path traced, Path program, String... arguments) {
    return of(folder, Map.of(), List.of(), traced, program, arguments);
  }

  /** The same with settings of the agent's. */
  static Summary of(
      Path folder,
      Map<String, String> environment,
      List<String> options,
      Path traced,
      Path program,
      String... arguments) {
    List<String> command = new ArrayList<>(List.of("capture"));
    command.addAll(options);
    command.addAll(List.of("--output", traced.toString(), "--", program.toString()));
    command.addAll(List.of(arguments));
    try (Goshawk agent = Goshawk.start(folder, environment, command.toArray(String[]::new))) {
      Summary summary = agent.awaitEnd(LIMIT);
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
      return summary;
    }
  }
}
