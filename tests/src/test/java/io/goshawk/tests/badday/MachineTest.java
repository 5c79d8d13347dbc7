// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A machine that lacks something: status 3 and the mend, or no more than what needs it is lost. */
class MachineTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Root in name only, so that it may read this repository wherever that is. */
  private static final List<String> WITHOUT_RIGHTS =
      List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all");

  private static final List<String> WITH_BPF_ONLY =
      List.of("setpriv", "--bounding-set=-all,+bpf,+perfmon", "--inh-caps=-all");

  private final Path folder = Repository.scratch("machine");

  @Test
  void withoutTheRightsItSaysWhichAreMissing() {
    Ended ended = Ended.run(folder, WITHOUT_RIGHTS, Map.of(), "run", "--pid", "1");
    assertThat(ended.status()).isEqualTo(3);
    assertThat(ended.errors())
        .endsWith(
            """
            goshawk: loading the eBPF object failed: EPERM (1); mend: add CAP_BPF and \
            CAP_PERFMON, as --cap-add or securityContext.capabilities.add do
            Run 'goshawk doctor' for all of it.
            """);

    Ended doctor = Ended.run(folder, WITHOUT_RIGHTS, Map.of(), "doctor");
    assertThat(doctor.status()).isEqualTo(3);
    assertThat(doctor.output())
        .containsPattern("MISSING +CAP_BPF")
        .containsPattern("MISSING +CAP_PERFMON")
        .containsPattern("absent +holding programs");
  }

  @Test
  void withTheRightToLoadButNotToLookItNamesTheProcessItMayNotRead() {
    try (Service service = Service.start(folder)) {
      Ended ended = Ended.run(folder, WITH_BPF_ONLY, Map.of(), "run", "--pid", service.pid());
      assertThat(ended.status()).isEqualTo(2);
      assertThat(ended.errors())
          .contains("not allowed to read /proc/" + service.pid() + "/exe; add CAP_SYS_PTRACE");

      String port = service.address().substring(service.address().lastIndexOf(':') + 1);
      try (ChildProcess agent =
          Ended.start(folder, WITH_BPF_ONLY, Map.of(), "run", "--port", port)) {
        agent.awaitErrors("WARN  --port " + port + ": .* may not be looked at.* CAP_SYS_PTRACE");
      }
    }
  }

  @Test
  void withTheRightToLookButNotToReadItSaysThatNamesOfServicesMayBeOthers() throws IOException {
    Path config = folder.resolve("names.yaml");
    Files.writeString(
        config,
        """
        receivers: {goshawk: {include: {service_names: [machine-named]}}}
        exporters: {nop: }
        service: {pipelines: {traces: {receivers: [goshawk], exporters: [nop]}}}
        """);
    List<String> withoutReading =
        List.of("setpriv", "--bounding-set=-all,+bpf,+perfmon,+sys_ptrace", "--inh-caps=-all");
    // By a descriptor, as another user may not go to where this repository is.
    String asAnother =
        "exec 9<'%s' && exec setpriv --reuid=65534 --clear-groups /proc/self/fd/9"
            .formatted(Programs.SERVE);
    try (Service service =
            Service.start(
                folder, Map.of("OTEL_SERVICE_NAME", "machine-named"), "sh", "-c", asAnother);
        ChildProcess agent =
            Ended.start(folder, withoutReading, Map.of(), "run", "--config", config.toString())) {
      agent.awaitErrors(
          "WARN  --service machine-named: .*OTEL_SERVICE_NAME may not be read.*CAP_DAC_READ_SEARCH");
      assertThat(service.process().alive()).isTrue();
      assertThat(agent.errors()).doesNotContain("tracing process");
    }
  }

  @Test
  void withoutTheRightToLeaseTheFilesOfOthersItSaysWhatThatCosts() throws IOException {
    Path program = Files.copy(Programs.SERVE, folder.resolve("of-another"));
    Files.setAttribute(program, "unix:uid", 65534);
    List<String> withoutLeases = List.of("setpriv", "--bounding-set=-lease", "--inh-caps=-lease");
    try (Service service = Service.start(folder, program);
        ChildProcess agent =
            Ended.start(folder, withoutLeases, Map.of(), "run", "--pid", service.pid())) {
      agent.awaitErrors(
          "WARN  "
              + program
              + " keeps its probes only while a process runs it, .* may not be leased; add CAP_LEASE");
      agent.awaitErrors("tracing process " + service.pid());
    }
    assertThat(Ended.run(folder, withoutLeases, Map.of(), "doctor").output())
        .containsPattern("absent +CAP_LEASE");
  }

  @Test
  void captureRunsTheCommandOnlyIfItWasToldToDoItsBest() {
    Ended strict =
        Ended.run(folder, WITHOUT_RIGHTS, Map.of(), "capture", "-o", "-", "--", "echo", "ran");
    assertThat(strict.status()).isEqualTo(3);
    assertThat(strict.output()).isEmpty();

    Ended bestEffort =
        Ended.run(
            folder,
            WITHOUT_RIGHTS,
            Map.of(),
            "capture",
            "--best-effort",
            "-o",
            "-",
            "--",
            "sh",
            "-c",
            "echo ran; exit 7");
    assertThat(bestEffort.status()).isEqualTo(7);
    assertThat(bestEffort.output()).as("for spans, of which there are none").isEmpty();
    assertThat(bestEffort.errors())
        .contains("\nran\n")
        .contains("WARN  the command runs untraced: ")
        .contains("add CAP_BPF and CAP_PERFMON");
  }

  @Test
  void withoutLibbpfItSaysHowToInstallIt() {
    Ended ended = runWithLibbpf(Path.of("/nosuch/libbpf.so"));
    assertThat(ended.status()).isEqualTo(3);
    assertThat(ended.errors())
        .contains("finding /nosuch/libbpf.so failed", "apt-get install libbpf1")
        .doesNotContain("\tat ");
  }

  @Test
  void withALibbpfThatIsTooOldItSaysWhichIsNotAndWhereItIs() throws IOException {
    Path old = Compiler.library(folder, "old", "int bpf_object__load(void *o) { return 0; }");
    Ended ended = runWithLibbpf(old);
    assertThat(ended.status()).isEqualTo(3);
    assertThat(ended.errors())
        .contains("binding " + old, "older than libbpf 1.0", "install libbpf 1.0 or newer")
        .doesNotContain("\tat ");
  }

  @Test
  void withoutBtfItSaysWhatKernelHasIt() {
    List<String> prefix = without("/sys/kernel/btf");
    Ended ended = Ended.run(folder, prefix, Map.of(), "run", "--pid", "1");
    assertThat(ended.status()).isEqualTo(3);
    assertThat(ended.errors())
        .contains("/sys/kernel/btf/vmlinux is missing", "CONFIG_DEBUG_INFO_BTF=y")
        .doesNotContain("\tat ");

    Ended doctor = Ended.run(folder, prefix, Map.of(), "doctor");
    assertThat(doctor.status()).isEqualTo(3);
    assertThat(doctor.output()).containsPattern("MISSING +kernel BTF");
  }

  @Test
  void neitherTracefsNorBpffsAreNeeded() {
    assertTraces(without("/sys/kernel/tracing", "/sys/kernel/debug", "/sys/fs/bpf"), Map.of(), 3);
  }

  @Test
  void whereOneLinkCannotHoldManyProbesSingleOnesGiveTheSameSpans() throws IOException {
    // As Linux before 6.6 answers: link type 48, BPF_TRACE_UPROBE_MULTI of bpf(2), is unknown.
    Path kernel =
        Compiler.library(
            folder,
            "kernel65",
            """
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <errno.h>

            long syscall(long number, long a, long b, long c, long d, long e, long f) {
              long (*real)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
              if (number == 321 && a == 28 && ((unsigned *)b)[2] == 48) {
                errno = EINVAL;
                return -1;
              }
              return real(number, a, b, c, d, e, f);
            }
            """);
    Map<String, String> environment = Map.of("LD_PRELOAD", kernel.toString());
    Ended doctor = Ended.run(folder, List.of(), environment, "doctor");
    assertThat(doctor.output()).containsPattern("absent +uprobe_multi");
    assertThat(doctor.status()).as("it is no requirement").isZero();

    assertTraces(List.of(), environment, 3);
  }

  @Test
  void aProgramThatTheVerifierRefusesCostsItsRowAndIsShownWithTheVerifiersLastWords()
      throws IOException {
    String errors = assertTraces(List.of(), refusing("http_route"), 3);

    assertThat(errors)
        .contains("the kernel refused program http_route, what needs it stays off")
        .contains("R5 !read_ok")
        .doesNotContain("\tat ");
  }

  @Test
  void withoutTheProgramThatStartsServersSpansItSaysSoOfAServer() throws IOException {
    Map<String, String> refusing = refusing("http_server_start");
    try (Service service = Service.start(folder)) {
      Ended ended = Ended.run(folder, List.of(), refusing, "run", "--pid", service.pid());
      assertThat(ended.status()).as(ended.errors()).isNotZero();
      assertThat(ended.errors())
          .contains(
              "the kernel refused program http_server_start, what needs it stays off",
              "R5 !read_ok",
              "is not traced: attaching program http_server_start failed");
      service.get("/asked");
    }
    Ended doctor = Ended.run(folder, List.of(), refusing, "doctor");
    assertThat(doctor.output()).containsPattern("eBPF programs +refused: .*http_server_start");
  }

  @Test
  void withoutWordOfProcessesTheirEndIsFoundByLooking() throws IOException {
    Path spans = folder.resolve("spans.jsonl");
    try (Service service = Service.start(folder);
        ChildProcess agent =
            Ended.startTracing(folder, List.of(), refusing("process_exit"), service, spans)) {
      service.get("/asked");
      service.process().kill();
      Ended ended = Ended.of(agent, agent.awaitExit(LIMIT));
      assertThat(ended.status()).as(ended.errors()).isZero();
      assertThat(SpanFile.paths(spans)).containsExactly("/asked");
    }
  }

  /** Variables with which the kernel refuses one of our programs. */
  private Map<String, String> refusing(String program) throws IOException {
    Path classes = folder.resolve("refused-" + program);
    RefusedProgram.write(classes, program);
    return Map.of("GOSHAWK_JAVA_OPTS", "-Xbootclasspath/a:" + classes);
  }

  /** Runs the agent on a service, asks it, and returns what the agent said. */
  private String assertTraces(List<String> prefix, Map<String, String> environment, int requests) {
    Path spans = folder.resolve("spans.jsonl");
    try (Service service = Service.start(folder);
        ChildProcess agent = Ended.startTracing(folder, prefix, environment, service, spans)) {
      service.get("/slow/1", requests);
      Ended ended = Ended.of(agent, agent.terminate(LIMIT));
      assertThat(ended.status()).as(ended.errors()).isZero();
      assertThat(ended.errors()).contains("adds up: every request");
      assertThat(SpanFile.paths(spans)).hasSize(requests).containsOnly("/slow/1");
      return ended.errors();
    }
  }

  private Ended runWithLibbpf(Path libbpf) {
    return Ended.run(
        folder,
        List.of(),
        Map.of("GOSHAWK_JAVA_OPTS", "-Dgoshawk.libbpf.path=" + libbpf),
        "run",
        "--pid",
        "1");
  }

  /** Runs a command where the folders are empty. */
  private List<String> without(String... folders) {
    Path empty = folder.resolve("empty");
    try {
      Files.createDirectories(empty);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    StringBuilder script = new StringBuilder();
    for (String each : folders) {
      script.append("mount --bind ").append(empty).append(' ').append(each).append(" && ");
    }
    // exec, so that the agent has the process id that the test knows.
    return MountNamespace.running(script + "exec \"$0\" \"$@\"");
  }
}
