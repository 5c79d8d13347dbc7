// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Services that are chosen by what they belong to, whatever they run. */
class ChoiceTest {

  private static final String CONTAINER =
      "c0ffee0123456789c0ffee0123456789c0ffee0123456789c0ffee0123456789";

  private final Path folder = Repository.scratch("choice");
  private final ChangingConfig config = new ChangingConfig(folder);
  private final Path spans = config.spans();

  @Test
  void byTheirCgroupWheneverTheyComeIntoIt() throws IOException {
    try (Cgroup slice = Cgroup.create("goshawk-test-" + ProcessHandle.current().pid());
        Cgroup unit = slice.child("shop.service");
        Cgroup spared = slice.child("spared.service");
        Service there = Service.start(folder);
        Service excluded = Service.start(folder);
        Service comes = Service.start(folder);
        Service stays = Service.start(folder)) {
      unit.take(there);
      spared.take(excluded);
      config.write(
          "include: {cgroups: ['%s/*']}, exclude: {cgroups: [spared.service]}"
              .formatted(slice.path()));
      try (Goshawk agent = config.run(there)) {
        unit.take(comes);
        agent.process().awaitErrors(tracing(comes));
        String intoIt = "echo $$ >'%s' && exec '%s'".formatted(unit.door(), Programs.STRIPPED);
        try (Service later = Service.start(folder, Map.of(), "sh", "-c", intoIt)) {
          agent.process().awaitErrors(tracing(later));
          there.get("/there");
          excluded.get("/excluded");
          comes.get("/comes");
          stays.get("/stays");
          later.get("/later");

          config.write("include: {cgroups: ['%s']}".formatted(spared.path()));
          agent.process().awaitErrors(tracing(excluded));
          agent.process().awaitErrors(noLonger(there));
          there.get("/let-go");
          excluded.get("/included");
        }
        Summary summary = agent.stop();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        assertThat(SpanFile.paths(spans))
            .containsExactlyInAnyOrder("/there", "/comes", "/later", "/included");
      }
    }
  }

  @Test
  void byTheirContainer() throws IOException {
    String other = CONTAINER.replace("c0ffee", "decade");
    try (Cgroup slice = Cgroup.create("goshawk-test-" + ProcessHandle.current().pid());
        Cgroup scope = slice.child("docker-" + CONTAINER + ".scope");
        Cgroup otherScope = slice.child("docker-" + other + ".scope");
        Service inside = Service.start(folder);
        Service elsewhere = Service.start(folder);
        Service outside = Service.start(folder)) {
      scope.take(inside);
      otherScope.take(elsewhere);
      config.write("include: {containers: [C0FFEE01]}");
      try (Goshawk agent = config.run(inside)) {
        inside.get("/inside");
        elsewhere.get("/elsewhere");
        outside.get("/outside");
        config.write(
            "include: {containers: [c0ffee01, decade01], pids: [%s]}, exclude: {containers: [%s]}"
                .formatted(outside.pid(), CONTAINER));
        agent.process().awaitErrors(tracing(elsewhere));
        agent.process().awaitErrors(noLonger(inside));
        inside.get("/excluded");
        elsewhere.get("/included");

        Summary summary = agent.stop();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        assertThat(SpanFile.paths(spans)).containsExactlyInAnyOrder("/inside", "/included");
        assertThat(SpanFile.read(spans)).contains(CONTAINER, other);
      }
    }
  }

  @Test
  void byTheNameThatTheirSpansHave() throws IOException {
    Path worker = Files.copy(Programs.SERVE, folder.resolve("choice-worker"));
    // Called what many programs are, so that it is named by its module.
    Path server = Files.copy(Programs.SERVE, folder.resolve("server"));
    try (Service named = named("OTEL_SERVICE_NAME", "choice-checkout");
        Service attributed = named("OTEL_RESOURCE_ATTRIBUTES", "service.name=choice-cart");
        Service other = named("OTEL_SERVICE_NAME", "other");
        Service byFile = Service.start(folder, worker);
        Service byModule = Service.start(folder, server)) {
      config.write(
          "include: {service_names: ['choice-*', badday]}, exclude: {service_names: [choice-ca*]}");
      try (Goshawk agent = config.run(named)) {
        agent.process().awaitErrors(tracing(byFile));
        agent.process().awaitErrors(tracing(byModule));
        try (Service later = Service.start(folder, server)) {
          agent.process().awaitErrors(tracing(later));
          later.get("/by-module");
          named.get("/named");
          attributed.get("/excluded");
          other.get("/other");
          byFile.get("/by-file");
          byModule.get("/by-module");

          config.write(
              "include: {service_names: ['choice-*']}, exclude: {service_names: [choice-worker]}");
          agent.process().awaitErrors(tracing(attributed));
          agent.process().awaitErrors(noLonger(byFile));
          agent.process().awaitErrors(noLonger(byModule));
          agent.process().awaitErrors(noLonger(later));
          attributed.get("/included");
          byFile.get("/let-go");
          byModule.get("/let-go");

          config.write(
              "include: {service_names: ['choice-*']}, exclude: {service_names: [choice-worker]},"
                  + " service_name: everybody");
          agent.process().awaitErrors(noLonger(named));
          agent.process().awaitErrors(noLonger(attributed));
          named.get("/renamed");
        }
        Summary summary = agent.stop();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        assertThat(SpanFile.paths(spans))
            .containsExactlyInAnyOrder(
                "/by-module", "/named", "/by-file", "/by-module", "/included");
        assertThat(SpanFile.paths(SpanFile.ofService(spans, "badday")))
            .containsExactly("/by-module", "/by-module");
        assertThat(agent.process().errors()).doesNotContain("no Go program");
      }
    }
  }

  @Test
  void byAnOptionForEach() throws IOException {
    try (Cgroup slice = Cgroup.create("goshawk-test-" + ProcessHandle.current().pid());
        Cgroup scope = slice.child("docker-" + CONTAINER + ".scope");
        Cgroup unit = slice.child("shop.service");
        Service inside = Service.start(folder);
        Service ofUnit = Service.start(folder);
        Service named = named("OTEL_SERVICE_NAME", "choice-checkout");
        Service other = named("OTEL_SERVICE_NAME", "other")) {
      scope.take(inside);
      unit.take(ofUnit);
      String[] run = {
        "run",
        "--exporter",
        "file=" + spans,
        "--container",
        "c0ffee01",
        "--cgroup",
        slice.path() + "/shop*",
        "--service",
        "choice-*"
      };
      try (Goshawk agent = Goshawk.start(folder, Map.of(), run)) {
        for (Service chosen : List.of(inside, ofUnit, named)) {
          agent.process().awaitErrors(tracing(chosen));
          chosen.get("/chosen");
        }
        other.get("/other");
        Summary summary = agent.stop();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        assertThat(SpanFile.paths(spans)).containsExactly("/chosen", "/chosen", "/chosen");
      }
    }
  }

  private Service named(String variable, String value) {
    return Service.start(folder, Map.of(variable, value), Programs.SERVE.toString());
  }

  private static String tracing(Service service) {
    return "tracing process " + service.pid() + ":";
  }

  private static String noLonger(Service service) {
    return "process " + service.pid() + " .* is traced no longer";
  }
}
