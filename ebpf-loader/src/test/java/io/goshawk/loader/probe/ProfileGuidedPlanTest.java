// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.go.GoBuild;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.go.GoFixtures;
import io.goshawk.loader.probe.PlannedRow.On;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs whose hot calls of database/sql profile-guided optimization has put into the caller. */
class ProfileGuidedPlanTest {
  private static final String QUERY = "database/sql.(*DB).QueryContext";

  private static final String PROGRAM =
      """
      package main

      import (
      	"context"
      	"database/sql"
      	"os"
      )

      func main() {
      	db, err := sql.Open(os.Args[1], os.Args[2])
      	if err == nil {
      		ask(db)
      	}
      }

      //go:noinline
      func ask(db *sql.DB) {
      	for {
      		rows, err := db.QueryContext(context.Background(), "SELECT 1")
      		if err == nil {
      			rows.Close()
      		}
      	}
      }
      """;

  /** Caller, callee, and the call's line counted from the caller's first, with a weight. */
  private static final String PROFILE = "GO PREPROFILE V1\nmain.ask\n" + QUERY + "\n2 1000\n";

  static List<String> versions() {
    return GoBuild.VERSIONS;
  }

  @ParameterizedTest
  @MethodSource("versions")
  void theCallsThatNoProbeSeesAreSaid(String version) throws IOException {
    Path profile = Path.of("target", "hot-queries.pgo").toAbsolutePath();
    Files.writeString(profile, PROFILE);
    Path program =
        GoBuild.with(version)
            .flags(
                "-gcflags=database/sql=-pgoprofile=" + profile,
                "-gcflags=example.com/fixture=-pgoprofile=" + profile)
            .build(PROGRAM);

    assertThat(GoBuild.with(version).go("tool", "nm", program.toString()))
        .as("symbols")
        .contains("(*DB).QueryContext.func1")
        .doesNotContain(QUERY + "\n");
    assertThat(unseen(program))
        .containsExactly("the calls of " + QUERY + " that the compiler has put into main.ask");
  }

  @ParameterizedTest
  @MethodSource("versions")
  void withoutAProfileNoneAreMissed(String version) {
    assertThat(unseen(GoBuild.with(version).build(PROGRAM))).isEmpty();
  }

  private static List<String> unseen(Path program) {
    try (GoExecutable executable = GoFixtures.open(program)) {
      PlannedRow row = ProbePlanner.plan(executable).row("sql").orElseThrow();
      assertThat(row.state()).isInstanceOf(On.class);
      return ((On) row.state()).unseen();
    }
  }
}
