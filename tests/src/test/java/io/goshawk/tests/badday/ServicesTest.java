// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Several services, each with a bad day of its own: whose requests were lost is known. */
class ServicesTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** A request whose record has no room among the short and the medium ones. */
  private static final String LONG = "?q=" + "x".repeat(1_500);

  /** Of those a process has room for 384, and no more than 512 are counted as such. */
  private static final int FLOOD = 600;

  private final Path folder = Repository.scratch("services");

  @Test
  void everyServiceHasItsOwnRequestsInItsRowWhateverBecomesOfThem() {
    int asked = 10;
    int killed = 20;
    int more = 40_000;
    try (Service busy = start("busy");
        Service flooded = start("flooded");
        Service doomed = start("doomed");
        Goshawk agent =
            Goshawk.attached(
                folder,
                Map.of(),
                "run",
                "--pid",
                String.join(",", busy.pid(), flooded.pid(), doomed.pid()),
                "--exporter",
                "file=" + folder.resolve("spans.jsonl"))) {
      for (Service each : List.of(busy, flooded, doomed)) {
        agent.process().awaitErrors("tracing process " + each.pid());
      }
      busy.get("/asked", asked);
      for (int i = 0; i < killed; i++) {
        doomed.ask("/slow/60000");
      }
      try (Load flood =
          Load.start(
              folder,
              flooded,
              "-connections",
              String.valueOf(FLOOD),
              "-requests",
              String.valueOf(FLOOD),
              "-path",
              "/slow/600000" + LONG)) {
        awaitRequests(agent, asked + killed + FLOOD);
        agent
            .process()
            .awaitErrors(
                "process "
                    + flooded.pid()
                    + " \\(flooded\\) has its share of the table of open spans, lost \\d+ spans");
        flooded.process().kill();
        assertThat(flood.awaitEnd().answered()).isZero();
        doomed.process().kill();
        agent.process().awaitErrors("process " + flooded.pid() + " .* has ended");
        agent.process().awaitErrors("process " + doomed.pid() + " .* has ended");
      }

      signal("STOP", agent);
      try (Load load = Load.start(folder, busy, "-requests", String.valueOf(more))) {
        assertThat(load.awaitEnd()).isEqualTo(new Load.Result(more, more, 0));
      } finally {
        signal("CONT", agent);
      }

      awaitRest(agent, asked + killed + FLOOD + more);
      agent.stop();
      Summary summary = last(agent);
      long full = summary.count("lost: ring full");
      long overShare = summary.count("lost: process has its share of it");
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
      assertThat(full).as(summary.text()).isPositive();
      assertThat(overShare).as(summary.text()).isBetween(50L, (long) FLOOD - 300);
      assertThat(summary.count("lost: process went away"))
          .as(summary.text())
          .isEqualTo(FLOOD - overShare + killed);
      assertThat(row(summary, "busy"))
          .as(summary.text())
          .containsExactly(asked + more, asked + more - full, 0, full);
      assertThat(row(summary, "flooded")).as(summary.text()).containsExactly(FLOOD, 0, 0, FLOOD);
      assertThat(row(summary, "doomed")).as(summary.text()).containsExactly(killed, 0, 0, killed);
    }
  }

  @Test
  void whatIsSampledOutAndWhatStaysOpenIsItsServicesAsWell() {
    int asked = 400;
    try (Service one = start("one");
        Service other = start("other");
        Goshawk agent =
            Goshawk.attached(
                folder,
                Map.of("OTEL_TRACES_SAMPLER", "traceidratio", "OTEL_TRACES_SAMPLER_ARG", "0.25"),
                "run",
                "--pid",
                one.pid() + "," + other.pid(),
                "--exporter",
                "file=" + folder.resolve("sampled.jsonl"))) {
      for (Service each : List.of(one, other)) {
        agent.process().awaitErrors("tracing process " + each.pid());
      }
      one.get("/asked", asked);
      for (int i = 0; i < asked; i++) {
        other.ask("/slow/60000");
      }
      awaitRequests(agent, 2 * asked);

      agent.stop();
      Summary summary = last(agent);
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
      long[] first = row(summary, "one");
      long[] second = row(summary, "other");
      // requests, spans, errors, lost, sampled out, still open
      assertThat(first[0]).as(summary.text()).isEqualTo(asked);
      assertThat(second[0]).as(summary.text()).isEqualTo(asked);
      assertThat(first[1]).as(summary.text()).isPositive().isEqualTo(asked - first[4]);
      assertThat(second[5]).as(summary.text()).isPositive().isEqualTo(asked - second[4]);
      assertThat(first[4] + second[4])
          .as(summary.text())
          .isPositive()
          .isEqualTo(summary.count("sampled out"));
      assertThat(summary.count("still open")).as(summary.text()).isEqualTo(second[5]);
    }
  }

  private Service start(String name) {
    return Service.of(
        ChildProcess.start(
            folder, Map.of("OTEL_SERVICE_NAME", name), List.of(Programs.SERVE.toString())));
  }

  /** By what the agent says of it while it is at work. */
  private void awaitRequests(Goshawk agent, int requests) {
    Awaitility.await()
        .atMost(LIMIT)
        .until(
            () -> {
              signal("USR1", agent);
              return agent.process().errors().contains("requests seen")
                  && last(agent).count("requests seen") == requests;
            });
  }

  /** Until nothing is under way: what there is time for at the end is another matter. */
  private void awaitRest(Goshawk agent, int requests) {
    Awaitility.await()
        .atMost(LIMIT)
        .until(
            () -> {
              signal("USR1", agent);
              Summary now = last(agent);
              return now.count("requests seen") == requests
                  && now.count("records written") == now.count("spans built");
            });
  }

  private static Summary last(Goshawk agent) {
    String errors = agent.process().errors();
    return Summary.parse(errors.substring(errors.lastIndexOf("requests seen")));
  }

  private static long[] row(Summary summary, String service) {
    Matcher row =
        Pattern.compile("^  " + service + "((?: +[0-9,]+)+)$", Pattern.MULTILINE)
            .matcher(summary.text());
    assertThat(row.find()).as(service + " in\n" + summary.text()).isTrue();
    return Pattern.compile(" +")
        .splitAsStream(row.group(1).strip())
        .mapToLong(number -> Long.parseLong(number.replace(",", "")))
        .toArray();
  }

  private void signal(String name, Goshawk agent) {
    ChildProcess.run(
        folder,
        Map.of(),
        LIMIT,
        List.of("kill", "-" + name, String.valueOf(agent.process().pid())));
  }
}
