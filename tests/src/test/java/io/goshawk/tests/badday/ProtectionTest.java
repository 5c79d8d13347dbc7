// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Ports;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import io.goshawk.tests.process.Web;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A service that brings more than somebody wants to pay for. */
class ProtectionTest {

  private static final Duration LIMIT = Duration.ofSeconds(120);

  private final Path folder = Repository.scratch("protection");
  private final ChangingConfig config = new ChangingConfig(folder);
  private final Path spans = config.spans();

  @Test
  void whatIsOverAQuotaBecomesNoSpanAndIsCountedAndSaid() throws IOException {
    try (Service service = Service.start(folder)) {
      String one = "include: {pids: [%s]}".formatted(service.pid());
      config.write(one + ", quotas: {rows: {http.server: {spans_per_second: 1}}}");
      try (Goshawk agent = config.run(service)) {
        service.get("/limited", 300);
        agent
            .process()
            .awaitErrors(
                "process %s \\(.*\\): http server over the quota of spans, refused"
                    .formatted(service.pid()));
        config.write(one + ", service_name: unlimited");
        agent.process().awaitErrors("goes on with the configuration as it is now");
        service.get("/free", 300);

        Summary summary = agent.stop();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        long limited = SpanFile.paths(spans).stream().filter("/limited"::equals).count();
        assertThat(limited).isBetween(1L, 299L);
        assertThat(SpanFile.paths(spans)).hasSize((int) limited + 300);
        assertThat(summary.count("refused: over the quota of spans")).isEqualTo(300 - limited);
        assertThat(summary.count("requests seen")).isEqualTo(600);
      }
    }
  }

  @Test
  void aRowOverItsBudgetIsOffForAWhileAndComesBackOnceThereIsLittleToDo() throws IOException {
    try (Service service = Service.start(folder)) {
      config.write(
          "include: {pids: [%s]}, breaker: {cpu_percent: 0.01, window: 2s, retry_after: 3s}"
              .formatted(service.pid()));
      try (Goshawk agent = config.run(service)) {
        String unseen;
        try (Load load = Load.start(folder, service, "-pause", "5ms")) {
          agent
              .process()
              .awaitErrors("row http\\.server is off for now: it took [0-9.]+ % of the CPU time");
          unseen = awaitOff(service);
          Load.Result result = load.stop();
          assertThat(result.failed()).isZero();
        }
        agent.process().awaitErrors("row http\\.server is on again, to see what it costs");
        Awaitility.await("it stays, for there is nothing to do")
            .atMost(LIMIT)
            .untilAsserted(
                () -> {
                  service.get("/back");
                  assertThat(SpanFile.paths(spans)).contains("/back");
                });
        Summary summary = agent.stop();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        assertThat(SpanFile.paths(spans)).doesNotContain(unseen);
        assertThat(summary.count("rows turned off: over their budget")).isPositive();
        assertThat(summary.count("rows turned on again")).isPositive();
      }
    }
  }

  /**
   * A request to a keep-alive connection is two hits of the row, and each has its trap, which the
   * agent has measured on this machine.
   */
  @Test
  void whatTheProbesCostIsToldToPrometheus() throws IOException {
    int port = Ports.free();
    try (Service service = Service.start(folder)) {
      config.write(
          "include: {pids: [%s]}, breaker: {cpu_percent: 100}".formatted(service.pid()),
          "telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {port: %s}}}}]}}"
              .formatted(port));
      try (Goshawk agent = config.run(service)) {
        Awaitility.await("it is measured")
            .atMost(LIMIT)
            .until(
                () -> {
                  service.get("/first");
                  return cost(port, "goshawk_probe_hits") > 0 && trap(port, "emulated") > 0;
                });
        service.get("/first", 10);
        double secondsBefore = cost(port, "goshawk_probe_cpu_seconds");
        double hitsBefore = cost(port, "goshawk_probe_hits");
        service.get("/counted", 1000);
        Awaitility.await("the hits are told")
            .atMost(LIMIT)
            .until(() -> cost(port, "goshawk_probe_hits") >= hitsBefore + 2000);
        double hits = cost(port, "goshawk_probe_hits") - hitsBefore;
        assertThat(hits).isLessThan(2200);
        assertThat(cost(port, "goshawk_probe_cpu_seconds") - secondsBefore)
            .as("at least the traps of 2000 hits")
            .isGreaterThan(2000 * trap(port, "emulated"));
        assertThat(trap(port, "single_stepped")).isPositive();
        assertThat(agent.stop().addsUp()).isTrue();
      }
    }
  }

  private static double cost(int port, String name) {
    return metric(port, name + "\\{.*row=\"http\\.server\".*\\}");
  }

  private static double trap(int port, String kind) {
    return metric(port, "goshawk_probe_trap_seconds\\{kind=\"" + kind + "\",basis=\"measured\"\\}");
  }

  /** Of a metric that is not there yet, 0. */
  private static double metric(int port, String series) {
    Matcher line =
        Pattern.compile("^" + series + " (\\S+)$", Pattern.MULTILINE)
            .matcher(Web.get("http://localhost:" + port + "/metrics").body());
    return line.find() ? Double.parseDouble(line.group(1)) : 0;
  }

  /**
   * Of requests that come while a row is away there are no spans.
   *
   * @return what was asked for then
   */
  private String awaitOff(Service service) {
    int[] number = {0};
    Awaitility.await("the row is off")
        .atMost(LIMIT)
        .until(
            () -> {
              String path = "/off/" + ++number[0];
              service.get(path);
              long before = SpanFile.paths(spans).size();
              Awaitility.await().pollDelay(Duration.ofMillis(700)).until(() -> true);
              List<String> paths = SpanFile.paths(spans);
              return paths.size() == before && !paths.contains(path);
            });
    return "/off/" + number[0];
  }
}
