// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.backend.CollectorProcess;
import io.goshawk.tests.backend.ConfiguredAgent;
import io.goshawk.tests.process.Destination;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Repository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TruthTest {

  private static final int KINDS = 50;

  static List<GoToolchain> toolchains() {
    return GoToolchain.all();
  }

  @ParameterizedTest
  @MethodSource("toolchains")
  void everyKindOfRequestBecomesItsOneSpan(GoToolchain go) {
    assertTruth(run(go, 15_000, 7), 15_000);
  }

  @Test
  void strippedServicesAreTracedAsWell() {
    assertTruth(run(GoToolchain.newest(), 5_000, 11, "-ldflags=-s -w"), 5_000);
  }

  @Test
  void positionIndependentServicesAreTracedAsWell() {
    assertTruth(run(GoToolchain.newest(), 5_000, 13, "-buildmode=pie"), 5_000);
  }

  @Test
  void twoHundredThousandRequestsBecomeAsManySpans() {
    assertTruth(run(GoToolchain.newest(), 200_000, 1), 200_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http/protobuf", "grpc"})
  void anOpenTelemetryCollectorIsToldTheSame(String protocol) {
    Path folder = Repository.scratch("collector");
    try (CollectorProcess collector = CollectorProcess.start(folder, protocol)) {
      assertTruth(TruthRun.of(folder, collector, GoToolchain.newest(), 10_000, 17), 10_000);
    }
  }

  /** Through memory_limiter, attributes, batch and zstd; nothing is lost between them. */
  @ParameterizedTest
  @CsvSource({"http/protobuf, otlp_http", "grpc, otlp_grpc"})
  void theSameComesThroughThePipelinesOfAConfiguration(String protocol, String exporter) {
    Path folder = Repository.scratch("configured");
    try (CollectorProcess collector = CollectorProcess.start(folder, protocol)) {
      ConfiguredAgent agent = ConfiguredAgent.to(collector, exporter, folder);
      TruthRun run = TruthRun.of(folder, agent, GoToolchain.newest(), 10_000, 23);
      assertTruth(run, 10_000);
      assertThat(run.summary().text()).contains("traces/memory_limiter", exporter);
    }
  }

  static List<Path> javas() {
    try (Stream<Path> homes = Files.list(Path.of("/usr/lib/jvm"))) {
      return homes
          .filter(home -> Files.exists(home.resolve("release")) && !Files.isSymbolicLink(home))
          .map(home -> home.resolve("bin/java"))
          .filter(Files::isExecutable)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("javas")
  void theAgentDoesTheSameOnEveryJavaThatIsInstalled(Path java) {
    Path folder = Repository.scratch("java");
    assertTruth(
        TruthRun.of(
            folder,
            Destination.file(folder.resolve("traced.jsonl")),
            Map.of("GOSHAWK_JAVA", java.toString()),
            GoToolchain.newest(),
            5_000,
            19),
        5_000);
  }

  private static TruthRun run(GoToolchain go, int requests, long seed, String... flags) {
    Path folder = Repository.scratch("truth");
    Destination file = Destination.file(folder.resolve("traced.jsonl"));
    return TruthRun.of(folder, file, go, requests, seed, flags);
  }

  private static void assertTruth(TruthRun run, int requests) {
    Comparison comparison = run.comparison();
    assertThat(comparison.differences()).isEmpty();
    assertThat(comparison.expectedRequests()).isGreaterThanOrEqualTo(requests * 98L / 100);
    assertThat(comparison.spans()).isEqualTo((int) comparison.expectedSpans());
    assertThat(comparison.bounded()).isGreaterThan(comparison.spans() * 9 / 10);
    assertThat(comparison.comparedByKind()).hasSizeGreaterThan(KINDS);

    assertThat(run.summary().addsUp()).as(run.summary().text()).isTrue();
    assertThat(run.summary().count("requests seen"))
        .as(run.summary().text())
        .isEqualTo(comparison.expectedRequests());
    assertThat(run.summary().count("spans built"))
        .isEqualTo(comparison.spans() + comparison.calls());
    assertThat(run.summary().count("sampled out"))
        .isEqualTo(comparison.expectedRequests() - comparison.expectedSpans());
  }
}
