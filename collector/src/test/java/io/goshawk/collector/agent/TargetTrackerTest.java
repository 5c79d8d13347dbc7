package io.goshawk.collector.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.goshawk.loader.target.BinaryIdentity;
import io.goshawk.loader.target.ExecutableGlob;
import io.goshawk.loader.target.PortSet;
import io.goshawk.loader.target.ProcessTable;
import io.goshawk.loader.target.TargetSelector;
import io.goshawk.spans.resource.ResourceSettings;
import io.goshawk.spans.resource.TargetProcess.GoBuild;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With real processes, and a kernel and probes that only take notes. */
final class TargetTrackerTest {

  private static final String SLEEP = "60";

  @TempDir Path folder;

  private final List<Process> started = new ArrayList<>();
  private final FakeKernel kernel = new FakeKernel();
  private final FakeProbes probes = new FakeProbes();
  private final ProcessTable table = new ProcessTable();
  private final TargetDirectory directory =
      new TargetDirectory(table, ResourceSettings.defaults("test"), System::nanoTime);
  private long now;
  private Path service;

  @BeforeEach
  void installService() throws IOException {
    service = install("/bin/sleep", "svc");
  }

  @AfterEach
  void endProcesses() throws InterruptedException {
    for (Process process : started) {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void attachesOnceToABinaryThatTwoProcessesRun() throws IOException {
    int one = start(service, SLEEP);
    int two = start(service, SLEEP);
    TargetTracker tracker = tracker(pids(one, two));

    assertThat(tracker.scan()).isEmpty();
    assertThat(probes.attached).containsExactly("svc");
    assertThat(kernel.traced).containsExactlyInAnyOrder(one, two);
    assertThat(tracker.traced()).isEqualTo(2);
  }

  @Test
  void describesAProcessBeforeItsFirstSpanCanCome() throws IOException {
    int pid = start(service, SLEEP);
    kernel.onTrace =
        traced -> assertThat(directory.resource(traced)).as("resource at that time").isNotNull();

    tracker(pids(pid)).scan();

    Resource resource = directory.resource(pid);
    assertThat(resource).isNotNull();
    assertThat(resource.getAttribute(AttributeKey.longKey("process.pid"))).isEqualTo(pid);
    assertThat(resource.getAttribute(AttributeKey.stringKey("process.executable.name")))
        .isEqualTo("svc");
  }

  @Test
  void letsGoOfAProcessThatExitsAndSweepsWhatItLeftOpen() throws Exception {
    int pid = start(service, SLEEP);
    TargetTracker tracker = tracker(pids(pid));
    tracker.scan();
    assertThat(tracker.finished()).isFalse();

    end(pid);
    tracker.exited(pid);

    assertThat(kernel.traced).isEmpty();
    assertThat(kernel.swept).containsExactly(pid);
    assertThat(tracker.finished()).isTrue();
  }

  @Test
  void noticesInTheNextScanThatAProcessIsGoneWithoutAWord() throws Exception {
    int pid = start(service, SLEEP);
    TargetTracker tracker = tracker(pids(pid));
    tracker.scan();
    end(pid);

    tracker.scan();

    assertThat(kernel.traced).isEmpty();
    assertThat(tracker.finished()).isTrue();
  }

  @Test
  void stillKnowsTheResourceOfAProcessWhoseLastRecordsAreUnread() throws Exception {
    int pid = start(service, SLEEP);
    TargetTracker tracker = tracker(pids(pid));
    tracker.scan();
    end(pid);
    tracker.exited(pid);

    assertThat(directory.resource(pid)).isNotNull();
  }

  @Test
  void followsAProcessThatBecomesAnotherProgram() throws Exception {
    Path other = install("/bin/sleep", "other");
    Process shell = shell("read line; exec " + other + " " + SLEEP);
    int pid = (int) shell.pid();
    TargetTracker tracker = tracker(pids(pid));
    probes.impossible.add("dash");
    assertThat(tracker.scan())
        .singleElement()
        .satisfies(problem -> assertThat(problem.message()).contains("no Go program"));
    assertThat(kernel.traced).isEmpty();

    goOn(shell);
    awaitExecutable(pid, other);
    tracker.executed(pid);

    assertThat(probes.attached).containsExactly("other");
    assertThat(kernel.traced).containsExactly(pid);
  }

  @Test
  void stopsTracingASelectedBinaryThatBecomesAnother() throws Exception {
    Path shellCopy = install("/bin/sh", "svc-shell");
    Process shell = start(List.of(shellCopy.toString(), "-c", "read line; exec sleep " + SLEEP));
    int pid = (int) shell.pid();
    TargetTracker tracker =
        tracker(
            new TargetSelector(
                Set.of(), List.of(new ExecutableGlob(shellCopy.toString())), PortSet.NONE));
    tracker.scan();
    assertThat(kernel.traced).containsExactly(pid);

    goOn(shell);
    awaitExecutable(pid, Path.of("/bin/sleep").toRealPath());
    tracker.executed(pid);

    assertThat(kernel.traced).isEmpty();
    assertThat(kernel.swept).containsExactly(pid);
  }

  @Test
  void attachesToTheNewBinaryWhenOneIsReplacedOnDisk() throws Exception {
    int old = start(service, SLEEP);
    TargetTracker tracker =
        tracker(
            new TargetSelector(
                Set.of(), List.of(new ExecutableGlob(service.toString())), PortSet.NONE));
    tracker.scan();

    Files.move(install("/bin/sleep", "new"), service, StandardCopyOption.REPLACE_EXISTING);
    int replacement = start(service, SLEEP);
    tracker.scan();

    assertThat(probes.attached).hasSize(2);
    assertThat(kernel.traced).containsExactlyInAnyOrder(old, replacement);
  }

  @Test
  void keepsTheProbesForAWhileSoThatARestartedServiceIsTracedFromItsStart() throws Exception {
    int pid = start(service, SLEEP);
    TargetTracker tracker = tracker(pids(pid));
    tracker.scan();
    end(pid);
    tracker.exited(pid);

    tracker.scan();
    assertThat(probes.detached).isEmpty();

    now += TargetTracker.LINGER_NANOS + 1;
    tracker.scan();
    assertThat(probes.detached).containsExactly("svc");
  }

  @Test
  void doesNotKeepARemovedBinaryOnTheDisk() throws Exception {
    Path other = install("/bin/sleep", "other");
    TargetTracker tracker = tracker(pids(start(service, SLEEP), start(other, SLEEP)));
    tracker.scan();
    Files.delete(other);
    tracker.scan();
    assertThat(probes.detached).as("it still runs").isEmpty();

    for (Process process : started) {
      end((int) process.pid());
      tracker.exited((int) process.pid());
    }
    tracker.scan();

    assertThat(probes.detached).containsExactly("other");
  }

  @Test
  void saysWhatIsWrongWithAProcessIdAndTracesTheOthers() throws IOException {
    int pid = start(service, SLEEP);
    int thread = threadOfThisProcess();
    TargetTracker tracker = tracker(pids(pid, thread, 999_999_999));

    assertThat(tracker.scan())
        .extracting(TargetTracker.Problem::message)
        .anySatisfy(message -> assertThat(message).contains("no process has the id 999999999"))
        .anySatisfy(message -> assertThat(message).contains(thread + " is a thread of process"))
        .hasSize(2);
    assertThat(kernel.traced).containsExactly(pid);
    assertThat(tracker.scan()).as("said once").isEmpty();
  }

  @Test
  void warnsOfAHopelessBinaryOnce() throws IOException {
    probes.impossible.add("svc");
    int one = start(service, SLEEP);
    int two = start(service, SLEEP);
    TargetTracker tracker = tracker(pids(one, two));

    List<TargetTracker.Problem> problems = tracker.scan();

    assertThat(problems).hasSize(2);
    assertThat(problems.stream().filter(p -> p.level() == java.util.logging.Level.WARNING))
        .hasSize(1);
    assertThat(tracker.finished()).isTrue();
  }

  @Test
  void tracesWhatAFollowedCommandStartsButIsSilentAboutItsShells() throws Exception {
    probes.impossible.add("dash");
    Process shell = shell("read line; exec " + service + " " + SLEEP);
    int pid = (int) shell.pid();
    kernel.followed.add(pid);
    TargetTracker tracker = tracker(TargetSelector.NONE);
    tracker.executed(pid);
    assertThat(probes.attached).isEmpty();

    goOn(shell);
    awaitExecutable(pid, service);
    tracker.executed(pid);

    assertThat(probes.attached).containsExactly("svc");
    assertThat(tracker.traced()).isEqualTo(1);
    assertThat(kernel.untraced).as("the mark that children inherit stays").isEmpty();
  }

  @Test
  void attachesToABinaryBeforeItRuns() throws IOException {
    TargetTracker tracker = tracker(TargetSelector.NONE);

    assertThat(tracker.binary(service, "svc", BinaryIdentity.of(service)))
        .isInstanceOf(BinaryProbes.Outcome.Attached.class);
    int pid = start(service, SLEEP);
    kernel.followed.add(pid);
    tracker.executed(pid);

    assertThat(probes.attached).as("not a second time").containsExactly("svc");
    assertThat(directory.resource(pid)).isNotNull();
  }

  private TargetTracker tracker(TargetSelector selector) {
    return new TargetTracker(selector, table, kernel, probes, directory, () -> now);
  }

  private static TargetSelector pids(int... pids) {
    Set<Integer> set = new HashSet<>();
    for (int pid : pids) {
      set.add(pid);
    }
    return new TargetSelector(set, List.of(), PortSet.NONE);
  }

  private Path install(String program, String name) throws IOException {
    return Files.copy(Path.of(program).toRealPath(), folder.resolve(name)).toRealPath();
  }

  private int start(Path program, String argument) throws IOException {
    int pid = (int) start(List.of(program.toString(), argument)).pid();
    awaitExecutable(pid, program);
    return pid;
  }

  private Process shell(String script) throws IOException {
    Process shell = start(List.of("/bin/sh", "-c", script));
    awaitExecutable((int) shell.pid(), Path.of("/bin/sh").toRealPath());
    return shell;
  }

  private Process start(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).start();
    started.add(process);
    awaitExecutable((int) process.pid(), Path.of(command.get(0)).toRealPath());
    return process;
  }

  private static void goOn(Process shell) throws IOException {
    shell.getOutputStream().write('\n');
    shell.getOutputStream().flush();
  }

  /** A child runs a helper of the JVM before it becomes the program that was asked for. */
  private static void awaitExecutable(int pid, Path executable) {
    await()
        .pollInterval(5, TimeUnit.MILLISECONDS)
        .until(() -> Files.isSameFile(Path.of("/proc/" + pid + "/exe"), executable));
  }

  private void end(int pid) throws InterruptedException {
    for (Process process : started) {
      if (process.pid() == pid) {
        process.destroyForcibly().waitFor();
      }
    }
  }

  private static int threadOfThisProcess() throws IOException {
    long self = ProcessHandle.current().pid();
    try (var tasks = Files.list(Path.of("/proc/self/task"))) {
      return tasks
          .map(task -> Integer.parseInt(task.getFileName().toString()))
          .filter(tid -> tid != self)
          .findFirst()
          .orElseThrow();
    }
  }

  /** Takes notes. */
  private static final class FakeKernel implements TracedProcesses {
    private final Set<Integer> traced = new HashSet<>();
    private final Set<Integer> followed = new HashSet<>();
    private final List<Integer> untraced = new ArrayList<>();
    private final List<Integer> swept = new ArrayList<>();
    private java.util.function.IntConsumer onTrace = pid -> {};

    @Override
    public void trace(int pid, boolean followChildren) {
      onTrace.accept(pid);
      traced.add(pid);
    }

    @Override
    public boolean follows(int pid) {
      return followed.contains(pid);
    }

    @Override
    public void untrace(int pid) {
      if (traced.remove(pid)) {
        untraced.add(pid);
      }
    }

    @Override
    public void sweep(int pid) {
      swept.add(pid);
    }
  }

  /** Puts probes into everything but what a test declares impossible, by file name. */
  private static final class FakeProbes implements BinaryProbes {
    private final Set<String> impossible = new HashSet<>();
    private final List<String> attached = new ArrayList<>();
    private final List<String> detached = new ArrayList<>();
    private int lastId;

    @Override
    public Outcome attach(Path path, String name, BinaryIdentity identity) {
      String fileName = Path.of(name).getFileName().toString();
      if (impossible.contains(fileName)) {
        return new Outcome.Impossible("no Go program", false);
      }
      attached.add(fileName);
      return new Outcome.Attached(
          new TracedBinary(
              ++lastId,
              identity,
              name,
              "amd64",
              new GoBuild("go1.26.8", "", "", "", Map.of()),
              Map.of()));
    }

    @Override
    public void detach(TracedBinary binary) {
      detached.add(Path.of(binary.name()).getFileName().toString());
    }

    @Override
    public void attachRow(TracedBinary binary, DetachableRow row, Path path) {}

    @Override
    public void detachRow(TracedBinary binary, DetachableRow row) {}
  }
}
