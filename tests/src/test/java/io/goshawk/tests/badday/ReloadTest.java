// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A configuration that changes while services are traced, under load. */
class ReloadTest {

  private static final Pattern SPAN =
      Pattern.compile("\"traceId\":\"(\\w{32})\",\"spanId\":\"(\\w{16})\"");

  private static final String DONE = "goes on with the configuration as it is now";
  private static final String REFUSED = "goes on with the configuration as it was";
  private static final String DROPPED = "dropped: to be traced no longer";
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Path folder = Repository.scratch("reload");
  private final ChangingConfig config = new ChangingConfig(folder);
  private final Path spans = config.spans();

  /** Each reload changes something else, and every request is one span. */
  @Test
  void everyRequestIsOneSpanAcrossTwentyReloads() throws IOException {
    try (Service service = Service.start(folder);
        Service other = Service.start(folder, Programs.STRIPPED)) {
      String one = "include: {pids: [%s]}".formatted(service.pid());
      String both = "include: {pids: [%s, %s]}".formatted(service.pid(), other.pid());
      List<String> settings =
          List.of(
              one + ", service_name: shop",
              one + ", headers: {server_request: [x-tenant], server_response: [x-served-by]}",
              one + ", headers: {server_request: [x-other]}, limits: {attributes: 100}",
              one + ", sql: {text: raw, slow: mean}",
              one + ", sql: {text: none, slow: limit}",
              one + ", sampling: {sampler: always_on}, parent_source: true",
              one + ", rows: {http.route: false}",
              one + ", quotas: {spans_per_second: 1000000, open_share: 50}",
              one + ", breaker: {cpu_percent: 100}",
              both,
              one + ", http: {redact_query_keys: [ticket]}",
              one);
      write(one);
      try (Goshawk agent = config.run(service)) {
        try (Load load = Load.start(folder, service, "-numbered", "-pause", "2ms")) {
          // Until then the probe for routes, which this service has no use for, has left.
          awaitSpans(1_000);
          Set<String> links = links(agent);
          for (int i = 0; i < 20; i++) {
            write(settings.get(i % settings.size()));
            reload(agent, i + 1);
          }
          assertThat(links(agent)).as("what was attached first").isEqualTo(links);
          Load.Result result = load.stop();
          Summary summary = agent.stop();

          assertThat(result.failed()).isZero();
          assertThat(summary.addsUp()).as(summary.text()).isTrue();
          assertThat(SpanFile.paths(spans))
              .as("each request once")
              .containsExactlyInAnyOrderElementsOf(
                  LongStream.rangeClosed(1, result.answered())
                      .mapToObj(number -> "/load/" + number)
                      .toList());
        }
        assertThat(agent.process().errors())
            .contains("tracing process " + other.pid())
            .contains(
                "process " + other.pid() + " (" + Programs.STRIPPED + ") is traced no longer");
      }
    }
  }

  /** Children follow what was decided for their root, in whichever process. */
  @Test
  void tracesAreWholeWhileTheRatioChanges() throws IOException {
    try (Service behind = Service.start(folder);
        Service relay = Service.relayTo(behind, folder)) {
      String targets = "include: {pids: [%s, %s]}".formatted(behind.pid(), relay.pid());
      String ratio = targets + ", sampling: {sampler: parentbased_traceidratio, ratio: %s}";
      write(ratio.formatted(1));
      try (Goshawk agent = config.run(behind)) {
        agent.process().awaitErrors("tracing process " + relay.pid());
        try (Load load = Load.start(folder, relay, "-numbered", "-pause", "1ms")) {
          List<String> ratios = List.of("0.1", "1", "0.1", "1");
          for (int i = 0; i < ratios.size(); i++) {
            awaitSpans(1_000);
            write(ratio.formatted(ratios.get(i)));
            reload(agent, i + 1);
          }
          awaitSpans(1_000);
          Load.Result result = load.stop();
          Summary summary = agent.stop();

          assertThat(result.failed()).isZero();
          assertThat(summary.addsUp()).as(summary.text()).isTrue();
          Map<String, Set<String>> traces = traces();
          assertThat(traces.values())
              .as("server, client and server")
              .allSatisfy(trace -> assertThat(trace).hasSize(3));
          long sampledOut = summary.count("sampled out");
          assertThat(sampledOut).isPositive();
          // Of servers' spans, of which a trace has two.
          assertThat(traces.size() * 2L + sampledOut).isEqualTo(result.answered() * 2);
        }
      }
    }
  }

  /** What is wrong with a file is said with its place, and changes nothing. */
  @Test
  void aWrongFileIsRefusedAndTheOldOneGoesOn() throws IOException {
    try (Service service = Service.start(folder)) {
      String one = "include: {pids: [%s]}".formatted(service.pid());
      write(one);
      try (Goshawk agent = config.run(service)) {
        Set<String> links = links(agent);
        refuse(agent, one + ", samplign: {ratio: 0.5}", "goshawk.yaml:2:\\d+: .*samplign");
        refuse(agent, one + ", rows: {sqll: false}", "goshawk.yaml:2:\\d+: .*sqll.*\"sql\"");
        refuse(
            agent, one + ", attribution: {level: call}", "goshawk.yaml:2:\\d+: .*level.*\"calls\"");
        refuse(agent, "include: {ports: [x]}", "goshawk.yaml:2:\\d+: .*ports\\[0\\]: \"x\"");
        refuse(agent, "include: {pids: []}", "names no process, so nothing would be traced");
        refuse(agent, "include: {pids: [2147483646]}", "none of these processes is there");
        config.replace("");
        awaitRefusals(agent, 7);
        config.replace(
            file("file: {path: '%s'}".formatted(spans), "otlp: {protocols: {grpc: }}", "otlp"));
        agent.process().awaitErrors("receivers::goshawk: comes, goes, .* only by a restart");
        write(one + ", service_name: still");
        agent.process().awaitErrors(DONE);
        service.get("/asked", 3);

        assertThat(links(agent)).isEqualTo(links);
        Summary summary = agent.stop();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        assertThat(SpanFile.paths(spans)).hasSize(3);
        assertThat(SpanFile.read(spans)).contains("\"stringValue\":\"still\"");
      }
    }
  }

  /** As Kubernetes does it: a link to a folder is replaced, and the file's own path stays. */
  @Test
  void aFileBehindALinkThatIsReplacedIsReadAgain() throws IOException {
    try (Service service = Service.start(folder);
        Service other = Service.start(folder, Programs.STRIPPED)) {
      Path mounted = Files.createDirectories(folder.resolve("mounted"));
      Path data = mounted.resolve("..data");
      Files.createSymbolicLink(data, version(mounted, "1", service));
      Files.createSymbolicLink(config.file(), data.resolve("goshawk.yaml"));
      try (Goshawk agent = config.run(service)) {
        Path next = mounted.resolve("..data_tmp");
        Files.createSymbolicLink(next, version(mounted, "2", other));
        Files.move(next, data, StandardCopyOption.ATOMIC_MOVE);
        agent.process().awaitErrors("tracing process " + other.pid());
        agent.process().awaitErrors("process " + service.pid() + " .* is traced no longer");
        service.get("/before", 2);
        other.get("/after", 2);

        Summary summary = agent.stop();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        assertThat(SpanFile.paths(spans)).containsExactly("/after", "/after");
      }
    }
  }

  /**
   * Requests that are open when their process, or their row, goes are counted and become nothing.
   */
  @Test
  void whatIsOpenWhenItIsTracedNoLongerIsCounted() throws IOException {
    try (Service kept = Service.start(folder);
        Service gone = Service.start(folder, Programs.STRIPPED)) {
      write("include: {pids: [%s, %s]}".formatted(kept.pid(), gone.pid()));
      try (Goshawk agent = config.run(kept)) {
        agent.process().awaitErrors("tracing process " + gone.pid());
        gone.ask("/slow/60000");
        kept.ask("/slow/60000");
        gone.get("/seen");
        kept.get("/seen");
        write(
            "include: {pids: [%s, %s]}, exclude: {pids: [%s]}"
                .formatted(kept.pid(), gone.pid(), gone.pid()));
        reload(agent, 1);
        gone.get("/excluded");
        write("include: {pids: [%s]}, rows: {http.server: false}".formatted(kept.pid()));
        reload(agent, 2);
        kept.get("/off");
        Awaitility.await("what does not end is given up")
            .atMost(LIMIT)
            .until(
                () -> {
                  agent.process().signal("USR1");
                  return agent.process().errors().contains(DROPPED + "                  2");
                });
        write("include: {pids: [%s]}".formatted(kept.pid()));
        reload(agent, 3);
        Awaitility.await("the row is on again")
            .atMost(LIMIT)
            .untilAsserted(
                () -> {
                  kept.get("/on");
                  assertThat(SpanFile.paths(spans)).contains("/on");
                });

        agent.stop();
        String errors = agent.process().errors();
        // Behind those that were asked for.
        assertThat(errors.substring(errors.lastIndexOf("requests seen")))
            .contains(DROPPED + "                  2", "adds up: every request")
            .doesNotContain("still open");
        assertThat(SpanFile.paths(spans)).contains("/seen").doesNotContain("/excluded", "/off");
      }
    }
  }

  /**
   * Neither while it starts nor while it ends is SIGHUP anything but a wish to read a file again.
   */
  @Test
  void signalsWithoutEndEndNothing() throws IOException {
    try (Service service = Service.start(folder)) {
      config.replace(
          file(
              "file: {path: '%s'}\n  file/unused: {path: /nowhere}".formatted(spans),
              "goshawk: {include: {pids: [%s]}}".formatted(service.pid()),
              "goshawk"));
      try (Goshawk agent =
          Goshawk.start(folder, Map.of(), "run", "--config", config.file().toString())) {
        // Which is said when it has been read, and before anything is attached.
        agent.process().awaitErrors("\"file/unused\" is in no pipeline");
        for (int i = 0; i < 5; i++) {
          agent.process().signal("HUP");
        }
        agent.process().awaitErrors("tracing process " + service.pid());
        service.get("/asked", 5);
        for (int i = 0; i < 50; i++) {
          agent.process().signal("HUP");
        }
        agent.process().awaitErrors(DONE);
        agent.process().askToEnd();
        for (int i = 0; i < 5; i++) {
          agent.process().signal("HUP");
        }
        Summary summary = agent.awaitEnd();

        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        assertThat(SpanFile.paths(spans)).hasSize(5);
      }
    }
  }

  @Test
  void withoutAFileItSaysThatNothingIsReadAgainAndGoesOn() {
    try (Service service = Service.start(folder);
        ChildProcess agent =
            Ended.startTracing(folder, List.of("setsid"), Map.of(), service, spans)) {
      agent.signal("HUP");
      agent.awaitErrors("SIGHUP: without --config there is nothing to read again; goes on");
      service.get("/asked", 3);

      assertThat(agent.terminate(LIMIT)).as(agent.errors()).isZero();
      assertThat(SpanFile.paths(spans)).hasSize(3);
    }
  }

  @Test
  void withoutAFileItEndsWithItsTerminalAndLosesNothing() {
    Path log = folder.resolve("log");
    try (Service service = Service.start(folder);
        ChildProcess terminal = terminal(service, log)) {
      awaitLog(log, "tracing process");
      service.get("/asked", 3);
      terminal.kill();
      awaitLog(log, "SIGHUP: ends, as its terminal does");
      awaitLog(log, "adds up: every request");

      assertThat(SpanFile.paths(spans)).hasSize(3);
    }
  }

  /** An agent in a terminal of its own, which goes with this process. */
  private ChildProcess terminal(Service service, Path log) {
    String agent =
        "exec '%s' run --pid %s --exporter file='%s' 2>'%s'"
            .formatted(Ended.LAUNCHER, service.pid(), spans, log);
    return ChildProcess.start(folder, Map.of(), List.of("script", "-qfc", agent, "/dev/null"));
  }

  private static void awaitLog(Path log, String text) {
    Awaitility.await("'" + text + "' in the log")
        .atMost(LIMIT)
        .until(() -> Files.exists(log) && Files.readString(log).contains(text));
  }

  private Path version(Path mounted, String name, Service target) throws IOException {
    Path version = Files.createDirectories(mounted.resolve(name));
    Files.writeString(
        version.resolve("goshawk.yaml"), file("include: {pids: [%s]}".formatted(target.pid())));
    return version;
  }

  private String file(String goshawk) {
    return file("file: {path: '%s'}".formatted(spans), "goshawk: {" + goshawk + "}", "goshawk");
  }

  private static String file(String exporter, String receiver, String name) {
    return """
        receivers:
          %s
        exporters:
          %s
        service:
          pipelines:
            traces: {receivers: [%s], exporters: [file]}
        """
        .formatted(receiver, exporter, name);
  }

  private void write(String goshawk) throws IOException {
    config.replace(file(goshawk));
  }

  private static void reload(Goshawk agent, int times) {
    Awaitility.await("reloaded " + times + " times")
        .atMost(LIMIT)
        .untilAsserted(
            () -> assertThat(said(agent, DONE)).as(agent.process().errors()).isEqualTo(times));
  }

  private void refuse(Goshawk agent, String goshawk, String why) throws IOException {
    int before = said(agent, REFUSED);
    write(goshawk);
    awaitRefusals(agent, before + 1);
    agent.process().awaitErrors(why);
  }

  private static void awaitRefusals(Goshawk agent, int times) {
    Awaitility.await("refused " + times + " times")
        .atMost(LIMIT)
        .untilAsserted(
            () -> assertThat(said(agent, REFUSED)).as(agent.process().errors()).isEqualTo(times));
  }

  private static int said(Goshawk agent, String what) {
    Matcher matcher = Pattern.compile(Pattern.quote(what)).matcher(agent.process().errors());
    return (int) matcher.results().count();
  }

  private Set<String> links(Goshawk agent) throws IOException {
    return KernelObjects.heldBy(agent.process(), folder).stream()
        .filter(held -> held.startsWith("link"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Waits for so many spans more. */
  private void awaitSpans(int more) {
    int before = spanIds().size();
    Awaitility.await(more + " spans more")
        .atMost(LIMIT)
        .until(() -> spanIds().size() >= before + more);
  }

  private List<String> spanIds() {
    List<String> ids = new ArrayList<>();
    if (Files.exists(spans)) {
      Matcher span = SPAN.matcher(SpanFile.read(spans));
      while (span.find()) {
        ids.add(span.group(2));
      }
    }
    return ids;
  }

  private Map<String, Set<String>> traces() {
    Map<String, Set<String>> traces = new HashMap<>();
    Matcher span = SPAN.matcher(SpanFile.read(spans));
    while (span.find()) {
      assertThat(traces.computeIfAbsent(span.group(1), id -> new TreeSet<>()).add(span.group(2)))
          .as("a span twice")
          .isTrue();
    }
    return traces;
  }
}
