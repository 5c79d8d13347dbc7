// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.collector.agent.BinaryProbes.Outcome;
import io.goshawk.loader.file.ExecutableFile;
import io.goshawk.loader.target.BinaryIdentity;
import io.goshawk.loader.target.FileServer;
import io.goshawk.loader.target.ProcessTable;
import io.goshawk.loader.target.TargetProcess;
import io.goshawk.spans.resource.TargetProcess.GoBuild;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The binaries that processes run or are about to: which have probes, and until when.
 *
 * <p>A binary is analysed once and carries one set of probes, however many processes run it. It
 * keeps them for a while after its last process has gone, so that one that restarts is traced from
 * its first request on; unless nobody keeps writers from it, or to hold it open has a price for
 * others. Confined to the control thread.
 */
final class TargetBinaries {

  private static final Logger LOG = Logger.getLogger(TargetBinaries.class.getName());

  /** How long a binary that no process runs keeps its probes, and with them its inode. */
  static final long LINGER_NANOS = 60_000_000_000L;

  /** How long one that is about to be executed keeps them if that does not come to pass. */
  static final long EXPECT_NANOS = 5_000_000_000L;

  /** Binaries remembered as hopeless; on a machine that makes many, the memory starts anew. */
  private static final int MAX_IMPOSSIBLE = 4096;

  private final ProcessTable table;
  private final BinaryProbes probes;
  private final ExecutableOpenings openings;
  private final Function<TracedBinary, List<TargetProcess>> users;
  private final LongSupplier nanoClock;

  /** By every file that shows them: those of containers made of one image share their code. */
  private final Map<BinaryIdentity, TracedBinary> traced = new HashMap<>();

  /** Who waits for what is found out about a binary, in the order in which they came. */
  private final Map<BinaryIdentity, List<CompletableFuture<Outcome>>> pending = new HashMap<>();

  private final Map<BinaryIdentity, Outcome.Impossible> impossible = new HashMap<>();
  private final Set<BinaryIdentity> toldImpossible = new HashSet<>();
  private final Map<TracedBinary, Long> unusedSince = new HashMap<>();
  private final Map<TracedBinary, Expectation> expected = new HashMap<>();

  /** Those whose probes are on their way into another file. */
  private final Set<TracedBinary> moving = new HashSet<>();

  /** Executions that were announced and have not come to pass, and until when they may. */
  private record Expectation(int executions, long untilNanos) {}

  /**
   * None yet.
   *
   * @param table where processes are looked up
   * @param users the traced processes that run a binary
   */
  TargetBinaries(
      ProcessTable table,
      BinaryProbes probes,
      ExecutableOpenings openings,
      Function<TracedBinary, List<TargetProcess>> users,
      LongSupplier nanoClock) {
    this.table = table;
    this.probes = probes;
    this.openings = openings;
    this.users = users;
    this.nanoClock = nanoClock;
  }

  /** Those that have probes. */
  Set<TracedBinary> traced() {
    return Set.copyOf(traced.values());
  }

  /** Whether it is news that nothing can ever be traced in a binary; from now on it is none. */
  boolean isNews(BinaryIdentity identity) {
    return toldImpossible.add(identity);
  }

  // ---- probes -----------------------------------------------------------------------------------

  /** The probes of the binary that a process runs: those that are there, or new ones. */
  CompletableFuture<Outcome> of(TargetProcess process) {
    int pid = process.pid();
    return known(process.binary())
        .orElseGet(
            () ->
                open(
                    process.binary(),
                    table.executable(pid),
                    process.executable(),
                    true,
                    table.fileServer(pid)));
  }

  /**
   * The same for a binary that a process is about to execute; they wait for that to come to pass.
   *
   * @param path leads to it, for other processes of the machine as well, until this is done
   * @param name what the user calls it
   * @param server tells whose answer may have to be waited for; asked if the file is not known
   */
  CompletableFuture<Outcome> expect(
      BinaryIdentity identity, Path path, String name, Supplier<Optional<FileServer>> server) {
    return known(identity)
        .orElseGet(() -> open(identity, path, name, false, server.get()))
        .thenApply(
            outcome -> {
              if (outcome instanceof Outcome.Attached attached) {
                expected.merge(
                    attached.binary(),
                    new Expectation(1, nanoClock.getAsLong() + EXPECT_NANOS),
                    (one, other) ->
                        new Expectation(one.executions + other.executions, other.untilNanos));
              }
              return outcome;
            });
  }

  /** What is known of a binary, or is being found out. */
  private Optional<CompletableFuture<Outcome>> known(BinaryIdentity identity) {
    TracedBinary binary = traced.get(identity);
    if (binary != null) {
      return Optional.of(CompletableFuture.completedFuture(new Outcome.Attached(binary)));
    }
    Outcome.Impossible hopeless = impossible.get(identity);
    if (hopeless != null) {
      return Optional.of(CompletableFuture.completedFuture(hopeless));
    }
    return Optional.ofNullable(pending.get(identity)).map(TargetBinaries::waiter);
  }

  private static CompletableFuture<Outcome> waiter(List<CompletableFuture<Outcome>> waiters) {
    CompletableFuture<Outcome> waiter = new CompletableFuture<>();
    waiters.add(waiter);
    return waiter;
  }

  private CompletableFuture<Outcome> open(
      BinaryIdentity identity, Path path, String name, boolean runs, Optional<FileServer> server) {
    return openings
        .open(identity, path, server)
        .handle(
            (file, failure) ->
                failure == null
                    ? probe(file, name, runs)
                    : CompletableFuture.completedFuture(unopened(FileOpenings.cause(failure))))
        .thenCompose(outcome -> outcome);
  }

  private static Outcome unopened(Throwable failure) {
    if (!(failure instanceof TimeoutException)) {
      return new Outcome.Failed("its binary cannot be opened: " + failure.getMessage());
    }
    String server = failure.getMessage();
    return new Outcome.Unanswered(
        "its file system"
            + (server == null ? "" : ", " + server + ",")
            + " does not answer: see to its server; it is traced once that does");
  }

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
      traced.put(identity, attached.binary());
      if (users.apply(attached.binary()).isEmpty()) {
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

  /**
   * Reads what the binary of a process says of its build; empty if it is no Go program that can be
   * traced.
   *
   * @return fails if it cannot be read
   */
  CompletableFuture<Optional<GoBuild>> build(TargetProcess process) {
    int pid = process.pid();
    return openings
        .open(process.binary(), table.executable(pid), table.fileServer(pid))
        .thenCompose(probes::build);
  }

  // ---- coming and going -------------------------------------------------------------------------

  /** An execution has come to pass. */
  void executed(BinaryIdentity identity) {
    TracedBinary binary = traced.get(identity);
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

  /** One more process runs the binary. */
  void used(TracedBinary binary) {
    unusedSince.remove(binary);
  }

  /**
   * One process runs the binary no more.
   *
   * @param renumber is called with each that still does when the probes are in another file, before
   *     the old ones go
   */
  void left(TracedBinary binary, Consumer<TargetProcess> renumber) {
    if (users.apply(binary).isEmpty()) {
      unusedSince.put(binary, nanoClock.getAsLong());
      if (!mayWait(binary)) {
        retire(binary);
      }
    } else {
      keepCarried(binary, renumber);
      forgetFiles(binary);
    }
  }

  /** Takes out the probes that need not wait any longer for a process. */
  void retireUnused() {
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

  /** Takes the probes out of a binary. */
  void retire(TracedBinary binary) {
    unusedSince.remove(binary);
    expected.remove(binary);
    traced.values().removeIf(other -> other == binary);
    probes.detach(binary);
  }

  // ---- the file that carries the probes ---------------------------------------------------------

  /**
   * Probes hold the file open that carries them. That of a container which has gone would keep its
   * overlay alive, so another one carries them on.
   */
  private void keepCarried(TracedBinary binary, Consumer<TargetProcess> renumber) {
    List<TargetProcess> running = users.apply(binary);
    if (running.isEmpty() || moving.contains(binary) || isCarriedByOneOf(running, binary)) {
      return;
    }
    moving.add(binary);
    TargetProcess user = running.get(0);
    openings
        .open(user.binary(), table.executable(user.pid()), Optional.empty())
        .thenCompose(file -> move(binary, file, user.binary(), renumber))
        .whenComplete(
            (done, failure) -> {
              moving.remove(binary);
              if (failure != null) {
                LOG.log(
                    Level.FINE, "probes stay where they are until the next process ends", failure);
              } else if (traced.containsValue(binary)) {
                forgetFiles(binary);
                keepCarried(binary, renumber);
              }
            });
  }

  private boolean isCarriedByOneOf(List<TargetProcess> running, TracedBinary binary) {
    BinaryIdentity carrier = probes.carrier(binary);
    return running.stream().anyMatch(user -> user.binary().equals(carrier));
  }

  private CompletableFuture<Void> move(
      TracedBinary binary,
      ExecutableFile file,
      BinaryIdentity wanted,
      Consumer<TargetProcess> renumber) {
    if (!traced.containsValue(binary) || !file.identity().equals(wanted)) {
      openings.close(file);
      return CompletableFuture.failedFuture(new IOException("nobody runs it any more"));
    }
    return probes.move(binary, file, () -> users.apply(binary).forEach(renumber));
  }

  /** What nobody holds open any more, so another may get its numbers. */
  private void forgetFiles(TracedBinary binary) {
    BinaryIdentity carrier = probes.carrier(binary);
    List<TargetProcess> running = users.apply(binary);
    traced
        .entrySet()
        .removeIf(
            entry ->
                entry.getValue() == binary
                    && !entry.getKey().equals(carrier)
                    && running.stream().noneMatch(user -> user.binary().equals(entry.getKey())));
  }
}
