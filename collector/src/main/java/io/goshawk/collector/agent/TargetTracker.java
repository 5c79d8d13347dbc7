// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.collector.agent.BinaryProbes.Outcome;
import io.goshawk.collector.ledger.ServiceAccounts;
import io.goshawk.loader.file.ExecutableFile;
import io.goshawk.loader.kernel.KernelClocks;
import io.goshawk.loader.session.TracedProcesses;
import io.goshawk.loader.target.BinaryIdentity;
import io.goshawk.loader.target.FileServer;
import io.goshawk.loader.target.ProcessLookup;
import io.goshawk.loader.target.ProcessTable;
import io.goshawk.loader.target.Selection;
import io.goshawk.loader.target.TargetProcess;
import io.goshawk.loader.target.TargetSelector;
import io.goshawk.spans.resource.TargetProcess.GoBuild;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what the kernel traces in step with the processes that come, become other programs and go.
 *
 * <p>A binary is analysed once and carries one set of probes, however many processes run it. It
 * keeps them for a while after its last process has gone, so that one that restarts is traced from
 * its first request on; unless nobody keeps writers from it, or to hold it open has a price for
 * others. Confined to the control thread.
 */
final class TargetTracker {

  private static final Logger LOG = Logger.getLogger(TargetTracker.class.getName());

  /** How long a binary that no process runs keeps its probes, and with them its inode. */
  static final long LINGER_NANOS = 60_000_000_000L;

  /** How long one that is about to be executed keeps them if that does not come to pass. */
  static final long EXPECT_NANOS = 5_000_000_000L;

  /** Binaries remembered as hopeless; on a machine that makes many, the memory starts anew. */
  private static final int MAX_IMPOSSIBLE = 4096;

  private TargetSelector selector;
  private final ProcessTable table;
  private final KnownServiceNames names;
  private final TracedProcesses kernel;

  /**
   * Followed processes that have executed something before they were traced: their hits count from
   * their birth on, so that something may be open when they execute another program, or end.
   */
  private final Set<Integer> passedBy = new HashSet<>();

  private final BinaryProbes probes;
  private final TrialReads trials;
  private final FileOpenings openings;
  private final TargetDirectory directory;
  private final ServiceAccounts services;
  private final LongSupplier nanoClock;

  private final Map<Integer, Target> targets = new LinkedHashMap<>();

  /** By every file that shows them: those of containers made of one image share their code. */
  private final Map<BinaryIdentity, TracedBinary> binaries = new HashMap<>();

  /** Who waits for what is found out about a binary, in the order in which they came. */
  private final Map<BinaryIdentity, List<CompletableFuture<Outcome>>> pending = new HashMap<>();

  private final Map<TracedBinary, Long> unusedSince = new HashMap<>();
  private final Map<TracedBinary, Expectation> expected = new HashMap<>();
  private final Map<BinaryIdentity, Outcome.Impossible> impossible = new HashMap<>();

  /** Processes whose hindrance was said: once is enough. */
  private final Map<Integer, TargetProcess> told = new HashMap<>();

  /** Processes whose file could not be read, each to be looked at once more. */
  private final Map<Integer, TargetProcess> unanswered = new HashMap<>();

  /** Those whose probes are on their way into another file. */
  private final Set<TracedBinary> moving = new HashSet<>();

  /** Binaries whose build is being read, for the names of what runs them. */
  private final Map<BinaryIdentity, CompletableFuture<Void>> naming = new HashMap<>();

  private final Set<BinaryIdentity> toldImpossible = new HashSet<>();
  private final Set<Integer> pidsToFind;
  private int taking;

  /** Obstacles to looking for processes that the user was told of. */
  private final Set<Selection.Question> said = EnumSet.noneOf(Selection.Question.class);

  /** A traced process, and the binary it runs, which was looked up at that CLOCK_MONOTONIC. */
  private record Target(
      TargetProcess process, TracedBinary binary, @Nullable Resource resource, long sinceNanos) {}

  /** Executions that were announced and have not come to pass, and until when they may. */
  private record Expectation(int executions, long untilNanos) {}

  /**
   * Why a process is not traced.
   *
   * @param level how much it matters: a warning for what the user named and was not told yet
   * @param message a sentence, with what it is about
   * @param reason the message's last part, where it is known by itself what it is about
   */
  record Problem(Level level, String message, String reason) {
    boolean isWarning() {
      return level == Level.WARNING;
    }
  }

  TargetTracker(
      TargetSelector selector,
      ProcessTable table,
      KnownServiceNames names,
      TracedProcesses kernel,
      BinaryProbes probes,
      TrialReads trials,
      FileOpenings openings,
      TargetDirectory directory,
      ServiceAccounts services,
      LongSupplier nanoClock) {
    this.selector = selector;
    this.table = table;
    this.names = names;
    this.kernel = kernel;
    this.probes = probes;
    this.trials = trials;
    this.openings = openings;
    this.directory = directory;
    this.services = services;
    this.nanoClock = nanoClock;
    this.pidsToFind = new HashSet<>(selector.pids());
  }

  /**
   * Goes over to another selection: lets go of what it does not name, with the probes that nobody
   * else needs. What it names besides is found by the next {@link #scan}.
   */
  void select(TargetSelector next) {
    next.pids().stream().filter(pid -> !selector.pids().contains(pid)).forEach(pidsToFind::add);
    pidsToFind.removeIf(pid -> !next.pids().contains(pid));
    selector = next;
    unanswered.values().removeIf(process -> !isWanted(process));
    for (Target target : List.copyOf(targets.values())) {
      if (!isWanted(target.process)) {
        letGo(target, "the configuration does not name it any more");
      }
    }
  }

  /** Whether it is selected, or followed and not excepted. */
  private boolean isWanted(TargetProcess process) {
    return kernel.follows(process.pid())
        ? !table.excluded(selector).test(process)
        : table.selects(selector, process);
  }

  private void letGo(Target target, String why) {
    int pid = target.process.pid();
    forget(target);
    kernel.untrace(pid);
    services.notTraced(target.resource, kernel.drop(pid));
    if (targets.values().stream().noneMatch(other -> other.binary == target.binary)) {
      retire(target.binary);
    }
    LOG.info(
        () ->
            "process %d (%s) is traced no longer: %s"
                .formatted(pid, target.process.executable(), why));
  }

  /** Goes over to other rows, in every binary. */
  void turnOff(Set<String> rows) {
    probes.turnOff(rows);
  }

  /** The processes that are traced, by the binary that they run. */
  Map<TracedBinary, List<TargetProcess>> running() {
    Map<TracedBinary, List<TargetProcess>> running = new HashMap<>();
    for (Target target : targets.values()) {
      running.computeIfAbsent(target.binary, unused -> new ArrayList<>()).add(target.process);
    }
    return running;
  }

  private void settleRows() {
    probes
        .settleRows()
        .forEach(
            (binary, types) -> {
              for (Target target : targets.values()) {
                if (target.binary == binary) {
                  int pid = target.process.pid();
                  // From its next hit on it is as if it were met anew: who owned a context, or has
                  // sent a request, was perhaps a call whose end nobody sees.
                  kernel.trace(pid, probes.number(binary));
                  services.notTraced(target.resource, kernel.drop(pid, types));
                }
              }
            });
  }

  /**
   * Looks for selected processes, and for traced ones that went away without a word.
   *
   * @return what hinders processes from being traced, once all were looked at
   */
  CompletableFuture<List<Problem>> scan() {
    List<CompletableFuture<Optional<Problem>>> looks = new ArrayList<>();
    Predicate<TargetProcess> excluded = table.excluded(selector);
    for (Target target : List.copyOf(targets.values())) {
      if (excluded.test(target.process)) {
        letGo(target, "the configuration excludes it");
      } else {
        recheck(target);
      }
    }
    for (Integer pid : List.copyOf(pidsToFind)) {
      pidsToFind.remove(pid);
      ProcessLookup lookup = table.find(pid);
      if (lookup instanceof ProcessLookup.Found found) {
        if (!excluded.test(found.process())) {
          looks.add(takeNew(found.process()));
        }
      } else {
        looks.add(
            CompletableFuture.completedFuture(
                Optional.of(problem((ProcessLookup.Missing) lookup))));
      }
    }
    for (TargetProcess process : List.copyOf(unanswered.values())) {
      unanswered.remove(process.pid());
      if (table.find(process.pid()) instanceof ProcessLookup.Found found
          && found.process().sameLifeAs(process)) {
        looks.add(takeNew(found.process()));
      }
    }
    if (selector.awaitsProcesses()) {
      Selection selection = table.select(selector);
      selection.processes().forEach(process -> looks.add(takeNew(process)));
      selection.others().stream()
          .filter(this::isNameless)
          .forEach(process -> looks.add(takeNew(process)));
      selection
          .obstacles()
          .forEach(
              obstacle ->
                  looks.add(CompletableFuture.completedFuture(Optional.of(problem(obstacle)))));
    }
    told.values().removeIf(process -> !isStill(process));
    directory.purge();
    return CompletableFuture.allOf(looks.toArray(CompletableFuture[]::new))
        .thenApply(done -> looks.stream().flatMap(look -> look.join().stream()).toList());
  }

  private Problem problem(Selection.Obstacle obstacle) {
    Level level = obstacle.rightMissing() ? Level.WARNING : Level.INFO;
    return new Problem(
        said.add(obstacle.question()) ? level : Level.FINE, obstacle.message(), obstacle.message());
  }

  private CompletableFuture<Optional<Problem>> takeNew(TargetProcess process) {
    return targets.containsKey(process.pid())
        ? CompletableFuture.completedFuture(Optional.empty())
        : take(process);
  }

  private void recheck(Target target) {
    if (table.find(target.process.pid()) instanceof ProcessLookup.Found found
        && found.process().sameLifeAs(target.process)) {
      if (!found.process().binary().equals(target.process.binary())) {
        begin(found.process(), target, () -> kernel.sweep(target.process.pid()));
      }
    } else {
      exited(target.process.pid());
    }
  }

  private boolean isStill(TargetProcess process) {
    return table.find(process.pid()) instanceof ProcessLookup.Found found
        && found.process().equals(process);
  }

  /**
   * A process has executed a binary: its first, another, or the same again.
   *
   * @param execId what tells its life since then from the one before, among what is open
   * @param timeNanos when, by CLOCK_MONOTONIC
   */
  void executed(int pid, int execId, long timeNanos) {
    if (kernel.followsAny() && !targets.containsKey(pid) && !passedBy.add(pid)) {
      services.lost(directory.resource(pid), kernel.sweepBefore(pid, execId));
    }
    if (!(table.find(pid) instanceof ProcessLookup.Found found)) {
      return;
    }
    TargetProcess process = found.process();
    fulfil(binaries.get(process.binary()));
    Target before = targets.get(pid);
    // One that is said late: what was found when the process was looked at had come of it already.
    if (before == null || !before.process.equals(process) || timeNanos > before.sinceNanos) {
      begin(process, before, () -> kernel.sweepBefore(pid, execId));
    }
  }

  /** A process runs something that it has not run before. */
  private void begin(TargetProcess process, @Nullable Target before, LongSupplier sweep) {
    int pid = process.pid();
    if (before != null) {
      forget(before);
      services.lost(before.resource, sweep.getAsLong());
      LOG.info(() -> "process " + pid + " now runs " + process.executable());
    }
    if (isWanted(process) || isNameless(process)) {
      take(process).thenAccept(problem -> problem.ifPresent(TargetTracker::log));
    } else if (before != null) {
      kernel.untrace(pid);
    }
  }

  /** Writes a problem into the log. */
  static void log(Problem problem) {
    LOG.log(problem.level(), problem.message());
  }

  /** A process is gone. */
  void exited(int pid) {
    Target target = targets.get(pid);
    boolean wasPassedBy = passedBy.remove(pid);
    if (target == null) {
      if (wasPassedBy) {
        services.lost(directory.resource(pid), kernel.sweep(pid));
      }
      directory.ended(pid);
      return;
    }
    forget(target);
    kernel.untrace(pid);
    services.lost(target.resource, kernel.sweep(pid));
    LOG.info(() -> "process " + pid + " (" + target.process.executable() + ") has ended");
  }

  private void forget(Target target) {
    targets.remove(target.process.pid());
    directory.ended(target.process);
    if (users(target.binary).isEmpty()) {
      unusedSince.put(target.binary, nanoClock.getAsLong());
      if (!mayWait(target.binary)) {
        retire(target.binary);
      }
    } else {
      keepCarried(target.binary);
      forgetFiles(target.binary);
    }
  }

  private List<Target> users(TracedBinary binary) {
    return targets.values().stream().filter(target -> target.binary == binary).toList();
  }

  /**
   * Probes hold the file open that carries them. That of a container which has gone would keep its
   * overlay alive, so another one carries them on.
   */
  private void keepCarried(TracedBinary binary) {
    List<Target> users = users(binary);
    if (users.isEmpty() || moving.contains(binary) || isCarriedByOneOf(users, binary)) {
      return;
    }
    moving.add(binary);
    TargetProcess user = users.get(0).process;
    openings
        .open(user.binary().device(), () -> ExecutableFile.open(table.executable(user.pid())))
        .thenCompose(file -> move(binary, file, user))
        .whenComplete(
            (done, failure) -> {
              moving.remove(binary);
              if (failure != null) {
                LOG.log(
                    Level.FINE, "probes stay where they are until the next process ends", failure);
              } else if (binaries.containsValue(binary)) {
                forgetFiles(binary);
                keepCarried(binary);
              }
            });
  }

  private boolean isCarriedByOneOf(List<Target> users, TracedBinary binary) {
    BinaryIdentity carrier = probes.carrier(binary);
    return users.stream().anyMatch(user -> user.process.binary().equals(carrier));
  }

  private CompletableFuture<Void> move(
      TracedBinary binary, ExecutableFile file, TargetProcess user) {
    if (!binaries.containsValue(binary) || !file.identity().equals(user.binary())) {
      openings.close(file);
      return CompletableFuture.failedFuture(new IOException("nobody runs it any more"));
    }
    return probes.move(
        binary,
        file,
        () ->
            users(binary).forEach(each -> kernel.trace(each.process.pid(), probes.number(binary))));
  }

  /** What nobody holds open any more, so another may get its numbers. */
  private void forgetFiles(TracedBinary binary) {
    BinaryIdentity carrier = probes.carrier(binary);
    List<Target> users = users(binary);
    binaries
        .entrySet()
        .removeIf(
            entry ->
                entry.getValue() == binary
                    && !entry.getKey().equals(carrier)
                    && users.stream()
                        .noneMatch(user -> user.process.binary().equals(entry.getKey())));
  }

  /** Whether it depends on what a process is called, which its binary has to tell. */
  private boolean isNameless(TargetProcess process) {
    return selector.asksForServiceNames()
        && names.needsBuild(process, table.environment(process.pid()));
  }

  /** Traces a process, if it is still wanted once its name is known. */
  private CompletableFuture<Optional<Problem>> take(TargetProcess process) {
    if (!isNameless(process)) {
      return takeWanted(process);
    }
    taking++;
    return name(process)
        .thenCompose(
            named -> {
              taking--;
              return takeNamed(process);
            });
  }

  private CompletableFuture<Optional<Problem>> takeNamed(TargetProcess process) {
    if (isStill(process) && !isTaken(process)) {
      if (isWanted(process)) {
        return takeWanted(process);
      }
      if (!kernel.follows(process.pid())) {
        kernel.untrace(process.pid());
      }
    }
    return CompletableFuture.completedFuture(Optional.empty());
  }

  /** Reads what a binary is called; done then, or when that cannot be read. */
  private CompletableFuture<Void> name(TargetProcess process) {
    BinaryIdentity identity = process.binary();
    CompletableFuture<Void> already = naming.get(identity);
    if (already != null) {
      return already;
    }
    CompletableFuture<Void> named = new CompletableFuture<>();
    naming.put(identity, named);
    build(process)
        .whenComplete(
            (build, failure) -> {
              naming.remove(identity);
              if (failure == null) {
                names.learn(identity, build);
              } else {
                LOG.log(Level.FINE, "no name of " + process.executable() + " for now", failure);
              }
              named.complete(null);
            });
    return named;
  }

  private CompletableFuture<Optional<GoBuild>> build(TargetProcess process) {
    BinaryIdentity identity = process.binary();
    Path path = table.executable(process.pid());
    Optional<FileServer> server = table.fileServer(process.pid());
    return (server.isEmpty()
            ? CompletableFuture.completedFuture(true)
            : trials.canBeRead(identity, path))
        .thenCompose(
            read ->
                read
                    ? openings.open(identity.device(), opening(path, server))
                    : CompletableFuture.failedFuture(new TimeoutException()))
        .thenCompose(probes::build);
  }

  private CompletableFuture<Optional<Problem>> takeWanted(TargetProcess process) {
    taking++;
    TargetSelector by = selector;
    return binary(process)
        .thenApply(
            outcome -> {
              taking--;
              long sinceNanos = KernelClocks.monotonicNanos();
              return isStill(process) && !isTaken(process) && (selector == by || isWanted(process))
                  ? adopt(process, outcome, sinceNanos)
                  : Optional.empty();
            });
  }

  private boolean isTaken(TargetProcess process) {
    Target target = targets.get(process.pid());
    return target != null && target.process.equals(process);
  }

  private CompletableFuture<Outcome> binary(TargetProcess process) {
    Wanted wanted =
        new Wanted(process.binary(), table.executable(process.pid()), process.executable(), true);
    return known(wanted.identity).orElseGet(() -> probe(wanted, table.fileServer(process.pid())));
  }

  /**
   * A binary that is to have probes.
   *
   * @param path leads to it, for other processes of the machine as well
   * @param name what the user calls it
   * @param runs whether a process executes it
   */
  private record Wanted(BinaryIdentity identity, Path path, String name, boolean runs) {}

  /** What has a server that may not answer nobody but the one who tries waits for. */
  private CompletableFuture<Outcome> probe(Wanted wanted, Optional<FileServer> server) {
    if (server.isEmpty()) {
      return open(wanted, opening(wanted.path, server));
    }
    FileServer who = server.get();
    FileOpenings.Opening opening = opening(wanted.path, server);
    return trials
        .canBeRead(wanted.identity, wanted.path)
        .thenCompose(
            read ->
                read
                    ? known(wanted.identity).orElseGet(() -> open(wanted, opening))
                    : CompletableFuture.completedFuture(unanswered(", " + who.name() + ",")));
  }

  private static FileOpenings.Opening opening(Path path, Optional<FileServer> server) {
    return server.filter(FileServer::certain).isPresent()
        ? () -> ExecutableFile.openRemote(path)
        : () -> ExecutableFile.open(path);
  }

  private static Outcome unanswered(String which) {
    return new Outcome.Unanswered(
        "its file system"
            + which
            + " does not answer: see to its server; it is traced once that does");
  }

  private CompletableFuture<Outcome> open(Wanted wanted, FileOpenings.Opening opening) {
    return openings
        .open(wanted.identity.device(), opening)
        .handle(
            (file, failure) ->
                failure == null
                    ? probe(file, wanted.name, wanted.runs)
                    : CompletableFuture.completedFuture(unopened(FileOpenings.cause(failure))))
        .thenCompose(outcome -> outcome);
  }

  private static Outcome unopened(Throwable failure) {
    return failure instanceof TimeoutException
        ? unanswered("")
        : new Outcome.Failed("its binary cannot be opened: " + failure.getMessage());
  }

  private Optional<Problem> adopt(TargetProcess process, Outcome outcome, long sinceNanos) {
    int pid = process.pid();
    boolean followed = kernel.follows(pid);
    if (outcome instanceof Outcome.Attached attached) {
      names.learn(process.binary(), Optional.of(attached.binary().build()));
      directory.started(process, attached.binary());
      Resource resource = directory.resource(pid);
      unusedSince.remove(attached.binary());
      targets.put(pid, new Target(process, attached.binary(), resource, sinceNanos));
      // Last, so that no hit comes before its layout and its resource are there.
      kernel.trace(pid, probes.number(attached.binary()));
      LOG.info(() -> "tracing process " + pid + ": " + attached.binary());
      return Optional.empty();
    }
    if (!followed) {
      kernel.untrace(pid);
    }
    if (outcome instanceof Outcome.Unanswered) {
      unanswered.put(pid, process);
    }
    String what = "process %d (%s)".formatted(pid, process.executable());
    boolean news =
        outcome instanceof Outcome.Impossible
            ? toldImpossible.add(process.binary())
            : !process.equals(told.put(pid, process));
    boolean meant = !followed && isMeant(process);
    return Optional.of(problem(what, (Outcome.Hindered) outcome, news, meant));
  }

  /** Whether the user named it, and not only a group that has other programs as well. */
  private boolean isMeant(TargetProcess process) {
    return !selector.namesGroups() || selector.names(process.pid(), process.executable());
  }

  /** What has nothing to trace is none where nobody meant it, and a binary is one only once. */
  private static Problem problem(
      String what, Outcome.Hindered hindrance, boolean news, boolean meant) {
    boolean quiet = !news || (!meant && !hindrance.wanting());
    return new Problem(
        quiet ? Level.FINE : Level.WARNING,
        what + " is not traced: " + hindrance.reason(),
        hindrance.reason());
  }

  private static Problem problem(ProcessLookup.Missing missing) {
    return new Problem(Level.WARNING, missing.message(), missing.message());
  }

  /**
   * Puts probes into a binary that a process is about to execute.
   *
   * @param identity of the file
   * @param path leads to it, for other processes of the machine as well, until this is done
   * @param name what the user calls it
   * @param server tells whose answer may have to be waited for; asked if the file is not known
   * @return what hinders it from being traced
   */
  CompletableFuture<Optional<Problem>> expect(
      BinaryIdentity identity, Path path, String name, Supplier<Optional<FileServer>> server) {
    return known(identity)
        .orElseGet(() -> probe(new Wanted(identity, path, name, false), server.get()))
        .thenApply(
            outcome -> {
              if (outcome instanceof Outcome.Hindered hindrance) {
                boolean news =
                    !(outcome instanceof Outcome.Impossible) || toldImpossible.add(identity);
                return Optional.of(problem(name, hindrance, news, false));
              }
              expected.merge(
                  ((Outcome.Attached) outcome).binary(),
                  new Expectation(1, nanoClock.getAsLong() + EXPECT_NANOS),
                  (one, other) ->
                      new Expectation(one.executions + other.executions, other.untilNanos));
              return Optional.empty();
            });
  }

  /** An execution has come to pass. */
  private void fulfil(@Nullable TracedBinary binary) {
    if (binary == null) {
      return;
    }
    expected.computeIfPresent(
        binary,
        (same, expectation) ->
            expectation.executions == 1
                ? null
                : new Expectation(expectation.executions - 1, expectation.untilNanos));
  }

  /** What is known of a binary, or is being found out. */
  private Optional<CompletableFuture<Outcome>> known(BinaryIdentity identity) {
    TracedBinary binary = binaries.get(identity);
    if (binary != null) {
      return Optional.of(CompletableFuture.completedFuture(new Outcome.Attached(binary)));
    }
    Outcome.Impossible hopeless = impossible.get(identity);
    if (hopeless != null) {
      return Optional.of(CompletableFuture.completedFuture(hopeless));
    }
    return Optional.ofNullable(pending.get(identity)).map(TargetTracker::waiter);
  }

  private static CompletableFuture<Outcome> waiter(List<CompletableFuture<Outcome>> waiters) {
    CompletableFuture<Outcome> waiter = new CompletableFuture<>();
    waiters.add(waiter);
    return waiter;
  }

  /** The probes of a binary: those that are there, or new ones. */
  private CompletableFuture<Outcome> probe(ExecutableFile file, String name, boolean runs) {
    BinaryIdentity identity = file.identity();
    Optional<CompletableFuture<Outcome>> known = known(identity);
    if (known.isPresent()) {
      openings.close(file);
      return known.get();
    }
    List<CompletableFuture<Outcome>> waiters = new ArrayList<>();
    CompletableFuture<Outcome> first = waiter(waiters);
    pending.put(identity, waiters);
    probes
        .attach(file, name, runs)
        .thenAccept(
            outcome -> {
              pending.remove(identity);
              remember(identity, outcome);
              waiters.forEach(waiter -> waiter.complete(outcome));
            });
    return first;
  }

  private void remember(BinaryIdentity identity, Outcome outcome) {
    if (outcome instanceof Outcome.Attached attached) {
      binaries.put(identity, attached.binary());
      if (targets.values().stream().noneMatch(user -> user.binary == attached.binary())) {
        unusedSince.put(attached.binary(), nanoClock.getAsLong());
      }
    } else if (outcome instanceof Outcome.Impossible hopeless) {
      if (impossible.size() >= MAX_IMPOSSIBLE) {
        impossible.clear();
        toldImpossible.clear();
      }
      impossible.put(identity, hopeless);
    }
  }

  private void retireUnused() {
    long now = nanoClock.getAsLong();
    expected.values().removeIf(expectation -> now - expectation.untilNanos > 0);
    for (Map.Entry<TracedBinary, Long> entry : List.copyOf(unusedSince.entrySet())) {
      TracedBinary binary = entry.getKey();
      if (now - entry.getValue() > LINGER_NANOS || !mayWait(binary)) {
        retire(binary);
      }
    }
  }

  /** Whether the probes of a binary that no process runs may stay for now. */
  private boolean mayWait(TracedBinary binary) {
    return probes.mayStay(binary)
        || (expected.containsKey(binary) && !probes.isWriterWaiting(binary));
  }

  private void retire(TracedBinary binary) {
    unusedSince.remove(binary);
    expected.remove(binary);
    binaries.values().removeIf(other -> other == binary);
    probes.detach(binary);
  }

  /** Takes the probes out of what somebody waits to write to, and of what needs none any more. */
  void tidy() {
    for (TracedBinary binary : Set.copyOf(binaries.values())) {
      if (probes.isWriterWaiting(binary)) {
        for (Target target : List.copyOf(targets.values())) {
          if (target.binary == binary) {
            drop(target);
          }
        }
        retire(binary);
      }
    }
    retireUnused();
    settleRows();
    probes.settle();
  }

  /** Its file changes under it, which only some kernels allow. */
  private void drop(Target target) {
    int pid = target.process.pid();
    targets.remove(pid);
    directory.ended(target.process);
    kernel.untrace(pid);
    services.lost(target.resource, kernel.sweep(pid));
    LOG.warning(
        () -> "process " + pid + " is not traced any more: somebody writes to its executable");
  }

  /** Does what a {@link RowPolicy} wants, if the binary is still traced. */
  void row(TracedBinary binary, DetachableRow row, boolean attached) {
    if (attached) {
      probes.attachRow(binary, row);
    } else {
      probes.detachRow(binary, row);
    }
  }

  /** Whether nothing is traced and nothing that is traced may still come. */
  boolean finished() {
    return targets.isEmpty()
        && taking == 0
        && pidsToFind.isEmpty()
        && unanswered.isEmpty()
        && !selector.awaitsProcesses();
  }

  /** Those of the traced processes that descend from a command. */
  List<TargetProcess> followed() {
    return traced().stream().filter(process -> kernel.follows(process.pid())).toList();
  }

  /** The processes that are traced. */
  List<TargetProcess> traced() {
    return targets.values().stream().map(Target::process).toList();
  }
}
