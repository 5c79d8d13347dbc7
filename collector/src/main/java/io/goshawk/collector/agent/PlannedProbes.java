// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.elf.Budget;
import io.goshawk.loader.file.ExecutableFile;
import io.goshawk.loader.kernel.KernelClocks;
import io.goshawk.loader.probe.PlannedRow;
import io.goshawk.loader.probe.ProbePlan;
import io.goshawk.loader.session.Attachment;
import io.goshawk.loader.session.Leaving;
import io.goshawk.loader.session.TracingSession;
import io.goshawk.loader.target.BinaryIdentity;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Attaches what the planner plans. A row that cannot be attached costs what needs it, no more. */
final class PlannedProbes implements BinaryProbes {

  private static final Logger LOG = Logger.getLogger(PlannedProbes.class.getName());

  /** Some twenty times what the largest of known programs takes. */
  private static final Duration ANALYSIS_TIME = Duration.ofSeconds(5);

  /** For an analysis that does not keep to its time. */
  private static final Duration ANALYSIS_LIMIT = Duration.ofSeconds(8);

  /** How long the control thread waits for probes to leave, before it looks again later. */
  private static final Duration LEAVING = Duration.ofMillis(50);

  private final TracingSession session;
  private final TargetDirectory directory;
  private final Executor control;
  private final Analyses analyses = new Analyses(ANALYSIS_LIMIT);
  private final List<Pending> pending = new ArrayList<>();
  private final Map<TracedBinary, Carried> carried = new HashMap<>();
  private final List<Leaving> leaving = new ArrayList<>();
  private int lastNumber;

  /** A file that is being looked into, and the inode it shows. */
  private record Pending(
      ExecutableFile file, OptionalLong inode, CompletableFuture<Outcome> outcome) {}

  /** The probes of a binary, and what they were planned from. */
  private record Carried(Attachment attachment, OptionalLong inode, ProbePlan plan) {}

  /**
   * No probes yet.
   *
   * @param control has something done by the control thread
   */
  PlannedProbes(TracingSession session, TargetDirectory directory, Executor control) {
    this.session = session;
    this.directory = directory;
    this.control = control;
  }

  @Override
  public CompletableFuture<Outcome> attach(ExecutableFile file, String name, boolean runs) {
    OptionalLong inode = inode(file);
    Optional<CompletableFuture<Outcome>> same = inode.isPresent() ? same(inode) : Optional.empty();
    if (same.isPresent()) {
      file.close();
      return same.get();
    }
    Optional<ExecutableFile.Unleased> unleased = file.lease();
    if (unleased.isPresent() && (unleased.get().beingWritten() || !runs)) {
      file.close();
      return CompletableFuture.completedFuture(new Outcome.Failed(unleased.get().reason()));
    }
    boolean leased = file.isLeased();
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    Pending look = new Pending(file, inode, outcome);
    pending.add(look);
    analyses
        .begin(() -> BinaryAnalysis.of(file.path(), Budget.within(ANALYSIS_TIME)))
        .exceptionally(failure -> new BinaryAnalysis.Unsuitable(failed(failure)))
        .thenAcceptAsync(
            analysis -> {
              pending.remove(look);
              outcome.complete(attach(look, name, leased, analysis));
            },
            control);
    return outcome;
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

  private static Outcome.Hindered failed(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof TimeoutException) {
      return new Outcome.Impossible(
          "to look at it took more than " + ANALYSIS_LIMIT.toSeconds() + " s", true);
    }
    LOG.log(Level.FINE, "an analysis failed", cause);
    return cause instanceof VirtualMachineError
        ? new Outcome.Impossible("to look at it took more memory than there is: " + cause, true)
        : new Outcome.Failed("its binary could not be looked at: " + cause);
  }

  private Outcome attach(Pending look, String name, boolean wasLeased, BinaryAnalysis analysis) {
    ExecutableFile file = look.file;
    if (analysis instanceof BinaryAnalysis.Unsuitable unsuitable) {
      file.close();
      return unsuitable.why();
    }
    if (wasLeased && (!file.isLeased() || file.isWriterWaiting())) {
      file.close();
      return new Outcome.Failed("somebody writes to it");
    }
    BinaryAnalysis.Suitable suitable = (BinaryAnalysis.Suitable) analysis;
    TracedBinary binary =
        new TracedBinary(
            name, suitable.architecture(), suitable.build(), suitable.plan().typeNames());
    try {
      Carried probes = carry(binary, file, look.inode, suitable.plan());
      carried.put(binary, probes);
      suitable.warnings().forEach(warning -> LOG.warning(() -> name + ": " + warning));
      tell(binary, probes);
      return new Outcome.Attached(binary);
    } catch (BpfException e) {
      return new Outcome.Failed(String.valueOf(e.getMessage()));
    }
  }

  /** Attaches, under a number of its own. */
  private Carried carry(
      TracedBinary binary, ExecutableFile file, OptionalLong inode, ProbePlan plan) {
    int number = ++lastNumber;
    directory.add(number, binary);
    try {
      return new Carried(session.attach(number, plan, file), inode, plan);
    } catch (BpfException e) {
      directory.remove(number);
      throw e;
    }
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
  public void move(TracedBinary binary, ExecutableFile file, Runnable renumber) {
    Carried old = carried.get(binary);
    file.lease();
    try {
      Carried next = carry(binary, file, old.inode, old.plan);
      for (DetachableRow row : binary.detachableRows()) {
        if (!old.attachment.isAttached(row.name())) {
          next.attachment.detachRow(row.name());
        }
      }
      carried.put(binary, next);
      renumber.run();
      letGo(old);
    } catch (BpfException e) {
      LOG.log(Level.FINE, "the probes stay in the file they are in", e);
    }
  }

  private static void tell(TracedBinary binary, Carried probes) {
    Attachment attachment = probes.attachment;
    for (PlannedRow row : probes.plan.rows()) {
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
    if (probes != null) {
      letGo(probes);
    }
  }

  private void letGo(Carried probes) {
    Leaving left = probes.attachment.detach();
    // Most have after some milliseconds, and others wait for the file: to write to it, to have its
    // overlay or its place on the disk.
    if (!left.await(LEAVING)) {
      leaving.add(left);
    }
    directory.remove(probes.attachment.binary());
  }

  @Override
  public void settle() {
    leaving.removeIf(Leaving::isDone);
    for (Pending look : pending) {
      if (look.file.isWriterWaiting()) {
        look.file.giveLeaseBack();
      }
    }
  }

  /** Takes all probes out of all binaries, and waits until they have left. */
  void detachAll() {
    List.copyOf(carried.keySet()).forEach(this::detach);
    leaving.forEach(Leaving::await);
    leaving.clear();
  }

  @Override
  public void attachRow(TracedBinary binary, DetachableRow row) {
    Carried probes = carried.get(binary);
    if (probes == null || probes.attachment.isAttached(row.name())) {
      return;
    }
    try {
      probes.attachment.attachRow(row.name());
      row.attached(KernelClocks.monotonicNanos());
      LOG.fine(() -> "the probes of " + row.name() + " are back in " + binary);
    } catch (BpfException e) {
      LOG.log(Level.FINE, "the probes of " + row.name() + " could not be put back", e);
    }
  }

  @Override
  public void detachRow(TracedBinary binary, DetachableRow row) {
    Carried probes = carried.get(binary);
    if (probes != null) {
      probes.attachment.detachRow(row.name());
      row.detached();
      LOG.fine(() -> "the probes of " + row.name() + " have left " + binary);
    }
  }
}
