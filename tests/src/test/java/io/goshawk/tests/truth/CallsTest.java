// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.Destination;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** HTTP clients, queries and the servers that they belong to. */
class CallsTest {

  private static final String MODULE = "tests/go/truth";
  private static final Duration LIMIT = Duration.ofMinutes(4);

  /**
   * Every scenario; the workers that "pool" starts must be idle again when those come that must not
   * be taken for its children.
   */
  private static final String EVERYTHING =
      "pool=200,+poolbackground=2000,sequence=200,background=200,fanout=50,orphans=50,errgroup=50,"
          + "pipeline=300,withoutcancel=100,outlives=100,stack=50,custom=50,afterfunc=50,"
          + "afterbackground=50,redirect=50,refused=50,notfound=50,cancel=50,secondattempt=50,"
          + "transaction=50,failing=50,retried=50,prepared=50,many=1,births=10,aba=500,ownspan=50,owntrace=50,"
          + "poolbackground=500";

  private static final int SCENARIOS = 28;

  static List<GoToolchain> toolchains() {
    return GoToolchain.all();
  }

  @ParameterizedTest
  @MethodSource("toolchains")
  void everyCallIsOneSpanUnderItsTrueParent(GoToolchain go) {
    assertTruth(go, EVERYTHING);
  }

  @Test
  void strippedServicesAreTracedAsWell() {
    assertTruth(GoToolchain.newest(), EVERYTHING, "-ldflags=-s -w");
  }

  @Test
  void positionIndependentServicesAreTracedAsWell() {
    assertTruth(GoToolchain.newest(), EVERYTHING, "-buildmode=pie");
  }

  private static void assertTruth(GoToolchain go, String plan, String... flags) {
    Path folder = Repository.scratch("calls");
    Path truth = folder.resolve("truth.jsonl");
    Destination file = Destination.file(folder.resolve("traced.jsonl"));
    Path service = go.build(MODULE, "./calls", flags);
    Path callers = GoToolchain.newest().build(MODULE, "./callers");
    try (ChildProcess calls =
        ChildProcess.start(
            folder, Map.of(), List.of(service.toString(), "--log", truth.toString()))) {
      String address = calls.awaitOutput("^listening on (\\S+)").group(1);
      Summary summary;
      try (Goshawk agent =
          Goshawk.attached(
              folder,
              file.environment(),
              Stream.concat(
                      file.arguments().stream(),
                      Stream.of("--parent-source", "--pid", String.valueOf(calls.pid())))
                  .toArray(String[]::new))) {
        ChildProcess.run(
            folder,
            Map.of(),
            LIMIT,
            List.of(callers.toString(), "--target", address, "--plan", plan));
        assertThat(calls.terminate(LIMIT)).isZero();
        summary = agent.awaitEnd();
      }
      CallsComparison comparison = CallsComparison.of(truth, file.finish());
      System.out.printf(
          "%s: parents by %s; by birth %.1f %%%n",
          go, comparison.sources(), 100 * comparison.recallByBirth());
      assertThat(comparison.differences()).isEmpty();
      assertThat(comparison.comparedByScenario()).hasSizeGreaterThanOrEqualTo(SCENARIOS);
      assertThat(comparison.nameless())
          .allSatisfy(
              span ->
                  assertThat(span.attributes().get("db.query.text"))
                      .as("text of %s", span)
                      .isIn("BEGIN", "COMMIT", null));
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
    }
  }
}
