// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Repository;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Servers that have no spans are named, by functions that their newest releases really have. */
class UntracedServersTest {

  @Test
  void aBinaryThatServesByFasthttpAndOverHttp3IsSaidToBeUntracedThere() {
    Path program = GoToolchain.of("1.26").build("tests/go/untraced", ".");

    String printed =
        ChildProcess.run(
            Repository.scratch("untraced"),
            Map.of(),
            Duration.ofMinutes(1),
            List.of(
                Repository.ROOT.resolve("bin/goshawk").toString(), "inspect", program.toString()));

    assertThat(printed)
        .containsPattern("(?m)^quic-go +off ")
        .containsPattern("(?m)^fasthttp +off ");
  }
}
