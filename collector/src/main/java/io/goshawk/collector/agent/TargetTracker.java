package io.goshawk.collector.agent;

import io.goshawk.loader.target.BinaryIdentity;
import io.goshawk.loader.target.ProcessLookup;
import io.goshawk.loader.target.ProcessTable;
import io.goshawk.loader.target.Selection;
import io.goshawk.loader.target.TargetProcess;
import io.goshawk.loader.target.TargetSelector;
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
import java.util.function.LongSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Keeps what the kernel traces in step with the processes that come, become other programs and go.
 *
 * <p>A binary is analysed once and carries one set of probes, however many processes run it. It
 * keeps them for a while after its last process has gone, so that one that restarts is traced from
 * its first request on; unless it has gone itself, for probes keep a file that was removed on the
 * disk. Confined to the control thread.
 */
final class TargetTracker {

  private static final Logger LOG = Logger.getLogger(TargetTracker.class.getName());

  /** How long a binary that no process runs keeps its probes, and with them its inode. */
  static final long LINGER_NANOS = 60_000_000_000L;

  /** Binaries remembered as hopeless; on a machine that makes many, the memory starts anew. */
  private static final int MAX_IMPOSSIBLE = 4096;

  private final TargetSelector selector;
  private final ProcessTable table;
  private final TracedProcesses kernel;
  private final BinaryProbes probes;
  private final TargetDirectory directory;
  private final LongSupplier nanoClock;

  private final Map<Integer, Target> targets = new LinkedHashMap<>();
  private final Map<BinaryIdentity, TracedBinary> binaries = new HashMap<>();
  private final Map<BinaryIdentity, Long> unusedSince = new HashMap<>();

  /** Binaries that their path led to when they got their probes; a container's may be elsewhere. */
  private final Set<BinaryIdentity> findable = new HashSet<>();

  private final Map<BinaryIdentity, BinaryProbes.Outcome.Impossible> impossible = new HashMap<>();
  private final Set<Integer> pidsToFind;

  /** Obstacles to looking for processes that the user was told of. */
  private final Set<Selection.Question> said = EnumSet.noneOf(Selection.Question.class);

  /** A traced process, and the binary it runs. */
  private record Target(TargetProcess process, TracedBinary binary) {}

  /**
   * Why a process is not traced.
   *
   * @param level how much it matters: a warning for what the user named and was not told yet
   */
  record Problem(Level level, String message) {}

  TargetTracker(
      TargetSelector selector,
      ProcessTable table,
      TracedProcesses kernel,
      BinaryProbes probes,
      TargetDirectory directory,
      LongSupplier nanoClock) {
    this.selector = selector;
    this.table = table;
    this.kernel = kernel;
    this.probes = probes;
    this.directory = directory;
    this.nanoClock = nanoClock;
    this.pidsToFind = new HashSet<>(selector.pids());
  }

  /**
   * Looks for selected processes, and for traced ones that went away without a word.
   *
   * @return what hinders processes from being traced
   */
  List<Problem> scan() {
    List<Problem> problems = new ArrayList<>();
    for (Target target : List.copyOf(targets.values())) {
      recheck(target);
    }
    for (Integer pid : List.copyOf(pidsToFind)) {
      pidsToFind.remove(pid);
      ProcessLookup lookup = table.find(pid);
      if (lookup instanceof ProcessLookup.Found found) {
        takeNew(found.process(), problems);
      } else {
        problems.add(new Problem(Level.WARNING, ((ProcessLookup.Missing) lookup).message()));
      }
    }
    if (selector.awaitsProcesses()) {
      Selection selection = table.select(selector);
      selection.processes().forEach(process -> takeNew(process, problems));
      selection.obstacles().forEach(obstacle -> problems.add(problem(obstacle)));
    }
    retireUnused();
    directory.purge();
    return problems;
  }

  private Problem problem(Selection.Obstacle obstacle) {
    Level level = obstacle.rightMissing() ? Level.WARNING : Level.INFO;
    return new Problem(said.add(obstacle.question()) ? level : Level.FINE, obstacle.message());
  }

  private void takeNew(TargetProcess process, List<Problem> problems) {
    if (!targets.containsKey(process.pid())) {
      take(process).ifPresent(problems::add);
    }
  }

  private void recheck(Target target) {
    if (table.find(target.process.pid()) instanceof ProcessLookup.Found found
        && found.process().sameLifeAs(target.process)) {
      if (!found.process().binary().equals(target.process.binary())) {
        executed(target.process.pid());
      }
    } else {
      exited(target.process.pid());
    }
  }

  /** A process has executed a binary, its first or another. */
  void executed(int pid) {
    if (!(table.find(pid) instanceof ProcessLookup.Found found)) {
      return;
    }
    TargetProcess process = found.process();
    Target before = targets.get(pid);
    if (before != null) {
      if (before.process.equals(process)) {
        return;
      }
      forget(before);
      kernel.sweep(pid);
      LOG.info(() -> "process " + pid + " now runs " + process.executable());
    }
    if (kernel.follows(pid) || table.selects(selector, process)) {
      take(process).ifPresent(problem -> LOG.log(problem.level(), problem.message()));
    } else if (before != null) {
      kernel.untrace(pid);
    }
  }

  /** A process is gone. */
  void exited(int pid) {
    Target target = targets.get(pid);
    if (target == null) {
      return;
    }
    forget(target);
    kernel.untrace(pid);
    kernel.sweep(pid);
    LOG.info(() -> "process " + pid + " (" + target.process.executable() + ") has ended");
  }

  private void forget(Target target) {
    targets.remove(target.process.pid());
    directory.ended(target.process);
    BinaryIdentity identity = target.binary.identity();
    if (targets.values().stream().noneMatch(t -> t.binary.identity().equals(identity))) {
      unusedSince.put(identity, nanoClock.getAsLong());
    }
  }

  private Optional<Problem> take(TargetProcess process) {
    int pid = process.pid();
    boolean followed = kernel.follows(pid);
    BinaryIdentity identity = process.binary();
    boolean news = !impossible.containsKey(identity);
    BinaryProbes.Outcome outcome = binary(table.executable(pid), process.executable(), identity);
    if (outcome instanceof BinaryProbes.Outcome.Attached attached) {
      directory.started(process, attached.binary());
      unusedSince.remove(identity);
      targets.put(pid, new Target(process, attached.binary()));
      // Last, so that no hit comes before its layout and its resource are there.
      if (!followed) {
        kernel.trace(pid, false);
      }
      LOG.info(() -> "tracing process " + pid + ": " + attached.binary());
      return Optional.empty();
    }
    BinaryProbes.Outcome.Impossible impossibility = (BinaryProbes.Outcome.Impossible) outcome;
    if (!followed) {
      kernel.untrace(pid);
    }
    String what = "process %d (%s)".formatted(pid, process.executable());
    return Optional.of(problem(what, impossibility, news, followed));
  }

  /** What has nothing to trace is none among what is followed, and a binary is one only once. */
  private static Problem problem(
      String what, BinaryProbes.Outcome.Impossible impossibility, boolean news, boolean followed) {
    boolean quiet = !news || (followed && !impossibility.wanting());
    return new Problem(
        quiet ? Level.FINE : Level.WARNING, what + " is not traced: " + impossibility.reason());
  }

  /**
   * Puts probes into a binary that a process is about to execute.
   *
   * @return what hinders it from being traced
   */
  Optional<Problem> expect(Path path, String name, BinaryIdentity identity) {
    boolean news = !impossible.containsKey(identity);
    return binary(path, name, identity) instanceof BinaryProbes.Outcome.Impossible impossibility
        ? Optional.of(problem(name, impossibility, news, true))
        : Optional.empty();
  }

  /**
   * The probes of a binary: those that are there, or new ones. May be called before a process runs
   * it.
   */
  BinaryProbes.Outcome binary(Path path, String name, BinaryIdentity identity) {
    TracedBinary known = binaries.get(identity);
    if (known != null) {
      return new BinaryProbes.Outcome.Attached(known);
    }
    BinaryProbes.Outcome.Impossible hopeless = impossible.get(identity);
    if (hopeless != null) {
      return hopeless;
    }
    BinaryProbes.Outcome outcome = probes.attach(path, name, identity);
    if (outcome instanceof BinaryProbes.Outcome.Attached attached) {
      binaries.put(identity, attached.binary());
      if (isAt(name, identity)) {
        findable.add(identity);
      }
      unusedSince.put(identity, nanoClock.getAsLong());
    } else {
      if (impossible.size() >= MAX_IMPOSSIBLE) {
        impossible.clear();
      }
      impossible.put(identity, (BinaryProbes.Outcome.Impossible) outcome);
    }
    return outcome;
  }

  private void retireUnused() {
    long now = nanoClock.getAsLong();
    for (Map.Entry<BinaryIdentity, Long> entry : List.copyOf(unusedSince.entrySet())) {
      BinaryIdentity identity = entry.getKey();
      TracedBinary binary = binaries.get(identity);
      if (binary != null && (now - entry.getValue() > LINGER_NANOS || hasGone(binary))) {
        unusedSince.remove(identity);
        binaries.remove(identity);
        findable.remove(identity);
        probes.detach(binary);
      }
    }
  }

  private boolean hasGone(TracedBinary binary) {
    return findable.contains(binary.identity()) && !isAt(binary.name(), binary.identity());
  }

  private static boolean isAt(String path, BinaryIdentity identity) {
    try {
      return BinaryIdentity.of(Path.of(path)).equals(identity);
    } catch (IOException e) {
      return false;
    }
  }

  /** Does what a {@link RowPolicy} wants, if the binary is still traced. */
  void row(TracedBinary binary, DetachableRow row, boolean attached) {
    if (!attached) {
      probes.detachRow(binary, row);
      return;
    }
    targets.values().stream()
        .filter(target -> target.binary == binary)
        .findAny()
        .ifPresent(target -> probes.attachRow(binary, row, table.executable(target.process.pid())));
  }

  /** Takes every probe out. */
  void detachAll() {
    for (TracedBinary binary : binaries.values()) {
      probes.detach(binary);
    }
    binaries.clear();
    unusedSince.clear();
    findable.clear();
  }

  /** Whether nothing is traced and nothing that is traced may still come. */
  boolean finished() {
    return targets.isEmpty() && pidsToFind.isEmpty() && !selector.awaitsProcesses();
  }

  /** How many processes are traced. */
  int traced() {
    return targets.size();
  }
}
