// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.database.DatabaseServer;
import io.goshawk.tests.database.KafkaBroker;
import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Repository;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Calls of libraries that talk to servers in ways of their own: each has its one span, under the
 * request that it is made for, which says what the program knows of the call.
 */
class ClientLibrariesTest {

  private static final Duration LIMIT = Duration.ofMinutes(1);

  private final Path folder = Repository.scratch("clients");

  @Test
  void everyCallOfPgxIsOneSpan() {
    assertPgx(GoToolchain.of("1.26"));
  }

  @Tag("matrix")
  @ParameterizedTest
  @CsvSource({"1.24, 5.3.0", "1.26, 5.3.0", "1.25, 5.5.5", "1.27, 5.7.6"})
  void soIsEveryCallOfAnotherReleaseOfPgx(String go, String release) {
    assertPgx(GoToolchain.of(go), "-modfile=releases/" + release + ".mod");
  }

  @Tag("matrix")
  @ParameterizedTest
  @CsvSource({"-ldflags=-s -w", "-buildmode=pie", "-gcflags=all=-l"})
  void soIsEveryCallOfPgxInProgramsThatAreBuiltInOtherWays(String flag) {
    assertPgx(GoToolchain.newest(), flag);
  }

  /** The linker leaves out what is not called. */
  @Test
  void aProgramThatExecutesNothingByPgxIsTracedAsWell() {
    Path program = GoToolchain.of("1.26").build("tests/go/pgx", "./queries");

    String printed =
        ChildProcess.run(
            folder,
            Map.of(),
            LIMIT,
            List.of(
                Repository.ROOT.resolve("bin/goshawk").toString(),
                "inspect",
                "--details",
                program.toString()));

    assertThat(printed)
        .containsPattern("(?m)^pgx +on ")
        .contains("pgx/v5.(*Conn).Query")
        .doesNotContain("pgx/v5.(*Conn).exec");
  }

  private void assertPgx(GoToolchain go, String... flags) {
    Path program = go.build("tests/go/pgx", ".", flags);
    try (DatabaseServer server = DatabaseServer.postgresql()) {
      assertTraced(
          program,
          230,
          "postgres://postgres:hidden@127.0.0.1:%d/shop?sslmode=disable".formatted(server.port()));
    }
  }

  @Test
  void everyCommandToRedisIsOneSpan() {
    assertRedis(GoToolchain.of("1.26"));
  }

  @Tag("matrix")
  @ParameterizedTest
  @CsvSource({"1.24, 9.0.0", "1.26, 9.7.3", "1.25, 9.17.3", "1.27, 9.17.3"})
  void soIsEveryCommandByAnotherReleaseOfGoRedis(String go, String release) {
    assertRedis(GoToolchain.of(go), "-modfile=releases/" + release + ".mod");
  }

  @Tag("matrix")
  @ParameterizedTest
  @CsvSource({"-ldflags=-s -w", "-buildmode=pie", "-gcflags=all=-l"})
  void soIsEveryCommandToRedisInProgramsThatAreBuiltInOtherWays(String flag) {
    assertRedis(GoToolchain.newest(), flag);
  }

  private void assertRedis(GoToolchain go, String... flags) {
    Path program = go.build("tests/go/redis", ".", flags);
    try (DatabaseServer server = DatabaseServer.redis()) {
      assertTraced(program, 150, "127.0.0.1:" + server.port());
    }
  }

  @Test
  void everyMessageAndPollOfFranzGoIsOneSpan() {
    assertFranz(GoToolchain.of("1.26"));
  }

  @Tag("matrix")
  @ParameterizedTest
  @CsvSource({"1.24, 1.14.0", "1.25, 1.15.3", "1.25, 1.18.0", "1.25, 1.20.7", "1.27, 1.21.7"})
  void soIsEveryMessageAndPollOfAnotherReleaseOfFranzGo(String go, String release) {
    assertFranz(GoToolchain.of(go), "-modfile=releases/" + release + ".mod");
  }

  @Tag("matrix")
  @ParameterizedTest
  @CsvSource({"-ldflags=-s -w", "-buildmode=pie", "-gcflags=all=-l"})
  void soIsEveryMessageAndPollOfFranzGoInProgramsThatAreBuiltInOtherWays(String flag) {
    assertFranz(GoToolchain.newest(), flag);
  }

  private void assertFranz(GoToolchain go, String... flags) {
    Path program = go.build("tests/go/franz", ".", flags);
    try (KafkaBroker broker = KafkaBroker.start(folder)) {
      assertTraced(program, 540, broker.address());
    }
  }

  @Test
  void everyCallThatSendsByKafkaGoAndEveryMessageItReceivesIsOneSpan() {
    assertKafkaGo(GoToolchain.of("1.26"));
  }

  @Tag("matrix")
  @ParameterizedTest
  @CsvSource({"1.24, 0.4.42", "1.25, 0.4.47", "1.27, 0.4.50"})
  void soIsEveryOneByAnotherReleaseOfKafkaGo(String go, String release) {
    assertKafkaGo(GoToolchain.of(go), "-modfile=releases/" + release + ".mod");
  }

  @Tag("matrix")
  @ParameterizedTest
  @CsvSource({"-ldflags=-s -w", "-buildmode=pie", "-gcflags=all=-l"})
  void soIsEveryOneByKafkaGoInProgramsThatAreBuiltInOtherWays(String flag) {
    assertKafkaGo(GoToolchain.newest(), flag);
  }

  private void assertKafkaGo(GoToolchain go, String... flags) {
    Path program = go.build("tests/go/kafkago", ".", flags);
    try (KafkaBroker broker = KafkaBroker.start(folder)) {
      assertTraced(program, 200, broker.address());
    }
  }

  @Test
  void everyCommandToMongoIsOneSpan() {
    assertMongo(GoToolchain.of("1.26"));
  }

  @Tag("matrix")
  @ParameterizedTest
  @CsvSource({"1.24, 2.2.0", "1.25, 2.5.0", "1.27, 2.9.3"})
  void soIsEveryCommandByAnotherReleaseOfItsDriver(String go, String release) {
    assertMongo(GoToolchain.of(go), "-modfile=releases/" + release + ".mod");
  }

  @Tag("matrix")
  @ParameterizedTest
  @CsvSource({"-ldflags=-s -w", "-buildmode=pie", "-gcflags=all=-l"})
  void soIsEveryCommandToMongoInProgramsThatAreBuiltInOtherWays(String flag) {
    assertMongo(GoToolchain.newest(), flag);
  }

  /** The program is its own server. */
  private void assertMongo(GoToolchain go, String... flags) {
    assertTraced(go.build("tests/go/mongo", ".", flags), 130, "");
  }

  private void assertTraced(Path program, int atLeast, String server) {
    Path truth = folder.resolve("truth.jsonl");
    Path traced = folder.resolve("traced.jsonl");
    CapturedRun.of(folder, traced, program, "--log", truth.toString(), server);
    assertThat(ScriptedCalls.assertTraced(truth, traced)).isGreaterThan(atLeast);
    assertThat(traced).content().doesNotContain("hidden", "secret");
  }
}
