// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.go.GoExecutables;
import io.goshawk.loader.go.OpenResult;
import io.goshawk.loader.probe.ProbePlanner;
import io.goshawk.loader.probe.Site;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code goshawk run} on services that run already, start later, or go away. */
@Timeout(120)
final class RunTest {

  /** int3, which the kernel puts over a probed instruction. */
  private static final int BREAKPOINT = 0xcc;

  private static final Pattern RESOURCE =
      Pattern.compile("\"resource\":\\{\"attributes\":\\[(.*?)]");

  private static final Pattern ATTRIBUTE =
      Pattern.compile("\"key\":\"([^\"]*)\",\"value\":\\{\"\\w+\":\"([^\"]*)\"}");

  @TempDir static Path shared;
  private static Path service;

  @TempDir Path folder;

  private final List<Process> services = new ArrayList<>();

  @BeforeAll
  static void build() throws IOException, InterruptedException {
    service = Service.build(shared);
  }

  @AfterEach
  void endServices() throws InterruptedException {
    for (Process process : services) {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void tracesARunningServiceAndFlushesOnSigterm() throws Exception {
    Running target = start(service, "127.0.0.1:0");
    try (Command run = run("one", "--pid", target.pid())) {
      run.awaitErr("tracing process " + target.pid());
      assertThat(breakpoints(target)).as("probes are in").isEqualTo(siteCount());
      get(target, 3);
      run.signal("TERM");

      assertThat(run.status()).as(run::err).isZero();
      assertThat(run.err()).contains("adds up");
      assertThat(spans("one")).isEqualTo(3);
      assertThat(breakpoints(target)).as("probes are out").isZero();
    }
  }

  @Test
  void showsWhatWasCountedWhileItRuns() throws Exception {
    Running target = start(service, "127.0.0.1:0");
    try (Command run = run("one", "--pid", target.pid())) {
      run.awaitErr("tracing process " + target.pid());
      get(target, 3);
      run.signal("USR1");
      run.awaitErr("requests seen                                      3");
      run.awaitErr("times are right to within");
      assertThat(run.err())
          .containsPattern("counted until 20\\d\\d-\\S+Z, still tracing:\\nrequests seen ");
      assertThat(run.err()).containsOnlyOnce("adds up: every request is in a row above");
      get(target, 1);
      run.signal("TERM");

      assertThat(run.status()).as(run::err).isZero();
      assertThat(spans("one")).isEqualTo(4);
    }
  }

  /** Probes stay where they are, no span is lost, and what is wrong changes nothing. */
  @Test
  void goesOverToAConfigurationThatChanges() throws Exception {
    Running target = start(service, "127.0.0.1:0");
    Path config = folder.resolve("goshawk.yaml");
    String both =
        """
        receivers: {goshawk: {include: {pids: [%s]}}}
        exporters: {file/kept: {path: '%s'}, file/added: {path: '%s'}}
        processors: {batch: {timeout: 1h}}
        service: {pipelines: {traces: {receivers: [goshawk], %s}}}
        """
            .formatted("%s", folder.resolve("kept.json"), folder.resolve("added.json"), "%s");
    Files.writeString(
        config, both.formatted(target.pid(), "processors: [batch], exporters: [file/kept]"));
    try (Command run =
        Command.start(folder, List.of(), null, "run", "--config", config.toString())) {
      run.awaitErr("tracing process " + target.pid());
      get(target, 3);
      Files.writeString(config, both.formatted(target.pid(), "exporters: [file/kept, file/added]"));
      run.awaitErr("goes on with the configuration as it is now");
      get(target, 2);
      Files.writeString(config, both.formatted(target.pid(), "exporters: [file/kpet]"));
      run.awaitErr("goes on with the configuration as it was");
      assertThat(run.err()).contains("goshawk.yaml:4:66: ", "did you mean \"file/kept\"?");
      get(target, 1);
      Files.writeString(
          config,
          both.formatted(target.pid(), "exporters: [file/kept]")
              .replace("service: {", "service: {telemetry: {metrics: {level: none}}, "));
      run.signal("HUP");
      run.awaitErr("service::telemetry::metrics: is changed only by a restart");
      assertThat(breakpoints(target)).as("probes are in").isEqualTo(siteCount());
      // To open a pipe would wait for a writer, and nothing would end that.
      Path pipe = folder.resolve("pipe");
      assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
      Files.move(pipe, config, StandardCopyOption.REPLACE_EXISTING);
      run.awaitErr("goshawk.yaml: cannot be read: it is a pipe or a device, not a file");
      run.signal("TERM");

      assertThat(run.status()).as(run::err).isZero();
      assertThat(run.err())
          .contains("adds up: every request is in a row above")
          .containsOnlyOnce("tracing process " + target.pid());
      assertThat(spans("kept")).isEqualTo(6);
      assertThat(spans("added")).isEqualTo(3);
    }
  }

  @Test
  void isIdleWhereTracingIsDisabled() throws Exception {
    Running target = start(service, "127.0.0.1:0");
    List<String> disabled = List.of("env", "OTEL_SDK_DISABLED=true");
    try (Command run =
        Command.start(
            folder, disabled, null, "run", "--pid", target.pid(), "--exporter", "console")) {
      run.awaitErr("OTEL_SDK_DISABLED is true");
      get(target, 1);
      assertThat(breakpoints(target)).isZero();
      run.signal("TERM");

      assertThat(run.status()).as(run::err).isZero();
      assertThat(run.out()).isEmpty();
    }
  }

  @Test
  void endsByItselfWhenItsTargetIsKilled() throws Exception {
    Running target = start(service, "127.0.0.1:0");
    try (Command run = run("one", "--pid", target.pid())) {
      run.awaitErr("tracing process " + target.pid());
      get(target, 2);
      target.process.destroyForcibly().waitFor();

      assertThat(run.status()).as(run::err).isZero();
      assertThat(run.err()).contains("has ended").contains("adds up");
      assertThat(spans("one")).isEqualTo(2);
    }
  }

  @Test
  void findsServicesThatStartLaterByTheirBinary() throws Exception {
    try (Command run = run("one", "--exe", service.toString())) {
      run.awaitErr("waiting for a process");
      Running target = start(service, "127.0.0.1:0");
      run.awaitErr("tracing process " + target.pid());
      get(target, 2);
      run.signal("TERM");

      assertThat(run.status()).as(run::err).isZero();
      assertThat(spans("one")).isEqualTo(2);
    }
  }

  @Test
  void findsAServiceByItsPort() throws Exception {
    Running target = start(service, "127.0.0.1:0");
    try (Command run = run("one", "--port", Integer.toString(target.port))) {
      run.awaitErr("tracing process " + target.pid());
      get(target, 1);
      run.signal("TERM");

      assertThat(run.status()).as(run::err).isZero();
      assertThat(spans("one")).isEqualTo(1);
    }
  }

  @Test
  void tracesTheNewBinaryAfterOneWasReplacedOnDisk() throws Exception {
    Path binary = Files.copy(service, folder.resolve("deployed"));
    Running old = start(binary, "127.0.0.1:0");
    try (Command run = run("one", "--exe", binary.toString())) {
      run.awaitErr("tracing process " + old.pid());
      Path next = Files.copy(service, folder.resolve("next"), StandardCopyOption.COPY_ATTRIBUTES);
      Files.move(next, binary, StandardCopyOption.REPLACE_EXISTING);
      Running replacement = start(binary, "127.0.0.1:0");
      run.awaitErr("tracing process " + replacement.pid());
      get(old, 2);
      get(replacement, 3);
      run.signal("TERM");

      assertThat(run.status()).as(run::err).isZero();
      assertThat(spans("one")).isEqualTo(5);
    }
  }

  @Test
  void twoAgentsOnOneTargetEachSeeEverything() throws Exception {
    Running target = start(service, "127.0.0.1:0");
    try (Command one = run("one", "--pid", target.pid());
        Command two = run("two", "--pid", target.pid())) {
      one.awaitErr("tracing process " + target.pid());
      two.awaitErr("tracing process " + target.pid());
      get(target, 4);
      one.signal("TERM");
      assertThat(one.status()).as(one::err).isZero();
      get(target, 3);
      two.signal("TERM");
      assertThat(two.status()).as(two::err).isZero();

      assertThat(spans("one")).isEqualTo(4);
      assertThat(spans("two")).isEqualTo(7);
    }
  }

  @Test
  void aKilledAgentLeavesNoProbeBehindAndTheServiceServesOn() throws Exception {
    Running target = start(service, "127.0.0.1:0");
    for (int round = 0; round < 3; round++) {
      try (Command run = run("one", "--pid", target.pid())) {
        run.awaitErr("tracing process " + target.pid());
        assertThat(breakpoints(target)).isEqualTo(siteCount());
        run.signal("KILL");
        assertThat(run.status()).isEqualTo(137);
      }
      Awaitility.await("probes are gone")
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> assertThat(breakpoints(target)).isZero());
      get(target, 2);
    }
  }

  @Test
  void aSpanIsFromWhatItsProcessSaysItIs() throws Exception {
    Running shop =
        start(
            service,
            "127.0.0.1:0",
            Map.of(
                "OTEL_SERVICE_NAME", "shop",
                "OTEL_RESOURCE_ATTRIBUTES", "service.name=other,team=a%2Cb"));
    Running nameless =
        start(service, "127.0.0.1:0", Map.of("OTEL_RESOURCE_ATTRIBUTES", "team=c,d"));
    try (Command run = run("one", "--pid", shop.pid() + "," + nameless.pid())) {
      run.awaitErr("tracing process " + shop.pid());
      run.awaitErr("tracing process " + nameless.pid());
      get(shop, 1);
      get(nameless, 1);
      run.signal("TERM");

      assertThat(run.status()).as(run::err).isZero();
      assertThat(run.err())
          .contains("process " + nameless.pid() + ": OTEL_RESOURCE_ATTRIBUTES: \"team=c,d\"");
    }
    Map<String, Map<String, String>> resources = new HashMap<>();
    for (Map<String, String> resource : resources("one")) {
      resources.put(resource.get("process.pid"), resource);
    }
    assertThat(resources).containsOnlyKeys(shop.pid(), nameless.pid());
    assertThat(resources.get(shop.pid()))
        .containsEntry("service.name", "shop")
        .containsEntry("team", "a,b")
        .containsEntry("process.executable.path", service.toRealPath().toString())
        .containsEntry("process.runtime.name", "go")
        .containsEntry("telemetry.sdk.language", "go")
        .containsKeys("service.instance.id", "process.runtime.version", "host.name");
    assertThat(resources.get(nameless.pid()))
        .containsEntry("service.name", "agent-test-service")
        .doesNotContainKey("team");
    assertThat(resources.get(nameless.pid()).get("service.instance.id"))
        .isNotEqualTo(resources.get(shop.pid()).get("service.instance.id"));
  }

  @Test
  void refusesWhatIsNoGoProgramAndAProcessThatDoesNotExist() throws Exception {
    Process sleep = new ProcessBuilder("sleep", "60").start();
    services.add(sleep);
    try (Command run = run("one", "--pid", sleep.pid() + ",999999999")) {
      assertThat(run.status()).as(run::err).isEqualTo(2);
      assertThat(run.err())
          .contains("process " + sleep.pid())
          .contains("no Go program that can be traced")
          .contains("no process has the id 999999999")
          .containsPattern(
              "(?m)^goshawk: nothing to trace: no process of --pid \\d+ --pid 999999999 can be"
                  + " traced; --exe, --port and their like wait for one$")
          .doesNotContain("spans go to");
    }
  }

  /** A service that listens. */
  private record Running(Process process, int port) {
    String pid() {
      return Long.toString(process.pid());
    }
  }

  private Running start(Path binary, String address) throws IOException {
    return start(binary, address, Map.of());
  }

  private Running start(Path binary, String address, Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(binary.toString(), "--address", address, "--wait")
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    Process process = builder.start();
    services.add(process);
    String line = process.inputReader().readLine();
    assertThat(line).startsWith("listening ");
    return new Running(process, Integer.parseInt(line.substring(line.lastIndexOf(':') + 1)));
  }

  private Command run(String output, String... selection) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("run"));
    arguments.addAll(List.of(selection));
    arguments.addAll(List.of("--exporter", "file=" + folder.resolve(output + ".json")));
    return Command.start(folder, arguments.toArray(String[]::new));
  }

  private static void get(Running target, int requests) throws IOException {
    for (int i = 0; i < requests; i++) {
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + target.port + "/item/" + i).toURL().openConnection();
      connection.setReadTimeout((int) TimeUnit.SECONDS.toMillis(10));
      assertThat(connection.getResponseCode()).isEqualTo(200);
      connection.getInputStream().readAllBytes();
    }
  }

  private int spans(String output) throws IOException {
    return Files.readString(folder.resolve(output + ".json")).split("\"spanId\"", -1).length - 1;
  }

  /** The attributes of each resource, as text. */
  private List<Map<String, String>> resources(String output) throws IOException {
    List<Map<String, String>> resources = new ArrayList<>();
    Matcher resource = RESOURCE.matcher(Files.readString(folder.resolve(output + ".json")));
    while (resource.find()) {
      Map<String, String> attributes = new HashMap<>();
      Matcher attribute = ATTRIBUTE.matcher(resource.group(1));
      while (attribute.find()) {
        attributes.put(attribute.group(1), attribute.group(2));
      }
      resources.add(attributes);
    }
    return resources;
  }

  /** How many of the planned sites are a breakpoint in the memory of the process now. */
  private static int breakpoints(Running target) throws IOException {
    int count = 0;
    try (RandomAccessFile memory = new RandomAccessFile("/proc/" + target.pid() + "/mem", "r")) {
      for (Site site : sites()) {
        memory.seek(site.address());
        count += memory.read() == BREAKPOINT ? 1 : 0;
      }
    }
    return count;
  }

  private static int siteCount() {
    int count = sites().size();
    assertThat(count).isGreaterThanOrEqualTo(3);
    return count;
  }

  private static List<Site> sites() {
    OpenResult result = GoExecutables.open(service);
    assertThat(result).isInstanceOf(OpenResult.Opened.class);
    try (GoExecutable executable = ((OpenResult.Opened) result).executable()) {
      assertThat(executable.positionIndependent()).isFalse();
      return ProbePlanner.plan(executable).rows().stream()
          .flatMap(row -> row.sites().stream())
          .toList();
    }
  }
}
