// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.probe.AttributionLevel;
import io.goshawk.loader.probe.ProbeCatalogue;
import io.goshawk.loader.probe.ProbePoint;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** How much spans say of where their time went, of requests that wait for connections. */
class AttributionTest {

  private static final Path WAITS = GoToolchain.newest().build("tests/go/truth", "./waits");
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int REQUESTS = 5;

  private static final String DIAL = "http.client.dial";
  private static final String WAIT = "sql.wait";

  /** What a span says by each row: its address has no name that would be looked up, nor TLS. */
  private static final Map<String, Set<String>> TELLS =
      Map.of(
          DIAL,
          Set.of("goshawk.http.connection.wait_nanos", "goshawk.http.connection.connect_nanos"),
          WAIT,
          Set.of("goshawk.db.connection.wait_nanos"));

  private static final Set<String> PROGRAMS =
      ProbeCatalogue.standard().rows().stream()
          .filter(row -> row.attribution() != AttributionLevel.NONE)
          .flatMap(row -> programs(row.name()).stream())
          .collect(Collectors.toSet());

  private final Path folder = Repository.scratch("attribution");
  private final ChangingConfig config = new ChangingConfig(folder);

  /** Under load: every request is one span, and probes that stay are not touched. */
  @Test
  void itIsGoneOverToWhileRequestsWait() throws IOException {
    try (Service service = Service.start(folder, WAITS)) {
      write(service, "none", "");
      try (Goshawk agent = config.run(service);
          Load load =
              Load.start(folder, service, "-numbered", "-connections", "4", "-pause", "20ms")) {
        Set<String> first = awaitRows(agent);
        service.get("/none", REQUESTS);

        service.ask("/held");
        write(service, "calls", "");
        Set<String> all = awaitRows(agent, DIAL, WAIT);
        service.get("/release");
        assertThat(all).containsAll(first).hasSizeGreaterThan(first.size());
        service.get("/calls", REQUESTS);

        service.ask("/held");
        write(service, "none", "sql.wait: true");
        assertThat(all).containsAll(awaitRows(agent, WAIT));
        service.get("/release");
        service.get("/named", REQUESTS);

        write(service, "calls", "sql.wait: false");
        awaitRows(agent, DIAL);
        service.get("/unnamed", REQUESTS);

        service.ask("/held");
        write(service, "none", "");
        assertThat(awaitRows(agent)).as("what was attached first").isEqualTo(first);
        service.get("/release");
        service.get("/again", REQUESTS);

        Load.Result result = load.stop();
        Summary summary = agent.stop();
        assertThat(result.failed()).isZero();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        assertThat(SpanFile.paths(config.spans()))
            .as("each request once, also those that were open meanwhile")
            .satisfies(paths -> assertThat(paths).filteredOn("/held"::equals).hasSize(3))
            .filteredOn(path -> path.startsWith("/load/"))
            .containsExactlyInAnyOrderElementsOf(
                LongStream.rangeClosed(1, result.answered())
                    .mapToObj(number -> "/load/" + number)
                    .toList());
        assertTold("/none", REQUESTS);
        assertTold("/calls", REQUESTS, DIAL, WAIT);
        assertTold("/named", REQUESTS, WAIT);
        assertTold("/unnamed", REQUESTS, DIAL);
        assertTold("/again", REQUESTS);
      }
    }
  }

  /** A request that waits while its process's queries, and then all calls, are given up. */
  @Test
  void aRequestOutlivesTheRowsOfCallsThatItMakes() throws IOException {
    try (Service service = Service.start(folder, WAITS)) {
      write(service, "none", "");
      try (Goshawk agent = config.run(service)) {
        awaitRows(agent);
        service.ask("/held");
        write(service, "none", "sql: false");
        awaitGone(agent, "sql");
        service.get("/release");

        service.ask("/held");
        write(service, "none", "sql: false, http.client: false");
        awaitGone(agent, "http.client");
        service.get("/release");
        service.get("/after");

        Summary summary = agent.stop();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        assertThat(SpanFile.paths(config.spans()))
            .containsOnlyOnce("/after")
            .filteredOn("/held"::equals)
            .hasSize(2);
      }
    }
  }

  @Test
  void anOptionStandsAboveTheVariable() throws IOException {
    try (Service service = Service.start(folder, WAITS)) {
      Map<String, String> none = Map.of("GOSHAWK_ATTRIBUTION", "none");
      askTraced(service, Map.of());
      assertTold("/asked", 1, DIAL, WAIT);
      askTraced(service, none);
      assertTold("/asked", 1);
      askTraced(service, none, "--attribution", "calls");
      assertTold("/asked", 1, DIAL, WAIT);
    }
  }

  /** Has an agent of its own see one request. */
  private void askTraced(Service service, Map<String, String> variables, String... options) {
    List<String> run =
        new ArrayList<>(
            List.of("run", "--exporter", "file=" + config.spans(), "--pid", service.pid()));
    run.addAll(List.of(options));
    try (Goshawk agent = Goshawk.attached(folder, variables, run.toArray(String[]::new))) {
      service.get("/asked");
      Summary summary = agent.stop();
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
    }
  }

  /** The row for routes would go by itself, as the service has no use for it. */
  private void write(Service service, String level, String rows) throws IOException {
    config.write(
        "include: {pids: [%s]}, attribution: {level: %s}, rows: {http.route: false, %s}"
            .formatted(service.pid(), level, rows));
  }

  /**
   * Waits until of all rows that tell where time went these are attached, and no others.
   *
   * @return all links
   */
  private Set<String> awaitRows(Goshawk agent, String... rows) {
    Set<String> programs = new HashSet<>();
    List.of(rows).forEach(row -> programs.addAll(programs(row)));
    Set<String> links = new HashSet<>();
    Awaitility.await("the rows " + List.of(rows))
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(300))
        .untilAsserted(
            () -> {
              Map<String, String> attached = KernelObjects.linksOf(agent.process(), folder);
              assertThat(attached).isNotEmpty();
              Set<String> telling = new HashSet<>(attached.values());
              telling.retainAll(PROGRAMS);
              assertThat(telling).isEqualTo(programs);
              links.clear();
              links.addAll(attached.keySet());
            });
    return links;
  }

  /** Waits until nothing of a row is attached any more: what it had begun is given up then. */
  private void awaitGone(Goshawk agent, String row) {
    Set<String> programs = programs(row);
    Awaitility.await(row + " is gone")
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(300))
        .until(
            () -> {
              Map<String, String> attached = KernelObjects.linksOf(agent.process(), folder);
              return !attached.isEmpty()
                  && attached.values().stream().noneMatch(programs::contains);
            });
  }

  private static Set<String> programs(String row) {
    return ProbeCatalogue.standard().rows().stream()
        .filter(each -> each.name().equals(row))
        .flatMap(each -> each.points().stream())
        .map(ProbePoint::program)
        .collect(Collectors.toSet());
  }

  private void assertTold(String path, int requests, String... rows) {
    Set<String> told = new HashSet<>();
    List.of(rows).forEach(row -> told.addAll(TELLS.get(row)));
    Set<String> all = new HashSet<>();
    TELLS.values().forEach(all::addAll);
    assertThat(SpanFile.attributesOfTraces(config.spans(), path))
        .as("what the traces of " + path + " say")
        .hasSize(requests)
        .allSatisfy(
            attributes -> {
              assertThat(attributes).contains("db.query.summary", "url.full");
              attributes.retainAll(all);
              assertThat(attributes).isEqualTo(told);
            });
  }
}
