// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.backend.Collector;
import io.goshawk.tests.backend.Jaeger;
import io.goshawk.tests.backend.Tempo;
import io.goshawk.tests.process.Destination;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Ports;
import io.goshawk.tests.process.Readme;
import io.goshawk.tests.process.Repository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What backends show of a traced service, asked by their own APIs, is what the service and its
 * clients know of every request. The agent has the configurations that the README shows.
 */
@Tag("backends")
class BackendsTest {
  private static final int REQUESTS = 3_000;
  private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

  private final Path folder = Repository.scratch("backends");

  /** Nothing but the one process, whatever runs on this machine besides. */
  private static final String ONLY_THE_PROCESS =
      "yaml:receivers: {goshawk: {include: {executables: [], ports: []}}}";

  /** Some configuration's agent, and what its backend says in the end. */
  private record Asked(
      Map<String, String> environment, List<String> arguments, Supplier<Path> answer)
      implements Destination {
    @Override
    public Path finish() {
      return answer.get();
    }
  }

  private String config(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  private void assertShows(Destination destination, long seed) {
    TruthRun run = TruthRun.of(folder, destination, GoToolchain.newest(), REQUESTS, seed);
    Comparison comparison = run.comparison();
    assertThat(comparison.differences()).isEmpty();
    assertThat(comparison.spans()).isEqualTo((int) comparison.expectedSpans());
    assertThat(comparison.spans()).isGreaterThan(REQUESTS / 2);
    assertThat(run.summary().addsUp()).as(run.summary().text()).isTrue();
  }

  @Test
  void jaegerShowsEveryRequestAsItWas() throws IOException {
    try (Jaeger jaeger = Jaeger.start(folder)) {
      assertShows(
          new Asked(
              Map.of("JAEGER", jaeger.endpoint()),
              List.of(
                  "run",
                  "--config",
                  config("goshawk.yaml", Readme.block("Jaeger")),
                  "--config",
                  ONLY_THE_PROCESS),
              () -> jaeger.spans(folder.resolve("jaeger.jsonl"))),
          31);
    }
  }

  /** Tempo is asked for traces by their ids, which a second exporter notes down. */
  @Test
  void tempoShowsEveryRequestAsItWas() throws IOException {
    Path ids = folder.resolve("ids.jsonl");
    String noted =
        """
        receivers: {goshawk: {include: {ports: []}}}
        exporters: {file: {path: "%s"}}
        service: {pipelines: {traces: {exporters: [otlp_http, file]}}}
        """
            .formatted(ids);
    try (Tempo tempo = Tempo.start(folder)) {
      assertShows(
          new Asked(
              Map.of("TEMPO", tempo.endpoint()),
              List.of(
                  "run",
                  "--config",
                  config("goshawk.yaml", Readme.block("Tempo")),
                  "--config",
                  config("noted.yaml", noted)),
              () -> {
                Set<String> traces = new HashSet<>();
                TracedSpan.read(ids, span -> traces.add(span.traceId()));
                return tempo.spans(folder.resolve("tempo.jsonl"), traces);
              }),
          37);
    }
  }

  /** Through what the README has in front of a Collector, which hands on to Jaeger. */
  @Test
  void aCollectorInBetweenChangesNothing() throws IOException {
    int port = Ports.free();
    try (Jaeger jaeger = Jaeger.start(folder);
        Collector collector =
            Collector.start(
                folder,
                "gateway",
                """
                receivers:
                  otlp: {protocols: {grpc: {endpoint: "127.0.0.1:%d"}}}
                exporters:
                  otlp: {endpoint: "%s", tls: {insecure: true}}
                service:
                  telemetry: {metrics: {level: none}}
                  pipelines:
                    traces: {receivers: [otlp], exporters: [otlp]}
                """
                    .formatted(port, jaeger.endpoint()))) {
      assertShows(
          new Asked(
              Map.of("COLLECTOR", "127.0.0.1:" + port),
              List.of(
                  "run",
                  "--config",
                  config("goshawk.yaml", Readme.block("In front of a Collector")),
                  "--config",
                  ONLY_THE_PROCESS),
              () -> {
                collector.finish();
                return jaeger.spans(folder.resolve("jaeger.jsonl"));
              }),
          41);
    }
  }

  /** What another sends to the README's sidecar, here an agent, comes through it to Jaeger. */
  @Test
  void aSidecarHandsOnWhatItIsSent() throws IOException {
    int port = Ports.free();
    try (Jaeger jaeger = Jaeger.start(folder);
        Goshawk sidecar =
            Goshawk.start(
                folder,
                Map.of("GATEWAY", jaeger.endpoint(), "SIDECAR", "127.0.0.1:" + port),
                "run",
                "--config",
                config("sidecar.yaml", Readme.block("Beside a service as a sidecar")),
                "--config",
                "yaml:receivers: {goshawk: {include: {ports: [%d]}}}".formatted(Ports.free()))) {
      assertShows(
          new Asked(
              Map.of(
                  "OTEL_EXPORTER_OTLP_PROTOCOL",
                  "grpc",
                  "OTEL_EXPORTER_OTLP_ENDPOINT",
                  "http://127.0.0.1:" + port),
              List.of("run"),
              () -> {
                assertThat(sidecar.process().terminate(STOP_LIMIT)).isZero();
                return jaeger.spans(folder.resolve("jaeger.jsonl"));
              }),
          47);
    }
  }

  /** A file of ours through the Collector's otlpjsonfile receiver into a file of its own. */
  @Test
  void aCollectorReadsAFileOfOurs() {
    Path ours = folder.resolve("ours.jsonl");
    Path theirs = folder.resolve("theirs.jsonl");
    assertShows(
        new Asked(
            Map.of(),
            List.of("capture", "--output", ours.toString()),
            () -> {
              readByCollector(ours, theirs);
              return theirs;
            }),
        43);
  }

  private void readByCollector(Path ours, Path theirs) {
    try (Collector collector =
        Collector.start(
            folder,
            "gateway",
            """
            receivers:
              otlp_json_file: {include: ["%s"], start_at: beginning}
            exporters:
              file: {path: "%s"}
            service:
              telemetry: {metrics: {level: none}}
              pipelines:
                traces: {receivers: [otlp_json_file], exporters: [file]}
            """
                .formatted(ours, theirs))) {
      long written = spans(ours);
      Awaitility.await("spans that the Collector has read")
          .atMost(Duration.ofSeconds(60))
          .until(() -> collector.alive() && spans(theirs) == written);
      collector.finish();
    }
  }

  private static long spans(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.mapToLong(line -> line.split("\"spanId\"", -1).length - 1).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
