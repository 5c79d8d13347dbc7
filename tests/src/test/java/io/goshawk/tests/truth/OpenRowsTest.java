// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** More rows that are open at the same time than the programs have places for. */
class OpenRowsTest {

  private static final int QUERIES = 12_000;

  @Test
  void rowsThatTakeAnOthersPlaceAreCounted() {
    Path folder = Repository.scratch("open-rows");
    Path traced = folder.resolve("traced.jsonl");
    String program = GoToolchain.newest().build("tests/go/truth", "./openrows").toString();
    try (Goshawk agent =
        Goshawk.start(
            folder,
            Map.of("OTEL_BSP_MAX_QUEUE_SIZE", String.valueOf(2 * QUERIES)),
            "capture",
            "--output",
            traced.toString(),
            "--",
            program,
            traced.toString())) {
      long first = printed(agent, "^first pushed out: (\\d+)");
      long all = printed(agent, "^pushed out: (\\d+)");
      Summary summary = agent.awaitEnd(Duration.ofMinutes(3));
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
      assertThat(summary.count("records written")).isEqualTo(QUERIES);
      assertThat(first).as("of a thousand rows at once").isLessThan(10);
      assertThat(all).isPositive();
      assertThat(summary.count("rows closed unseen: too many open"))
          .as(summary.text())
          .isEqualTo(all);
    }
  }

  private static long printed(Goshawk agent, String line) {
    return Long.parseLong(agent.process().awaitOutput(line).group(1));
  }
}
