// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.RecordType;
import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.elf.Budget;
import io.goshawk.loader.file.ExecutableFile;
import io.goshawk.loader.kernel.KernelClocks;
import io.goshawk.loader.probe.PlannedRow;
import io.goshawk.loader.probe.ProbePlan;
import io.goshawk.loader.probe.Role;
import io.goshawk.loader.probe.Site;
import io.goshawk.loader.session.Attachment;
import io.goshawk.loader.session.Leaving;
import io.goshawk.loader.session.TracingSession;
import io.goshawk.loader.target.BinaryIdentity;
import io.goshawk.spans.resource.TargetProcess.GoBuild;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Attaches what the planner plans. A row that cannot be attached costs what needs it, no more. */
final class PlannedProbes implements BinaryProbes {

  private static final Logger LOG = Logger.getLogger(PlannedProbes.class.getName());

  /** Of the processor's: some twenty times what the largest of known programs takes. */
  private static final Duration ANALYSIS_TIME = Duration.ofSeconds(5);

  /** For an analysis that does not keep to its time, and then for attaching. */
  private static final Duration ANALYSIS_LIMIT = Duration.ofSeconds(60);

  /** For probes that are on their way in when all are to go. */
  private static final Duration COMING_LIMIT = Duration.ofSeconds(1);

  /** What is open when a row goes has so long to end. */
  private static final long ENDING_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long the control thread waits for probes to leave, before it looks again later. */
  private static final Duration LEAVING = Duration.ofMillis(50);

  private static final String TOO_DEAR = "it costs more than its budget";

  private final TracingSession session;
  private final TargetDirectory directory;
  private final Executor control;
  private final LongSupplier nanoClock;
  private final Analyses analyses = new Analyses(ANALYSIS_LIMIT);

  /** Of files whose server may stop to answer: the others do not wait behind them. */
  private final Analyses remoteAnalyses = new Analyses(ANALYSIS_LIMIT);

  private final List<Pending> pending = new ArrayList<>();

  /** Of these, the files that get their probes now: their lease is not to be given back. */
  private final Set<ExecutableFile> attaching = new HashSet<>();

  /** Probes that threads of their own put in. */
  private final Set<CompletableFuture<Attachment>> coming = new HashSet<>();

  private final Map<TracedBinary, Carried> carried = new HashMap<>();
  private final List<Leaving> leaving = new ArrayList<>();
  private final Set<ExecutableFile.Hindrance> saidUnleased =
      EnumSet.noneOf(ExecutableFile.Hindrance.class);

  /** What single binaries are to do without, besides what all are. */
  private final Map<TracedBinary, Set<String>> unwantedOf = new HashMap<>();

  /** What begins no longer since then, by binary, and may still end. */
  private final Map<TracedBinary, Turning> turning = new HashMap<>();

  /** Read by the threads that load programs. */
  private volatile RowChoice choice;

  private int lastNumber;

  /**
   * Rows are on their way out of a binary.
   *
   * @param types of which nothing begins any more
   * @param mayMissEnds whether what has begun may not be seen to end
   */
  private record Turning(Set<RecordType> types, boolean mayMissEnds, long sinceNanos) {}

  /** A file that is being looked into, and the inode it shows. */
  private record Pending(
      ExecutableFile file,
      String name,
      OptionalLong inode,
      boolean leased,
      CompletableFuture<Outcome> outcome) {}

  /** The probes of a binary, and the plan of all that it could have. */
  private record Carried(Attachment attachment, OptionalLong inode, ProbePlan plan) {}

  /**
   * No probes yet.
   *
   * @param control has something done by the control thread
   * @param choice the rows that are wanted
   */
  PlannedProbes(
      TracingSession session,
      TargetDirectory directory,
      Executor control,
      RowChoice choice,
      LongSupplier nanoClock) {
    this.session = session;
    this.directory = directory;
    this.control = control;
    this.choice = choice;
    this.nanoClock = nanoClock;
  }

  @Override
  public CompletableFuture<Outcome> attach(ExecutableFile file, String name, boolean runs) {
    OptionalLong inode = inode(file);
    Optional<CompletableFuture<Outcome>> same = inode.isPresent() ? same(inode) : Optional.empty();
    if (same.isPresent()) {
      close(file);
      return same.get();
    }
    Optional<ExecutableFile.Unleased> unleased = file.lease();
    if (unleased.isPresent() && (unleased.get().beingWritten() || !runs)) {
      close(file);
      return CompletableFuture.completedFuture(new Outcome.Failed(unleased.get().reason()));
    }
    unleased.ifPresent(why -> sayUnleased(name, why));
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    Pending look = new Pending(file, name, inode, file.isLeased(), outcome);
    pending.add(look);
    analyses(file)
        .begin(() -> analysis(file))
        .exceptionally(failure -> new BinaryAnalysis.Unsuitable(failed(failure, file)))
        .thenApplyAsync(this::prepared, FileOpenings::onAnotherThread)
        .thenComposeAsync(analysis -> attach(look, analysis), control)
        .thenAccept(
            done -> {
              pending.remove(look);
              outcome.complete(done);
            });
    return outcome;
  }

  @Override
  public CompletableFuture<Optional<GoBuild>> build(ExecutableFile file) {
    CompletableFuture<Optional<GoBuild>> build = new CompletableFuture<>();
    analyses(file)
        .begin(() -> BinaryAnalysis.build(file.path(), Budget.within(ANALYSIS_TIME)))
        .whenCompleteAsync(
            (found, failure) -> {
              close(file);
              if (failure == null) {
                build.complete(found);
              } else {
                build.completeExceptionally(failure);
              }
            },
            control);
    return build;
  }

  private Analyses analyses(ExecutableFile file) {
    return file.isRemote() ? remoteAnalyses : analyses;
  }

  private static BinaryAnalysis analysis(ExecutableFile file) throws IOException {
    BinaryAnalysis analysis = BinaryAnalysis.of(file.path(), Budget.within(ANALYSIS_TIME));
    if (file.isRemote() && analysis instanceof BinaryAnalysis.Suitable suitable) {
      file.keepInMemory(
          suitable.plan().rows().stream()
              .flatMap(row -> row.sites().stream())
              .mapToLong(Site::fileOffset)
              .toArray());
    }
    return analysis;
  }

  /** Soon: who closes may have to wait for who keeps the file. */
  private static void close(ExecutableFile file) {
    FileOpenings.onAnotherThread(file::close);
  }

  /** A warning where a right would be the mend, and for the first; others lack it, too. */
  private void sayUnleased(String name, ExecutableFile.Unleased why) {
    boolean rightMissing = why.hindrance() == ExecutableFile.Hindrance.RIGHT;
    LOG.log(
        !saidUnleased.add(why.hindrance()) ? Level.FINE : rightMissing ? Level.WARNING : Level.INFO,
        () ->
            name
                + " keeps its probes only while a process runs it, so the first requests after a"
                + " restart may be missed: "
                + why.reason());
  }

  /** The control thread is not to wait for the verifier. */
  private BinaryAnalysis prepared(BinaryAnalysis analysis) {
    if (analysis instanceof BinaryAnalysis.Suitable suitable) {
      try {
        session.prepare(choice.of(suitable.plan())).forEach(KernelPrograms::warn);
      } catch (BpfException e) {
        LOG.log(Level.FINE, "attaching will say so", e);
      }
    }
    return analysis;
  }

  private ProbePlan wanted(TracedBinary binary, ProbePlan plan) {
    return choice.of(plan).without(unwantedOf.getOrDefault(binary, Set.of()), TOO_DEAR);
  }

  private OptionalLong inode(ExecutableFile file) {
    try {
      return session.inode(file);
    } catch (IOException | BpfException e) {
      LOG.log(Level.FINE, "what a file shows is not known", e);
      return OptionalLong.empty();
    }
  }

  /** What is known of an inode, or being found out. */
  private Optional<CompletableFuture<Outcome>> same(OptionalLong inode) {
    for (Map.Entry<TracedBinary, Carried> entry : carried.entrySet()) {
      if (entry.getValue().inode.equals(inode)) {
        return Optional.of(CompletableFuture.completedFuture(new Outcome.Attached(entry.getKey())));
      }
    }
    return pending.stream()
        .filter(look -> look.inode.equals(inode))
        .map(Pending::outcome)
        .findAny();
  }

  private static Outcome.Hindered failed(Throwable failure, ExecutableFile file) {
    Throwable cause = FileOpenings.cause(failure);
    if (cause instanceof TimeoutException && file.isRemote()) {
      return new Outcome.Unanswered(
          "its file system does not answer any more: see to its server; it is traced once that"
              + " does");
    }
    if (cause instanceof TimeoutException) {
      return new Outcome.Impossible(
          "to look at it took more than " + ANALYSIS_LIMIT.toSeconds() + " s", true);
    }
    if (cause instanceof BpfException) {
      return new Outcome.Failed(String.valueOf(cause.getMessage()));
    }
    LOG.log(Level.FINE, "an analysis failed", cause);
    return cause instanceof VirtualMachineError
        ? new Outcome.Impossible("to look at it took more memory than there is: " + cause, true)
        : new Outcome.Failed("its binary could not be looked at: " + cause);
  }

  private CompletableFuture<Outcome> attach(Pending look, BinaryAnalysis analysis) {
    ExecutableFile file = look.file;
    if (analysis instanceof BinaryAnalysis.Unsuitable unsuitable) {
      close(file);
      return CompletableFuture.completedFuture(unsuitable.why());
    }
    if (look.leased && (!file.isLeased() || file.isWriterWaiting())) {
      close(file);
      return CompletableFuture.completedFuture(new Outcome.Failed("somebody writes to it"));
    }
    BinaryAnalysis.Suitable suitable = (BinaryAnalysis.Suitable) analysis;
    TracedBinary binary =
        new TracedBinary(
            look.name, suitable.architecture(), suitable.build(), suitable.plan().typeNames());
    attaching.add(file);
    return carry(binary, file, look.inode, suitable.plan())
        .handle(
            (probes, failure) -> {
              attaching.remove(file);
              if (failure != null) {
                return failed(failure, file);
              }
              carried.put(binary, probes);
              suitable.warnings().forEach(text -> LOG.warning(() -> look.name + ": " + text));
              tell(binary, probes);
              turn(binary, probes);
              return new Outcome.Attached(binary);
            });
  }

  /**
   * Attaches, under a number of its own. By another thread: the kernel may have to read the file,
   * and waits for whoever keeps it then.
   *
   * @return completed by the control thread
   */
  private CompletableFuture<Carried> carry(
      TracedBinary binary, ExecutableFile file, OptionalLong inode, ProbePlan plan) {
    int number = ++lastNumber;
    directory.add(number, binary);
    ProbePlan rows = wanted(binary, plan);
    CompletableFuture<Carried> answer = new CompletableFuture<>();
    CompletableFuture<Attachment> made =
        CompletableFuture.supplyAsync(
            () -> session.attach(number, rows, file), FileOpenings::onAnotherThread);
    coming.add(made);
    made.whenCompleteAsync(
        (attachment, failure) -> {
          coming.remove(made);
          if (failure != null) {
            directory.remove(number);
            answer.completeExceptionally(FileOpenings.cause(failure));
          } else if (!answer.complete(new Carried(attachment, inode, plan))) {
            letGo(attachment);
          }
        },
        control);
    FileOpenings.limit(answer, ANALYSIS_LIMIT, control, () -> {});
    return answer;
  }

  @Override
  public int number(TracedBinary binary) {
    Carried probes = carried.get(binary);
    return probes == null ? 0 : probes.attachment.binary();
  }

  @Override
  public BinaryIdentity carrier(TracedBinary binary) {
    return carried.get(binary).attachment.file().identity();
  }

  @Override
  public CompletableFuture<Void> move(TracedBinary binary, ExecutableFile file, Runnable renumber) {
    Carried old = carried.get(binary);
    file.lease();
    return carry(binary, file, old.inode, old.plan)
        .thenAccept(
            next -> {
              if (carried.get(binary) != old) {
                letGo(next.attachment); // nobody runs it any more
                return;
              }
              leaveOut(binary, next);
              carried.put(binary, next);
              renumber.run();
              letGo(old.attachment);
              turn(binary, next);
            });
  }

  private static void tell(TracedBinary binary, Carried probes) {
    Attachment attachment = probes.attachment;
    for (PlannedRow row : attachment.plan().rows()) {
      if (row.state() instanceof PlannedRow.Off off
          && off.cause() == PlannedRow.Cause.UNSUPPORTED) {
        warn(binary, row, off.reason());
      }
    }
    attachment
        .refusals()
        .forEach(refused -> warn(binary, refused.row(), refused.reason().getMessage()));
    binary.detachableRows().stream()
        .filter(row -> attachment.isAttached(row.name()))
        .forEach(row -> row.attached(KernelClocks.monotonicNanos()));
  }

  private static void warn(TracedBinary binary, PlannedRow row, @Nullable String reason) {
    LOG.warning(() -> "%s: %s: %s".formatted(binary.name(), row.row().without(), reason));
  }

  @Override
  public boolean mayStay(TracedBinary binary) {
    Carried probes = carried.get(binary);
    if (probes == null) {
      return false;
    }
    ExecutableFile file = probes.attachment.file();
    return file.isLeased() && !file.isWriterWaiting() && !file.isRemoved() && !file.isOfOverlay();
  }

  @Override
  public boolean isWriterWaiting(TracedBinary binary) {
    Carried probes = carried.get(binary);
    return probes != null && probes.attachment.file().isWriterWaiting();
  }

  @Override
  public void detach(TracedBinary binary) {
    Carried probes = carried.remove(binary);
    unwantedOf.remove(binary);
    if (probes != null) {
      letGo(probes.attachment);
    }
  }

  private void letGo(Attachment attachment) {
    Leaving left = attachment.detach();
    // Most have after some milliseconds, and others wait for the file: to write to it, to have its
    // overlay or its place on the disk.
    if (!left.await(LEAVING)) {
      leaving.add(left);
    }
    directory.remove(attachment.binary());
  }

  @Override
  public void settle() {
    leaving.removeIf(Leaving::isDone);
    for (Pending look : pending) {
      if (!attaching.contains(look.file) && look.file.isWriterWaiting()) {
        look.file.giveLeaseBack();
      }
    }
  }

  /** Takes all probes out of all binaries, and waits until they have left. */
  void detachAll() throws InterruptedException {
    List.copyOf(carried.keySet()).forEach(this::detach);
    for (CompletableFuture<Attachment> made : List.copyOf(coming)) {
      try {
        letGo(made.get(COMING_LIMIT.toMillis(), TimeUnit.MILLISECONDS));
      } catch (ExecutionException | TimeoutException e) {
        LOG.log(Level.FINE, "probes on their way in have not come", e);
      }
    }
    leaving.forEach(Leaving::await);
    leaving.clear();
  }

  @Override
  public void choose(RowChoice rows) {
    choice = rows;
    carried.forEach(this::turn);
  }

  @Override
  public void turnOff(TracedBinary binary, Set<String> rows) {
    Carried probes = carried.get(binary);
    if (probes != null) {
      unwantedOf.put(binary, Set.copyOf(rows));
      turn(binary, probes);
    }
  }

  @Override
  public Map<TracedBinary, ProbePlan> plans() {
    Map<TracedBinary, ProbePlan> plans = new LinkedHashMap<>();
    carried.forEach((binary, probes) -> plans.put(binary, probes.attachment.plan()));
    return plans;
  }

  private void turn(TracedBinary binary, Carried probes) {
    Attachment attachment = probes.attachment;
    ProbePlan next = wanted(binary, probes.plan);
    if (isOn(next).equals(isOn(attachment.plan()))) {
      return;
    }
    Set<RecordType> ending = new HashSet<>(attachment.plan().begun());
    boolean mayMissEnds = mayMissEnds(attachment.plan(), next);
    Turning before = turning.get(binary);
    if (before != null) {
      ending.addAll(before.types);
      mayMissEnds |= before.mayMissEnds;
    }
    ending.removeAll(next.begun());
    try {
      attachment.change(next);
      if (attachment.isChanging()) {
        turning.put(binary, new Turning(ending, mayMissEnds, nanoClock.getAsLong()));
      } else {
        turning.remove(binary);
        turned(binary, probes);
      }
    } catch (BpfException e) {
      LOG.log(Level.WARNING, binary.name() + ": its rows could not all be changed", e);
    }
  }

  /** Not if rows go that only observe what begins and ends by others. */
  private static boolean mayMissEnds(ProbePlan before, ProbePlan next) {
    Set<String> stay = isOn(next);
    return before.rows().stream()
        .filter(row -> !stay.contains(row.row().name()))
        .flatMap(row -> row.sites().stream())
        .anyMatch(site -> site.point().role() != Role.OBSERVE);
  }

  private static Set<String> isOn(ProbePlan plan) {
    return plan.rows().stream()
        .filter(PlannedRow::isOn)
        .map(row -> row.row().name())
        .collect(Collectors.toSet());
  }

  private static void turned(TracedBinary binary, Carried probes) {
    leaveOut(binary, probes);
    probes
        .attachment
        .refusals()
        .forEach(refused -> warn(binary, refused.row(), refused.reason().getMessage()));
    for (DetachableRow row : binary.detachableRows()) {
      if (probes.attachment.isAttached(row.name())) {
        row.attached(KernelClocks.monotonicNanos());
      } else {
        row.detached();
      }
    }
  }

  /** What a policy has taken out stays so. */
  private static void leaveOut(TracedBinary binary, Carried probes) {
    binary.detachableRows().stream()
        .filter(row -> !row.isWanted())
        .forEach(row -> probes.attachment.detachRow(row.name()));
  }

  @Override
  public Map<TracedBinary, Set<RecordType>> settleRows() {
    Map<TracedBinary, Set<RecordType>> unseen = new HashMap<>();
    long now = nanoClock.getAsLong();
    for (Map.Entry<TracedBinary, Turning> each : Map.copyOf(turning).entrySet()) {
      TracedBinary binary = each.getKey();
      Turning rows = each.getValue();
      if (now - rows.sinceNanos < ENDING_NANOS) {
        continue;
      }
      turning.remove(binary);
      Carried probes = carried.get(binary);
      if (probes != null) {
        probes.attachment.settle();
        turned(binary, probes);
      }
      if (rows.mayMissEnds) {
        unseen.put(binary, rows.types);
      }
    }
    return unseen;
  }

  @Override
  public void attachRow(TracedBinary binary, DetachableRow row) {
    row.want(true);
    Carried probes = carried.get(binary);
    if (probes == null || probes.attachment.isAttached(row.name())) {
      return;
    }
    try {
      probes.attachment.attachRow(row.name());
      if (!probes.attachment.isAttached(row.name())) {
        return;
      }
      row.attached(KernelClocks.monotonicNanos());
      LOG.fine(() -> "the probes of " + row.name() + " are back in " + binary);
    } catch (BpfException e) {
      LOG.log(Level.FINE, "the probes of " + row.name() + " could not be put back", e);
    }
  }

  @Override
  public void detachRow(TracedBinary binary, DetachableRow row) {
    row.want(false);
    Carried probes = carried.get(binary);
    if (probes != null) {
      probes.attachment.detachRow(row.name());
      row.detached();
      LOG.fine(() -> "the probes of " + row.name() + " have left " + binary);
    }
  }
}
