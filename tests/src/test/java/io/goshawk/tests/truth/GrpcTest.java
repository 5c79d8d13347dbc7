// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.Destination;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls over gRPC. */
class GrpcTest {

  private static final String MODULE = "tests/go/grpc";
  private static final Pattern LISTENING = Pattern.compile("(\\w+) listening on (\\S+)");
  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final int TIMES = 5;
  private static final int SAMPLED_TIMES = 100;

  /** Those of a transport: calls and their queries. */
  private static final int SCENARIOS = 25;

  private static final int TRANSPORTS = 4;

  /** Of connections over a transport, on each of which is a call of each kind. */
  private static final int CUTS = 100;

  private static final int KINDS = 4;

  /**
   * A release whose clients do not know a stream's number before its request is written, and make
   * an error of their own of what there are no credentials for.
   */
  private static final String UNLINKED = "-modfile=releases/1.40.0.mod";

  /** Metadata that each call has. */
  private static final String METADATA = "traceparent,X-Case,case-bin";

  /** Metadata that each answer has. */
  private static final String REPLY = "X-Reply,reply-bin,x-api-key";

  @Test
  void everyCallIsOneSpanOfItsClientAndOneOfItsServer() throws IOException {
    assertTruth(GoToolchain.of("1.26"));
  }

  @Tag("matrix")
  @ParameterizedTest
  @CsvSource({
    "1.24, 1.40.0",
    "1.24, 1.56.3",
    "1.27, 1.56.3",
    "1.24, 1.65.0",
    "1.24, 1.70.0",
    "1.25, 1.79.0",
    "1.27, 1.79.0"
  })
  void soIsEveryCallOfAnotherRelease(String go, String release) throws IOException {
    assertTruth(GoToolchain.of(go), "-modfile=releases/" + release + ".mod");
  }

  @Test
  void aCallWhoseConnectionIsCutIsUnavailable() throws IOException {
    assertUnavailable(GoToolchain.of("1.26"));
  }

  @Tag("matrix")
  @Test
  void soIsThatOfTheOldestRelease() throws IOException {
    assertUnavailable(GoToolchain.of("1.24"), UNLINKED);
  }

  private static void assertUnavailable(GoToolchain go, String... flags) throws IOException {
    GrpcComparison comparison = compare(go, List.of(flags), 0, CUTS);
    assertThat(comparison.differences()).isEmpty();
    assertThat(comparison.comparedByScenario())
        .containsEntry("client, plain cut", CUTS * KINDS)
        .containsEntry("client, tls cut", CUTS * KINDS);
  }

  @Tag("matrix")
  @Test
  void strippedProgramsAreTracedAsWell() throws IOException {
    assertTruth(GoToolchain.newest(), "-ldflags=-s -w");
  }

  @Tag("matrix")
  @Test
  void positionIndependentProgramsAreTracedAsWell() throws IOException {
    assertTruth(GoToolchain.newest(), "-buildmode=pie");
  }

  /** Also where it is tried again, or makes another one first, for its credentials. */
  @Test
  void ofACallBothSidesAreSampledOrNeitherIs() {
    Path folder = Repository.scratch("grpc-sampled");
    Path traced = folder.resolve("traced.jsonl");
    int calls = 9 * SAMPLED_TIMES;
    CapturedRun.of(
        folder,
        Map.of("OTEL_TRACES_SAMPLER", "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG", "0.5"),
        List.of(
            "--capture-headers=rpc_server_request=number",
            "--capture-headers=rpc_client_request=number"),
        traced,
        GoToolchain.of("1.26").build(MODULE, "./plain"),
        "--log",
        "/dev/null",
        "--requests",
        String.valueOf(SAMPLED_TIMES));
    Map<Integer, Set<String>> numbers = new HashMap<>();
    TracedSpan.read(
        traced,
        span ->
            numbers
                .computeIfAbsent(span.kind(), kind -> new TreeSet<>())
                .add(String.valueOf(span.attributes().get("rpc.request.metadata.number"))));
    assertThat(numbers.get(TracedSpan.SERVER)).isEqualTo(numbers.get(TracedSpan.CLIENT));
    assertThat(numbers.get(TracedSpan.CLIENT)).hasSizeBetween(1, calls - 1);
  }

  /** It may be made for the other one's credentials, and not be recorded itself. */
  @Test
  void aCallThatGetsNoStreamEndsNoOtherThatIsBeingMade() {
    Path folder = Repository.scratch("grpc-mixed");
    Path traced = folder.resolve("traced.jsonl");
    CapturedRun.of(
        folder,
        Map.of("OTEL_TRACES_SAMPLER", "parentbased_always_off"),
        List.of(),
        traced,
        GoToolchain.of("1.26").build(MODULE, "./mixed"),
        "--calls",
        String.valueOf(SAMPLED_TIMES));
    List<String> clients = new ArrayList<>();
    TracedSpan.read(
        traced,
        span -> {
          if (span.kind() == TracedSpan.CLIENT) {
            clients.add(String.valueOf(span.attributes().get("rpc.status_code")));
          }
        });
    assertThat(clients).hasSize(SAMPLED_TIMES).containsOnly("OK");
  }

  /** Such a panic ends the process, with status 2. */
  @Test
  void whatIsOpenWhenNobodyRecoversAHandlersPanicIsCounted() {
    Path folder = Repository.scratch("grpc-panics");
    Path traced = folder.resolve("traced.jsonl");
    Path program = GoToolchain.of("1.26").build(MODULE, "./panics");
    try (Goshawk agent =
        Goshawk.start(
            folder, Map.of(), "capture", "--output", traced.toString(), "--", program.toString())) {
      assertThat(agent.process().awaitExit(LIMIT)).isEqualTo(2);
      Summary summary = agent.summary();
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
      // Which of the two, hangs on whether the agent has still looked after the process.
      assertThat(summary.text()).containsPattern("(lost: process went away|still open) +1 +1\\n");
    }
    List<String> told = new ArrayList<>();
    TracedSpan.read(traced, span -> told.add(span.kind() + " " + span.name()));
    assertThat(told)
        .containsExactlyInAnyOrder(
            TracedSpan.CLIENT + " goshawk.truth.Panics/Answer",
            TracedSpan.SERVER + " goshawk.truth.Panics/Answer");
  }

  /** That many have room in one process's share; what there is more is counted. */
  private static final int ROOM = 12_288;

  @Test
  void tenThousandStreamsThatIdleAtATimeAreAllTold() {
    int streams = 10_000;
    Summary summary = idling(streams);
    assertThat(summary.count("requests seen")).as(summary.text()).isEqualTo(streams);
    assertThat(summary.count("spans built")).as(summary.text()).isEqualTo(streams);
  }

  @Tag("matrix")
  @Test
  void ofAHundredThousandThoseWithoutRoomAreCounted() {
    int streams = 100_000;
    Summary summary = idling(streams);
    long lost = summary.count("lost: process has its share of it");
    assertThat(summary.count("requests seen")).as(summary.text()).isEqualTo(streams);
    assertThat(summary.count("spans built")).as(summary.text()).isEqualTo(streams - lost);
    assertThat(streams - lost).as(summary.text()).isBetween(ROOM * 9L / 10, ROOM * 11L / 10);
  }

  /** Opens streams to a traced server, all at a time, and ends them. */
  private static Summary idling(int streams) {
    Path folder = Repository.scratch("streams");
    GoToolchain go = GoToolchain.of("1.26");
    Destination file = Destination.file(folder.resolve("traced.jsonl"));
    Path service = go.build(MODULE, "./serve");
    Path client = go.build(MODULE, "./streams");
    try (ChildProcess serve =
        ChildProcess.start(
            folder,
            Map.of(),
            List.of(service.toString(), "--log", "/dev/null", "--sockets", folder.toString()))) {
      serve.awaitOutput("^ready$");
      String address = serve.awaitOutput("^plain listening on (\\S+)$").group(1);
      String[] arguments =
          Stream.concat(file.arguments().stream(), Stream.of("--pid", String.valueOf(serve.pid())))
              .toArray(String[]::new);
      // All of them end at once, and wait for the file, however slow it is.
      Map<String, String> environment = new HashMap<>(file.environment());
      environment.put("OTEL_BSP_MAX_QUEUE_SIZE", "16384");
      try (Goshawk agent = Goshawk.attached(folder, environment, arguments);
          ChildProcess open =
              ChildProcess.start(
                  folder,
                  Map.of(),
                  List.of(
                      client.toString(),
                      "--target",
                      address,
                      "--streams",
                      String.valueOf(streams)))) {
        connect(open);
        assertThat(open.awaitExit(LIMIT)).isZero();
        assertThat(open.output()).contains("ended " + streams);
        assertThat(serve.terminate(LIMIT)).isZero();
        Summary summary = agent.awaitEnd();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        return summary;
      }
    }
  }

  /** Connects to the address on which a program waits for that. */
  private static void connect(ChildProcess program) {
    String port = program.awaitOutput("^waiting on \\S+:(\\d+)$", LIMIT).group(1);
    try (Socket start = new Socket()) {
      start.connect(new InetSocketAddress("127.0.0.1", Integer.parseInt(port)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertTruth(GoToolchain go, String... flags) throws IOException {
    GrpcComparison comparison = compare(go, List.of(flags), TIMES, 1);
    assertThat(comparison.differences()).isEmpty();
    if (!List.of(flags).contains(UNLINKED)) {
      assertThat(comparison.unlinked()).isZero();
      assertThat(comparison.comparedByScenario())
          .containsKey("client, plain refused with an own error, not known");
    }
    assertThat(comparison.comparedByScenario())
        .hasSizeGreaterThanOrEqualTo(TRANSPORTS * SCENARIOS)
        .containsKeys(
            "handler query",
            "aged ok",
            "aged cut off",
            "graceful stopped gracefully",
            "answered with metadata, " + TracedSpan.CLIENT,
            "answered with metadata, " + TracedSpan.SERVER,
            "plain cold, not known",
            "client, plain cancelled with a cause",
            "client, plain asks",
            "client, plain asked",
            "client, plain asks in vain",
            "client, plain refused with a wrapped one",
            "client, plain refused with several",
            "client, plain panicking",
            "client, plain exiting",
            "client, plain cut",
            "client, tls cut",
            "client, refuser refused stream",
            "client, refuser refused by goaway");
  }

  /** Runs a server and a driver of it, and compares what is told of them. */
  private static GrpcComparison compare(GoToolchain go, List<String> flags, int times, int cuts)
      throws IOException {
    Path folder = Repository.scratch("grpc");
    Path served = folder.resolve("served.jsonl");
    Path driven = folder.resolve("driven.jsonl");
    Destination file = Destination.file(folder.resolve("traced.jsonl"));
    Path service = go.build(MODULE, "./serve", flags.toArray(String[]::new));
    Path driver = go.build(MODULE, "./drive", flags.toArray(String[]::new));
    try (ChildProcess serve =
            ChildProcess.start(
                folder,
                Map.of(),
                List.of(
                    service.toString(),
                    "--log",
                    served.toString(),
                    "--sockets",
                    folder.toString()));
        ChildProcess drive = drive(serve, folder, driver, driven, times, cuts)) {
      String[] arguments =
          Stream.concat(
                  file.arguments().stream(),
                  Stream.of(
                      "--capture-headers=rpc_server_request=" + METADATA,
                      "--capture-headers=rpc_client_request=" + METADATA,
                      "--capture-headers=rpc_server_response=" + REPLY,
                      "--capture-headers=rpc_client_response=" + REPLY,
                      "--pid",
                      serve.pid() + "," + drive.pid()))
              .toArray(String[]::new);
      Summary summary;
      Map<String, String> environment = new HashMap<>(file.environment());
      environment.put("OTEL_SEMCONV_STABILITY_OPT_IN", "http,rpc/dup");
      try (Goshawk agent = Goshawk.attached(folder, environment, arguments)) {
        begin(agent, serve, drive);
        drive.awaitOutput("^lingering$", LIMIT);
        assertThat(serve.terminate(LIMIT)).isZero();
        assertThat(drive.awaitExit(LIMIT)).isZero();
        summary = agent.awaitEnd();
      }
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
      assertThat(summary.count("spans swept")).as(summary.text()).isZero();
      return GrpcComparison.of(driven, served, file.finish());
    }
  }

  /** Lets the driver begin once both are traced. */
  private static void begin(Goshawk agent, ChildProcess serve, ChildProcess drive) {
    for (ChildProcess traced : List.of(serve, drive)) {
      agent.process().awaitErrors("tracing process " + traced.pid() + "\\b");
    }
    connect(drive);
  }

  private static ChildProcess drive(
      ChildProcess serve, Path folder, Path driver, Path log, int times, int cuts) {
    serve.awaitOutput("^ready$");
    return ChildProcess.start(
        folder,
        Map.of(),
        List.of(
            driver.toString(),
            "--log",
            log.toString(),
            "--times",
            String.valueOf(times),
            "--cuts",
            String.valueOf(cuts),
            "--targets",
            targets(serve)));
  }

  private static String targets(ChildProcess serve) {
    return LISTENING
        .matcher(serve.output())
        .results()
        .map(line -> line.group(1) + "=" + line.group(2))
        .collect(Collectors.joining(","));
  }
}
