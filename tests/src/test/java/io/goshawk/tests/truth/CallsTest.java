// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.Destination;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.LinkedNetworks;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
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
  private static final List<String> EVERYTHING =
      List.of(
          "pool=200,+poolbackground=2000",
          "sequence=200,background=200,fanout=50,orphans=50,errgroup=50,pipeline=300",
          "withoutcancel=100,outlives=100,reused=50,stack=50,custom=50,afterfunc=50,afterbackground=50",
          "redirect=50,refused=50,opaque=50,asking=50,notsent=20,notfound=50,cancel=50,causes=10,secondattempt=50",
          "transaction=50,failing=50,retried=50,prepared=50,births=10",
          "many=1",
          "aba=500,ownspan=50,owntrace=50,poolbackground=500",
          "ipv6=50,mapped=50,wrapped=50,tls=50,tlsonce=50,unix=50,gateway=100,sameport=50",
          "through=50,byhand=50,multiplexed=100",
          "streams=50,cleartext=50,xnet=50,givenup=50,hungup=50",
          "foreign=50,combined=50,panicking=50,exiting=50,+swapped=50,+listed=64",
          "gathered=50,grouped=50,batched=50");

  private static final int SCENARIOS = 60;

  /** Those of goroutines that do a request's own work, so that their births tell whose. */
  private static final String[] BY_BIRTH = {"births", "orphans", "gathered", "grouped", "batched"};

  /** Spans that wait for the exporter, more than any plan has. */
  private static final int QUEUE = 20_000;

  /** Requests that go to another service and from there come back to the first. */
  private static final int THERE_AND_BACK = 20_000;

  /** Requests whose contexts the service keeps; it is not traced yet. */
  private static final String BEFORE = "keep=1";

  private static final int PLANS = 10;
  private static final String TRACED = "traced.jsonl";

  /** Spans of a trace: of the front service, and a client's and a server's of each request. */
  private static final int ABA_SPANS = 1 + 2 * 2;

  private static final int STREAMS_SPANS = 1 + 2 * 4;

  private static final int ASKING_SPANS = 1 + 2 * 2 * 3;

  /** Of connections between two networks. */
  private static final String BACK_PORT = "8080";

  private static final String CLIENT_PORT = "40000";

  /** For how long they go on in rounds; at least one is made. */
  private static final Duration ROUNDS = Duration.ofMinutes(Long.getLong("goshawk.minutes", 0));

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
  void everyRequestThatGoesThereAndBackIsOneTrace() {
    long began = System.nanoTime();
    do {
      CallsComparison comparison =
          traced(
              GoToolchain.newest(),
              Collections.nCopies(PLANS, "aba=" + THERE_AND_BACK / PLANS),
              "-ldflags=-s -w");
      assertThat(comparison.differences()).isEmpty();
      assertThat(comparison.traces()).isEqualTo(THERE_AND_BACK + PLANS);
      assertThat(comparison.comparedByScenario())
          .containsEntry("aba", 2 * THERE_AND_BACK)
          .containsEntry("relay", 2 * THERE_AND_BACK)
          .containsEntry("leaf", THERE_AND_BACK + PLANS);
    } while (System.nanoTime() - began < ROUNDS.toNanos());
  }

  @Test
  void theFirstCallsOfAProcessThatKnowNoContextFindTheirRequest() {
    CallsComparison comparison = traced(GoToolchain.newest(), List.of("orphans=1"));

    assertThat(comparison.differences()).isEmpty();
    assertThat(comparison.recallByBirth()).isPositive();
  }

  @Test
  void positionIndependentServicesAreTracedAsWell() {
    assertTruth(GoToolchain.newest(), EVERYTHING, "-buildmode=pie");
  }

  @Test
  void whatTheFirstServiceDecidesToRecordTheOthersDo() {
    Path folder = Repository.scratch("sampled");
    Destination file = Destination.file(folder.resolve(TRACED));
    run(
        folder,
        GoToolchain.newest().build(MODULE, "./calls"),
        file,
        Map.of("OTEL_TRACES_SAMPLER", "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG", "0.5"),
        List.of("aba=400,streams=100,asking=100"));
    Map<String, Integer> sizes = new HashMap<>();
    TracedSpan.read(file.finish(), span -> sizes.merge(span.traceId(), 1, Integer::sum));
    Map<Integer, Long> traces =
        sizes.values().stream().collect(Collectors.groupingBy(size -> size, Collectors.counting()));

    // Half of them come with a traceparent that is sampled.
    assertThat(traces.keySet())
        .as("spans of a trace")
        .isSubsetOf(1, ABA_SPANS, STREAMS_SPANS, ASKING_SPANS);
    assertThat(traces.get(ABA_SPANS)).isBetween(220L, 380L);
    assertThat(traces.get(STREAMS_SPANS)).isBetween(51L, 99L);
    assertThat(traces.get(ASKING_SPANS)).isBetween(51L, 99L);
  }

  /** Two pairs of services whose connections have the same addresses and ports at the same time. */
  @Test
  void networksWithTheSameAddressesAreToldApart() {
    GoToolchain go = GoToolchain.newest();
    Path folder = Repository.scratch("networks");
    String service = go.build(MODULE, "./calls").toString();
    String callers = go.build(MODULE, "./callers").toString();
    Destination file = Destination.file(folder.resolve(TRACED));
    List<ChildProcess> services = new ArrayList<>();
    List<ChildProcess> drivers = new ArrayList<>();
    List<Path> truths = new ArrayList<>();
    try (LinkedNetworks one = new LinkedNetworks();
        LinkedNetworks other = new LinkedNetworks()) {
      String back = LinkedNetworks.SECOND_ADDRESS + ":" + BACK_PORT;
      for (LinkedNetworks networks : List.of(one, other)) {
        String[] log = {
          folder.resolve("back" + truths.size()).toString(),
          folder.resolve("front" + truths.size()).toString()
        };
        services.add(
            ChildProcess.start(
                folder, Map.of(), networks.inSecond(service, "--log", log[0], "--serve", back)));
        services.add(
            ChildProcess.start(
                folder,
                Map.of(),
                networks.inFirst(service, "--log", log[1], "--back", back, "--from", CLIENT_PORT)));
        truths.addAll(List.of(Path.of(log[0]), Path.of(log[1])));
      }
      services.forEach(process -> process.awaitOutput("^listening on (\\S+)"));
      String pids =
          services.stream()
              .map(process -> String.valueOf(process.pid()))
              .collect(Collectors.joining(","));
      Summary summary;
      try (Goshawk agent =
          Goshawk.attached(
              folder,
              Map.of(),
              Stream.concat(file.arguments().stream(), Stream.of("--pid", pids))
                  .toArray(String[]::new))) {
        services.forEach(
            process -> agent.process().awaitErrors("tracing process " + process.pid() + "\\b"));
        for (LinkedNetworks networks : List.of(one, other)) {
          ChildProcess front = services.get(2 * drivers.size() + 1);
          drivers.add(
              ChildProcess.start(
                  folder,
                  Map.of(),
                  networks.inFirst(
                      callers,
                      "--target",
                      front.awaitOutput("^listening on (\\S+)").group(1),
                      "--first",
                      String.valueOf(100_000 * drivers.size()),
                      "--seed",
                      String.valueOf(drivers.size() + 1),
                      "--plan",
                      "sameport=100,gateway=200,sequence=100")));
        }
        drivers.forEach(driver -> assertThat(driver.awaitExit(LIMIT)).isZero());
        services.forEach(process -> assertThat(process.terminate(LIMIT)).isZero());
        summary = agent.awaitEnd();
      }
      CallsComparison comparison = CallsComparison.of(truths, file.finish());
      assertThat(comparison.differences()).isEmpty();
      assertThat(comparison.comparedByScenario())
          .containsEntry("leaf", 2 * (8 * 100 + 200 + 2 * 100));
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
    } finally {
      drivers.forEach(ChildProcess::close);
      services.forEach(ChildProcess::close);
    }
  }

  private static void assertTruth(GoToolchain go, List<String> plans, String... flags) {
    CallsComparison comparison = traced(go, plans, flags);
    System.out.printf(
        "%s: parents by %s; by birth %s, %.1f %%, of what was not answered %.1f %%%n",
        go,
        comparison.sources(),
        comparison.foundByBirth(),
        100 * comparison.recallByBirth(),
        100 * comparison.recallOfUnanswered());
    assertThat(comparison.differences()).isEmpty();
    assertThat(comparison.comparedByScenario()).hasSizeGreaterThanOrEqualTo(SCENARIOS);
    assertThat(comparison.foundByBirth()).containsKeys(BY_BIRTH);
    assertThat(comparison.nameless())
        .allSatisfy(
            span ->
                assertThat(span.attributes().get("db.query.text"))
                    .as("text of %s", span)
                    .isIn("BEGIN", "COMMIT", null));
  }

  /**
   * @param flags of the service's build
   */
  private static CallsComparison traced(GoToolchain go, List<String> plans, String... flags) {
    Path folder = Repository.scratch("calls");
    Destination file = Destination.file(folder.resolve(TRACED));
    Path truth = run(folder, go.build(MODULE, "./calls", flags), file, Map.of(), plans);
    return CallsComparison.of(List.of(truth), file.finish());
  }

  /**
   * Asks the service for what the plans say, traced. One plan follows when the spans of the one
   * before have arrived: each has no more of them than the ring and the exporter's queue have room
   * for, so that none is lost however slow the machine is.
   *
   * @param variables of the agent
   * @return the truth
   */
  private static Path run(
      Path folder,
      Path service,
      Destination file,
      Map<String, String> variables,
      List<String> plans) {
    Path truth = folder.resolve("truth.jsonl");
    Map<String, String> environment = new HashMap<>(variables);
    environment.put("OTEL_BSP_MAX_QUEUE_SIZE", String.valueOf(QUEUE));
    Path callers = GoToolchain.newest().build(MODULE, "./callers");
    try (ChildProcess calls =
        ChildProcess.start(
            folder, Map.of(), List.of(service.toString(), "--log", truth.toString()))) {
      String address = calls.awaitOutput("^listening on (\\S+)").group(1);
      ask(folder, callers, address, 0, BEFORE);
      try (Goshawk agent =
          Goshawk.attached(
              folder,
              environment,
              Stream.concat(
                      file.arguments().stream(),
                      Stream.of("--parent-source", "--pid", String.valueOf(calls.pid())))
                  .toArray(String[]::new))) {
        GrowingFile spans = new GrowingFile(folder.resolve(TRACED));
        int first = 0;
        for (String plan : plans) {
          ask(folder, callers, address, first, plan + ",+leaf=1");
          int last = first + requests(plan);
          spans.await("/leaf/leaf" + last + "\"");
          first = last + 1;
        }
        assertThat(calls.terminate(LIMIT)).isZero();
        Summary summary = agent.awaitEnd();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        assertThat(summary.text()).doesNotContain("dropped:", "lost:");
      }
    }
    return truth;
  }

  private static void ask(Path folder, Path callers, String address, int first, String plan) {
    ChildProcess.run(
        folder,
        Map.of(),
        LIMIT,
        List.of(
            callers.toString(),
            "--target",
            address,
            "--first",
            String.valueOf(first),
            "--seed",
            String.valueOf(first + 1), // so that no trace id comes twice
            "--plan",
            plan));
  }

  /** How many requests a plan has. */
  private static int requests(String plan) {
    return Stream.of(plan.split(","))
        .mapToInt(part -> Integer.parseInt(part.substring(part.indexOf('=') + 1)))
        .sum();
  }
}
