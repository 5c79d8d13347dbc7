// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.collector.agent.BinaryProbes.Outcome;
import io.goshawk.collector.ledger.ServiceAccounts;
import io.goshawk.loader.kernel.KernelClocks;
import io.goshawk.loader.session.TracedProcesses;
import io.goshawk.loader.target.BinaryIdentity;
import io.goshawk.loader.target.FileServer;
import io.goshawk.loader.target.ProcessLookup;
import io.goshawk.loader.target.ProcessTable;
import io.goshawk.loader.target.Selection;
import io.goshawk.loader.target.TargetProcess;
import io.goshawk.loader.target.TargetSelector;
import io.opentelemetry.sdk.resources.Resource;
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
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what the kernel traces in step with the processes that come, become other programs and go.
 *
 * <p>Confined to the control thread.
 */
final class TargetTracker {

  private static final Logger LOG = Logger.getLogger(TargetTracker.class.getName());

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
  private final TargetBinaries binaries;
  private final TargetDirectory directory;
  private final ServiceAccounts services;

  private final Map<Integer, Target> targets = new LinkedHashMap<>();

  /** Processes whose hindrance was said: once is enough. */
  private final Map<Integer, TargetProcess> told = new HashMap<>();

  /** Processes whose file could not be read, each to be looked at once more. */
  private final Map<Integer, TargetProcess> unanswered = new HashMap<>();

  /** Binaries whose build is being read, for the names of what runs them. */
  private final Map<BinaryIdentity, CompletableFuture<Void>> naming = new HashMap<>();

  private final Set<Integer> pidsToFind;
  private int taking;

  /** Obstacles to looking for processes that the user was told of. */
  private final Set<Selection.Question> said = EnumSet.noneOf(Selection.Question.class);

  /** A traced process, and the binary it runs, which was looked up at that CLOCK_MONOTONIC. */
  private record Target(
      TargetProcess process, TracedBinary binary, @Nullable Resource resource, long sinceNanos) {}

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
      ExecutableOpenings openings,
      TargetDirectory directory,
      ServiceAccounts services,
      LongSupplier nanoClock) {
    this.selector = selector;
    this.table = table;
    this.names = names;
    this.kernel = kernel;
    this.probes = probes;
    this.directory = directory;
    this.services = services;
    this.binaries = new TargetBinaries(table, probes, openings, this::users, nanoClock);
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
    if (users(target.binary).isEmpty()) {
      binaries.retire(target.binary);
    }
    LOG.info(
        () ->
            "process %d (%s) is traced no longer: %s"
                .formatted(pid, target.process.executable(), why));
  }

  /** Goes over to other rows, in every binary. */
  void choose(RowChoice rows) {
    probes.choose(rows);
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
    binaries.executed(process.binary());
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
    binaries.left(target.binary, user -> kernel.trace(user.pid(), probes.number(target.binary)));
  }

  private List<TargetProcess> users(TracedBinary binary) {
    return targets.values().stream()
        .filter(target -> target.binary == binary)
        .map(Target::process)
        .toList();
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
    binaries
        .build(process)
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

  private CompletableFuture<Optional<Problem>> takeWanted(TargetProcess process) {
    taking++;
    TargetSelector by = selector;
    return binaries
        .of(process)
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

  private Optional<Problem> adopt(TargetProcess process, Outcome outcome, long sinceNanos) {
    int pid = process.pid();
    boolean followed = kernel.follows(pid);
    if (outcome instanceof Outcome.Attached attached) {
      names.learn(process.binary(), Optional.of(attached.binary().build()));
      directory.started(process, attached.binary());
      Resource resource = directory.resource(pid);
      binaries.used(attached.binary());
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
            ? binaries.isNews(process.binary())
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
    return binaries
        .expect(identity, path, name, server)
        .thenApply(
            outcome -> {
              if (!(outcome instanceof Outcome.Hindered hindrance)) {
                return Optional.empty();
              }
              boolean news = !(outcome instanceof Outcome.Impossible) || binaries.isNews(identity);
              return Optional.of(problem(name, hindrance, news, false));
            });
  }

  /** Takes the probes out of what somebody waits to write to, and of what needs none any more. */
  void tidy() {
    for (TracedBinary binary : binaries.traced()) {
      if (probes.isWriterWaiting(binary)) {
        for (Target target : List.copyOf(targets.values())) {
          if (target.binary == binary) {
            drop(target);
          }
        }
        binaries.retire(binary);
      }
    }
    binaries.retireUnused();
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
