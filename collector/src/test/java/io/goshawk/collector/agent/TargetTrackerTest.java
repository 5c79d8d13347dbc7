// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.goshawk.abi.RecordType;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.ledger.ServiceCounts;
import io.goshawk.loader.file.ExecutableFile;
import io.goshawk.loader.kernel.KernelClocks;
import io.goshawk.loader.probe.AttributionLevel;
import io.goshawk.loader.probe.ProbePlan;
import io.goshawk.loader.session.TracedProcesses;
import io.goshawk.loader.target.BinaryIdentity;
import io.goshawk.loader.target.Glob;
import io.goshawk.loader.target.PathGlob;
import io.goshawk.loader.target.PortSet;
import io.goshawk.loader.target.ProcessTable;
import io.goshawk.loader.target.TargetProcess;
import io.goshawk.loader.target.TargetSelector;
import io.goshawk.spans.resource.ResourceSettings;
import io.goshawk.spans.resource.TargetProcess.GoBuild;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With real processes, and a kernel and probes that only take notes. */
final class TargetTrackerTest {

  private static final String SLEEP = "60";
  private static final int EXEC_ID = 7;

  /** Calls of a process that a sweep finds. */
  private static final long OPEN = 3;

  @TempDir Path folder;

  private final List<Process> started = new ArrayList<>();
  private final FakeKernel kernel = new FakeKernel();
  private final FakeProbes probes = new FakeProbes();
  private final KnownServiceNames names = new KnownServiceNames(ResourceSettings.defaults("test"));
  private final ProcessTable table = new ProcessTable(names);
  private final TargetDirectory directory =
      new TargetDirectory(table, ResourceSettings.defaults("test"), System::nanoTime);
  private final Ledger ledger = new Ledger();
  private long now;
  private int lookedAmongMounts;
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

    assertThat(scan(tracker)).isEmpty();
    assertThat(probes.attached).containsExactly("svc");
    assertThat(kernel.traced).containsExactlyInAnyOrder(one, two);
    assertThat(tracker.traced()).hasSize(2);
  }

  @Test
  void describesAProcessBeforeItsFirstSpanCanCome() throws IOException {
    int pid = start(service, SLEEP);
    kernel.onTrace =
        traced -> assertThat(directory.resource(traced)).as("resource at that time").isNotNull();

    scan(tracker(pids(pid)));

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
    scan(tracker);
    assertThat(tracker.finished()).isFalse();

    end(pid);
    tracker.exited(pid);

    assertThat(kernel.traced).isEmpty();
    assertThat(kernel.swept).containsExactly(pid);
    assertThat(tracker.finished()).isTrue();
    assertThat(ledger.snapshot().services())
        .extracting(ServiceCounts::service, ServiceCounts::lost)
        .containsExactly(tuple("svc", OPEN));
  }

  @Test
  void noticesInTheNextScanThatAProcessIsGoneWithoutAWord() throws Exception {
    int pid = start(service, SLEEP);
    TargetTracker tracker = tracker(pids(pid));
    scan(tracker);
    end(pid);

    scan(tracker);

    assertThat(kernel.traced).isEmpty();
    assertThat(tracker.finished()).isTrue();
  }

  @Test
  void stillKnowsTheResourceOfAProcessWhoseLastRecordsAreUnread() throws Exception {
    int pid = start(service, SLEEP);
    TargetTracker tracker = tracker(pids(pid));
    scan(tracker);
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
    assertThat(scan(tracker))
        .singleElement()
        .satisfies(problem -> assertThat(problem.message()).contains("no Go program"));
    assertThat(kernel.traced).isEmpty();

    goOn(shell);
    awaitExecutable(pid, other);
    tracker.executed(pid, EXEC_ID, KernelClocks.monotonicNanos());

    assertThat(probes.attached).containsExactly("other");
    assertThat(kernel.traced).containsExactly(pid);
  }

  @Test
  void stopsTracingASelectedBinaryThatBecomesAnother() throws Exception {
    Path shellCopy = install("/bin/sh", "svc-shell");
    Process shell = start(List.of(shellCopy.toString(), "-c", "read line; exec sleep " + SLEEP));
    int pid = (int) shell.pid();
    TargetTracker tracker = tracker(globs(shellCopy));
    scan(tracker);
    assertThat(kernel.traced).containsExactly(pid);

    goOn(shell);
    awaitExecutable(pid, Path.of("/bin/sleep").toRealPath());
    tracker.executed(pid, EXEC_ID, KernelClocks.monotonicNanos());

    assertThat(kernel.traced).isEmpty();
    assertThat(kernel.swept).containsExactly(pid);
  }

  @Test
  void attachesToTheNewBinaryWhenOneIsReplacedOnDisk() throws Exception {
    int old = start(service, SLEEP);
    TargetTracker tracker = tracker(globs(service));
    scan(tracker);

    Files.move(install("/bin/sleep", "new"), service, StandardCopyOption.REPLACE_EXISTING);
    int replacement = start(service, SLEEP);
    scan(tracker);

    assertThat(probes.attached).hasSize(2);
    assertThat(kernel.traced).containsExactlyInAnyOrder(old, replacement);
  }

  @Test
  void keepsTheProbesForAWhileSoThatARestartedServiceIsTracedFromItsStart() throws Exception {
    int pid = start(service, SLEEP);
    TargetTracker tracker = tracker(pids(pid));
    scan(tracker);
    end(pid);
    tracker.exited(pid);

    tracker.tidy();
    assertThat(probes.detached).isEmpty();

    now += TargetBinaries.LINGER_NANOS + 1;
    tracker.tidy();
    assertThat(probes.detached).containsExactly("svc");
  }

  @Test
  void takesProbesThatMayNotStayOutWithTheLastProcess() throws Exception {
    int one = start(service, SLEEP);
    int two = start(service, SLEEP);
    TargetTracker tracker = tracker(pids(one, two));
    probes.mayStay = false;
    scan(tracker);
    tracker.tidy();

    end(one);
    tracker.exited(one);
    assertThat(probes.detached).as("one still runs it").isEmpty();
    end(two);
    tracker.exited(two);

    assertThat(probes.detached).containsExactly("svc");
  }

  @Test
  void takesTheProbesOutOfABinaryThatSomebodyWaitsToWriteTo() throws Exception {
    int pid = start(service, SLEEP);
    TargetTracker tracker = tracker(pids(pid));
    scan(tracker);
    end(pid);
    tracker.exited(pid);
    tracker.tidy();
    assertThat(probes.detached).isEmpty();

    probes.writerWaits = true;
    tracker.tidy();

    assertThat(probes.detached).containsExactly("svc");
  }

  @Test
  void stopsTracingAProcessWhoseBinaryIsWrittenToWhileItRuns() throws Exception {
    int pid = start(service, SLEEP);
    TargetTracker tracker = tracker(pids(pid));
    scan(tracker);

    probes.writerWaits = true;
    tracker.tidy();

    assertThat(probes.detached).containsExactly("svc");
    assertThat(kernel.traced).isEmpty();
    assertThat(kernel.swept).containsExactly(pid);
    assertThat(tracker.traced()).isEmpty();
  }

  @Test
  void anotherContainerCarriesTheProbesWhenTheFirstHasGone() throws Exception {
    Path replica = install("/bin/sleep", "replica");
    int one = start(service, SLEEP);
    int two = start(replica, SLEEP);
    probes.share = true;
    probes.mayStay = false;
    TargetTracker tracker = tracker(pids(one, two));
    scan(tracker);
    assertThat(kernel.numbers.get(one)).isEqualTo(kernel.numbers.get(two));
    TracedBinary binary = probes.shared;
    boolean firstCarries = probes.carrier(binary).equals(BinaryIdentity.of(service));
    int carrier = firstCarries ? one : two;
    int other = firstCarries ? two : one;
    int number = probes.number(binary);

    end(carrier);
    tracker.exited(carrier);

    assertThat(probes.detached).isEmpty();
    assertThat(probes.carrier(binary))
        .isEqualTo(BinaryIdentity.of(firstCarries ? replica : service));
    assertThat(kernel.numbers).containsEntry(other, number + 100);
    end(other);
    tracker.exited(other);
    assertThat(probes.detached).hasSize(1);
  }

  @Test
  void saysWhatIsWrongWithAProcessIdAndTracesTheOthers() throws IOException {
    int pid = start(service, SLEEP);
    int thread = threadOfThisProcess();
    TargetTracker tracker = tracker(pids(pid, thread, 999_999_999));

    assertThat(scan(tracker))
        .extracting(TargetTracker.Problem::message)
        .anySatisfy(message -> assertThat(message).contains("no process has the id 999999999"))
        .anySatisfy(message -> assertThat(message).contains(thread + " is a thread of process"))
        .hasSize(2);
    assertThat(kernel.traced).containsExactly(pid);
    assertThat(scan(tracker)).as("said once").isEmpty();
  }

  @Test
  void warnsOfAHopelessBinaryOnce() throws IOException {
    probes.impossible.add("svc");
    int one = start(service, SLEEP);
    int two = start(service, SLEEP);
    TargetTracker tracker = tracker(pids(one, two));

    List<TargetTracker.Problem> problems = scan(tracker);

    assertThat(problems).hasSize(2);
    assertThat(problems.stream().filter(p -> p.level() == Level.WARNING)).hasSize(1);
    assertThat(tracker.finished()).isTrue();
  }

  @Test
  void triesABinaryAgainThatCouldNotBeProbedOnce() throws IOException {
    probes.failing.add("svc");
    int one = start(service, SLEEP);
    TargetTracker tracker = tracker(globs(service));
    assertThat(untraced(scan(tracker)))
        .singleElement()
        .satisfies(problem -> assertThat(problem.level()).isEqualTo(Level.WARNING));
    assertThat(untraced(scan(tracker)))
        .singleElement()
        .satisfies(problem -> assertThat(problem.level()).as("said once").isEqualTo(Level.FINE));

    probes.failing.clear();
    int two = start(service, SLEEP);
    tracker.executed(two, EXEC_ID, KernelClocks.monotonicNanos());
    scan(tracker);

    assertThat(kernel.traced).containsExactlyInAnyOrder(one, two);
  }

  @Test
  void doesNotTakeAProcessThatIsGoneWhenItsBinaryIsKnown() throws Exception {
    int pid = start(service, SLEEP);
    probes.slow = new CompletableFuture<>();
    TargetTracker tracker = tracker(globs(service));
    CompletableFuture<List<TargetTracker.Problem>> scan = tracker.scan();
    assertThat(scan).isNotDone();

    end(pid);
    tracker.exited(pid);
    probes.slow.complete(null);

    assertThat(untraced(scan.join())).isEmpty();
    assertThat(kernel.traced).isEmpty();
    assertThat(tracker.traced()).isEmpty();
  }

  @Test
  void looksIntoABinaryOnceForAllThatWaitForIt() throws IOException {
    int one = start(service, SLEEP);
    int two = start(service, SLEEP);
    probes.slow = new CompletableFuture<>();
    TargetTracker tracker = tracker(globs(service));
    CompletableFuture<List<TargetTracker.Problem>> first = tracker.scan();
    CompletableFuture<List<TargetTracker.Problem>> second = tracker.scan();
    assertThat(tracker.finished()).isFalse();
    probes.slow.complete(null);

    assertThat(untraced(first.join())).isEmpty();
    assertThat(untraced(second.join())).isEmpty();
    assertThat(probes.attached).containsExactly("svc");
    assertThat(tracker.traced())
        .extracting(TargetProcess::pid)
        .as("in the order of their ids")
        .containsExactly(Math.min(one, two), Math.max(one, two));
    assertThat(kernel.traced).containsExactlyInAnyOrder(one, two);
  }

  @Test
  void beginsANewLifeWhenAProcessExecutesItsOwnBinaryAgain() throws Exception {
    int pid = start(service, SLEEP);
    TargetTracker tracker = tracker(pids(pid));
    long before = KernelClocks.monotonicNanos();
    scan(tracker);
    Resource first = directory.resource(pid);

    tracker.executed(pid, EXEC_ID, before);
    assertThat(directory.resource(pid)).as("that was known when it was found").isSameAs(first);
    assertThat(kernel.swept).isEmpty();

    tracker.executed(pid, EXEC_ID, KernelClocks.monotonicNanos());
    assertThat(kernel.swept).containsExactly(pid);
    assertThat(directory.resource(pid)).isNotNull().isNotSameAs(first);
    assertThat(kernel.traced).containsExactly(pid);
    assertThat(probes.detached).isEmpty();
  }

  @Test
  void tracesWhatAFollowedCommandStartsButIsSilentAboutItsShells() throws Exception {
    probes.impossible.add("dash");
    Process shell = shell("read line; exec " + service + " " + SLEEP);
    int pid = (int) shell.pid();
    kernel.followed.add(pid);
    TargetTracker tracker = tracker(TargetSelector.NONE);
    tracker.executed(pid, EXEC_ID, KernelClocks.monotonicNanos());
    assertThat(probes.attached).isEmpty();

    goOn(shell);
    awaitExecutable(pid, service);
    tracker.executed(pid, EXEC_ID, KernelClocks.monotonicNanos());

    assertThat(probes.attached).containsExactly("svc");
    assertThat(tracker.traced()).hasSize(1);
    assertThat(kernel.untraced).as("the mark that children inherit stays").isEmpty();
  }

  @Test
  void whatAFollowedProcessMayHaveOpenIsLostThoughItWasNeverTraced() throws Exception {
    probes.impossible.add("dash");
    Process shell = shell("read line");
    int pid = (int) shell.pid();
    kernel.followed.add(pid);
    TargetTracker tracker = tracker(TargetSelector.NONE);

    tracker.executed(pid, EXEC_ID, KernelClocks.monotonicNanos());
    assertThat(kernel.swept).isEmpty();
    tracker.executed(pid, EXEC_ID, KernelClocks.monotonicNanos());
    assertThat(kernel.swept).containsExactly(pid);
    tracker.exited(pid);
    assertThat(kernel.swept).containsExactly(pid, pid);
  }

  @Test
  void attachesToABinaryBeforeItRuns() throws IOException {
    TargetTracker tracker = tracker(TargetSelector.NONE);
    probes.mayStay = false;

    assertThat(expect(tracker).join()).isEmpty();
    tracker.tidy();
    int pid = start(service, SLEEP);
    kernel.followed.add(pid);
    tracker.executed(pid, EXEC_ID, KernelClocks.monotonicNanos());

    assertThat(probes.attached).as("not a second time").containsExactly("svc");
    assertThat(probes.runs).containsExactly(false);
    assertThat(directory.resource(pid)).isNotNull();
  }

  @Test
  void takesTheProbesOutOfWhatWasToBeExecutedAndWasNot() throws IOException {
    TargetTracker tracker = tracker(TargetSelector.NONE);
    probes.mayStay = false;
    assertThat(expect(tracker).join()).isEmpty();

    now += TargetBinaries.EXPECT_NANOS + 1;
    tracker.tidy();

    assertThat(probes.detached).containsExactly("svc");
  }

  @Test
  void whatAnotherSelectionDoesNotNameIsLetGoAndWhatBothNameIsNotTouched() throws Exception {
    Path kept = install("/bin/sleep", "kept");
    Path gone = install("/bin/sleep", "gone");
    Path come = install("/bin/sleep", "come");
    int keptPid = start(kept, "60");
    int gonePid = start(gone, "60");
    int comePid = start(come, "60");
    TargetTracker tracker = tracker(pids(keptPid, gonePid));
    scan(tracker);

    tracker.select(pids(keptPid, comePid));
    scan(tracker);

    assertThat(kernel.traced).containsExactlyInAnyOrder(keptPid, comePid);
    assertThat(kernel.dropped).containsExactly(gonePid);
    assertThat(kernel.swept).isEmpty();
    assertThat(probes.attached).containsExactlyInAnyOrder("kept", "gone", "come");
    assertThat(probes.detached).containsExactly("gone");
    assertThat(directory.isTraced(keptPid)).isTrue();
    assertThat(directory.isTraced(gonePid)).isFalse();
  }

  @Test
  void probesStayWhereAnotherProcessOfTheBinaryIsStillNamed() throws Exception {
    int stays = start(service, "60");
    int goes = start(service, "60");
    TargetTracker tracker = tracker(globs(service));
    scan(tracker);
    assertThat(kernel.traced).containsExactlyInAnyOrder(stays, goes);

    tracker.select(globs(service).without(pids(goes)));
    scan(tracker);

    assertThat(kernel.traced).containsExactly(stays);
    assertThat(kernel.dropped).containsExactly(goes);
    assertThat(probes.detached).isEmpty();
  }

  /** The look into its file is under way when it is no longer named. */
  @Test
  void whatIsNotNamedAnyMoreWhenItsProbesAreThereIsNotTraced() throws Exception {
    Path other = install("/bin/sleep", "other");
    int pid = start(service, "60");
    int otherPid = start(other, "60");
    TargetTracker tracker = tracker(pids(pid));
    CompletableFuture<Void> slow = new CompletableFuture<>();
    probes.slow = slow;
    CompletableFuture<List<TargetTracker.Problem>> first = tracker.scan();
    tracker.select(pids(otherPid));
    slow.complete(null);
    first.join();
    scan(tracker);

    assertThat(kernel.traced).containsExactly(otherPid);
  }

  @Test
  void callsOfARowThatWentAreDroppedOnceTheyHadTimeToEnd() throws Exception {
    int pid = start(service, "60");
    TargetTracker tracker = tracker(pids(pid));
    scan(tracker);
    tracker.choose(new RowChoice(AttributionLevel.CALLS, Map.of("sql", false)));
    assertThat(kernel.dropped).isEmpty();

    tracker.tidy();
    tracker.tidy();

    assertThat(kernel.dropped).containsExactly(pid);
    assertThat(kernel.traced).containsExactly(pid);
  }

  @Test
  void aBinaryIsReadForTheNameOfAServiceOnlyWhereNothingElseTells() throws Exception {
    Path generic = install("/bin/sleep", "server");
    Path other = install("/bin/sleep", "main");
    probes.builds.put(BinaryIdentity.of(generic), build("example.com/shop"));
    probes.builds.put(BinaryIdentity.of(other), build("example.com/other"));
    int byFile = start(install("/bin/sleep", "shop"), SLEEP);
    int byBuild = start(generic, SLEEP);
    start(other, SLEEP);
    start(service, SLEEP);

    scan(tracker(services("shop")));

    assertThat(kernel.traced).containsExactlyInAnyOrder(byFile, byBuild);
    assertThat(probes.read)
        .contains(BinaryIdentity.of(generic), BinaryIdentity.of(other))
        .doesNotContain(BinaryIdentity.of(service));
    assertThat(probes.attached).containsExactlyInAnyOrder("shop", "server");
  }

  @Test
  void aServiceThatIsExceptedByItsNameIsNotTracedWhileThatIsReadAndAfterwards() throws Exception {
    Path generic = install("/bin/sleep", "server");
    probes.builds.put(BinaryIdentity.of(generic), build("example.com/shop"));
    probes.reading = new CompletableFuture<>();
    int pid = start(generic, SLEEP);
    TargetTracker tracker = tracker(pids(pid).without(services("sh*")));

    CompletableFuture<List<TargetTracker.Problem>> scan = tracker.scan();
    assertThat(scan).isNotDone();
    assertThat(tracker.finished()).as("it may still be traced").isFalse();
    probes.reading.complete(null);

    assertThat(scan.join()).isEmpty();
    assertThat(probes.attached).isEmpty();
    assertThat(kernel.traced).isEmpty();
    assertThat(tracker.finished()).isTrue();
  }

  @Test
  void aTracedProcessIsLetGoOnceItsServiceIsExcepted() throws Exception {
    Path generic = install("/bin/sleep", "server");
    int pid = start(generic, SLEEP);
    TargetTracker tracker = tracker(pids(pid));
    scan(tracker);
    assertThat(kernel.traced).containsExactly(pid);

    // What the fake probes say of a build names no module.
    tracker.select(pids(pid).without(services("unknown_service:server")));

    assertThat(kernel.traced).isEmpty();
  }

  @Test
  void programsOfAGroupThatCannotBeTracedAreNoNews() throws Exception {
    probes.impossible.add("svc");
    start(service, SLEEP);

    assertThat(untraced(scan(tracker(services("svc")))))
        .noneMatch(TargetTracker.Problem::isWarning);
  }

  private static GoBuild build(String module) {
    return new GoBuild("go1.26.8", module, module, "", Map.of());
  }

  private static TargetSelector services(String pattern) {
    return new TargetSelector(
        Set.of(),
        List.of(),
        PortSet.NONE,
        List.of(),
        List.of(),
        List.of(new Glob(pattern)),
        Optional.empty());
  }

  private TargetTracker tracker(TargetSelector selector) {
    TrialReads trials = new TrialReads(Duration.ofDays(1), Runnable::run, () -> {});
    FileOpenings openings =
        new FileOpenings(Duration.ofDays(1), Runnable::run, Runnable::run, () -> {});
    return new TargetTracker(
        selector,
        table,
        names,
        kernel,
        probes,
        new ExecutableOpenings(trials, openings),
        directory,
        ledger.services(),
        () -> now);
  }

  @Test
  void whatIsKnownIsNotLookedForAmongTheMountsAgain() throws IOException {
    TargetTracker tracker = tracker(TargetSelector.NONE);
    assertThat(expect(tracker).join()).isEmpty();
    assertThat(expect(tracker).join()).isEmpty();
    assertThat(lookedAmongMounts).isEqualTo(1);
    assertThat(probes.attached).containsExactly("svc");
  }

  private CompletableFuture<Optional<TargetTracker.Problem>> expect(TargetTracker tracker)
      throws IOException {
    return tracker.expect(
        BinaryIdentity.of(service),
        service,
        "svc",
        () -> {
          lookedAmongMounts++;
          return Optional.empty();
        });
  }

  private static List<TargetTracker.Problem> scan(TargetTracker tracker) {
    return tracker.scan().join();
  }

  /** Without what is said of processes that nobody asked for and nobody may look at. */
  private static List<TargetTracker.Problem> untraced(List<TargetTracker.Problem> problems) {
    return problems.stream().filter(p -> p.message().contains("is not traced")).toList();
  }

  private static TargetSelector globs(Path executable) {
    return new TargetSelector(Set.of(), List.of(new PathGlob(executable.toString())), PortSet.NONE);
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
    private final Map<Integer, Integer> numbers = new HashMap<>();
    private final List<Integer> untraced = new ArrayList<>();
    private final List<Integer> swept = new ArrayList<>();
    private final List<Integer> dropped = new ArrayList<>();
    private java.util.function.IntConsumer onTrace = pid -> {};

    @Override
    public void trace(int pid, int binary) {
      onTrace.accept(pid);
      if (!followed.contains(pid)) {
        traced.add(pid);
      }
      numbers.put(pid, binary);
    }

    @Override
    public void follow(int pid) {
      followed.add(pid);
    }

    @Override
    public boolean follows(int pid) {
      return followed.contains(pid);
    }

    @Override
    public boolean followsAny() {
      return !followed.isEmpty();
    }

    @Override
    public void untrace(int pid) {
      if (traced.remove(pid)) {
        untraced.add(pid);
      }
    }

    @Override
    public long sweep(int pid) {
      swept.add(pid);
      return OPEN;
    }

    @Override
    public long drop(int pid) {
      dropped.add(pid);
      return OPEN;
    }

    @Override
    public long drop(int pid, Set<RecordType> types) {
      assertThat(types).containsExactly(RecordType.RECORD_SQL);
      dropped.add(pid);
      return OPEN;
    }

    @Override
    public long sweepBefore(int pid, int execId) {
      assertThat(execId).isEqualTo(EXEC_ID);
      swept.add(pid);
      return OPEN;
    }
  }

  /** Puts probes into everything but what a test declares impossible, by file name. */
  private static final class FakeProbes implements BinaryProbes {
    private final Set<String> impossible = new HashSet<>();
    private final Set<String> failing = new HashSet<>();
    private final List<String> attached = new ArrayList<>();
    private final List<Boolean> runs = new ArrayList<>();
    private final List<String> detached = new ArrayList<>();
    private final Map<BinaryIdentity, GoBuild> builds = new HashMap<>();
    private final List<BinaryIdentity> read = new ArrayList<>();
    private CompletableFuture<?> reading = CompletableFuture.completedFuture(null);
    private CompletableFuture<?> slow = CompletableFuture.completedFuture(null);
    private boolean mayStay = true;
    private boolean writerWaits;
    private final Map<TracedBinary, Integer> numbers = new HashMap<>();
    private final Map<TracedBinary, Set<RecordType>> over = new HashMap<>();
    private final Map<TracedBinary, BinaryIdentity> carriers = new HashMap<>();

    /** A binary of the same code, which several files show; null: every file has its own. */
    private @Nullable TracedBinary shared;

    private boolean share;

    private TracedBinary binary(BinaryIdentity identity, String name) {
      if (shared != null) {
        return shared;
      }
      TracedBinary binary =
          new TracedBinary(name, "amd64", new GoBuild("go1.26.8", "", "", "", Map.of()), Map.of());
      numbers.put(binary, numbers.size() + 1);
      carriers.put(binary, identity);
      shared = share ? binary : null;
      return binary;
    }

    @Override
    public int number(TracedBinary binary) {
      return numbers.get(binary);
    }

    @Override
    public BinaryIdentity carrier(TracedBinary binary) {
      return carriers.get(binary);
    }

    @Override
    public CompletableFuture<Void> move(
        TracedBinary binary, ExecutableFile file, Runnable renumber) {
      numbers.merge(binary, 100, Integer::sum);
      carriers.put(binary, file.identity());
      file.close();
      renumber.run();
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Outcome> attach(ExecutableFile file, String name, boolean runs) {
      file.close();
      String fileName = Path.of(name).getFileName().toString();
      return slow.thenApply(
          done -> {
            if (impossible.contains(fileName)) {
              return new Outcome.Impossible("no Go program", false);
            }
            if (failing.contains(fileName)) {
              return new Outcome.Failed("the file could not be opened");
            }
            this.runs.add(runs);
            attached.add(fileName);
            return new Outcome.Attached(binary(file.identity(), name));
          });
    }

    @Override
    public CompletableFuture<Optional<GoBuild>> build(ExecutableFile file) {
      read.add(file.identity());
      file.close();
      return reading.thenApply(done -> Optional.ofNullable(builds.get(file.identity())));
    }

    @Override
    public boolean mayStay(TracedBinary binary) {
      return mayStay;
    }

    @Override
    public boolean isWriterWaiting(TracedBinary binary) {
      return writerWaits;
    }

    @Override
    public void detach(TracedBinary binary) {
      detached.add(Path.of(binary.name()).getFileName().toString());
    }

    @Override
    public void settle() {}

    @Override
    public void choose(RowChoice rows) {
      numbers.keySet().forEach(binary -> over.put(binary, Set.of(RecordType.RECORD_SQL)));
    }

    @Override
    public void turnOff(TracedBinary binary, Set<String> unwanted) {}

    @Override
    public Map<TracedBinary, ProbePlan> plans() {
      return Map.of();
    }

    @Override
    public Map<TracedBinary, Set<RecordType>> settleRows() {
      Map<TracedBinary, Set<RecordType>> settled = Map.copyOf(over);
      over.clear();
      return settled;
    }

    @Override
    public void attachRow(TracedBinary binary, DetachableRow row) {}

    @Override
    public void detachRow(TracedBinary binary, DetachableRow row) {}
  }
}
