// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.Counters;
import io.goshawk.abi.ProcessRecord;
import io.goshawk.abi.RecordHeader;
import io.goshawk.abi.RecordType;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.ledger.LedgerSnapshot;
import io.goshawk.config.component.GoshawkReceiverConfig;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.tree.Findings;
import io.goshawk.config.tree.InvalidConfigException;
import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.bpf.ProgramStatistics;
import io.goshawk.loader.bpf.RunningPrograms;
import io.goshawk.loader.exec.ExecGate;
import io.goshawk.loader.kernel.KernelClocks;
import io.goshawk.loader.session.TracingSession;
import io.goshawk.loader.target.BinaryIdentity;
import io.goshawk.loader.target.FileServer;
import io.goshawk.loader.target.ProcessLookup;
import io.goshawk.loader.target.ProcessTable;
import io.goshawk.loader.target.TargetProcess;
import io.goshawk.loader.target.TargetSelector;
import io.goshawk.loader.trap.TrapMeter;
import io.goshawk.spans.HeldRecords;
import io.goshawk.spans.SpanBuilder;
import io.goshawk.spans.otlp.SpanBatch;
import io.goshawk.spans.time.ClockSample;
import io.goshawk.spans.time.TimeBase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The tracer, from its start to its last span.
 *
 * <p>Its parts start in the order of the list in the constructor and stop in the opposite one, so
 * that nothing is lost on the way out: first nothing new is attached, then all probes go, then the
 * ring is emptied, and last the programs leave the kernel. One thread starts, asks and stops it.
 */
public final class Agent {

  private static final Logger LOG = Logger.getLogger(Agent.class.getName());

  /** A process that is selected by a port says nothing when it begins to listen. */
  private static final long SCAN_FOR_PORTS_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Beginnings and ends are told by the kernel; this is for those that were lost. */
  private static final long SCAN_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** For this long a start waits for what hinders the processes it was given. */
  private static final long FIRST_SCAN_MILLIS = 2_000;

  /** How long a file may take to be opened, or a remote one to be read, before it cannot be. */
  private static final Duration TRIAL_LIMIT = Duration.ofSeconds(5);

  private static final int SELF = (int) ProcessHandle.current().pid();

  private final Ledger ledger;
  private final KnownServiceNames names;
  private final ProcessTable table;
  private final TimeBase timeBase = new TimeBase(KernelClocks.bracket(ClockSample::bracketed));
  private final HeaderNumbers headers = new HeaderNumbers();
  private final TargetDirectory directory;
  private final TracingSession session;
  private final PlannedProbes probes;
  private final TargetTracker tracker;
  private final ControlLoop control;
  private final Parts parts;
  private final SpanRecords spans;
  private final ServiceLosses serviceLosses;
  private final MeasuredTraps traps;
  private final ProbeCosts costs;
  private final Breaker breaker;
  private final KernelLosses losses = new KernelLosses();
  private final ProcessEvents events = new Events();
  private final CompletableFuture<Void> finished = new CompletableFuture<>();
  private final CompletableFuture<Void> stopping = new CompletableFuture<>();
  private volatile TargetSelector selector;
  private AgentSettings settings;
  private @Nullable ExecGate gate;

  /**
   * An agent that has loaded its programs and does nothing yet.
   *
   * @param next takes the spans, on the drain thread
   * @param ledger the books
   * @throws BpfException if the kernel does not take the programs at all
   */
  Agent(AgentSettings settings, Consumer<SpanBatch> next, Ledger ledger) {
    this.ledger = ledger;
    this.settings = settings;
    selector = settings.targets();
    names = new KnownServiceNames(settings.resources());
    table = new ProcessTable(names);
    directory = new TargetDirectory(table, settings.resources(), System::nanoTime);
    session = KernelPrograms.load(kernel(settings), headers);
    probes =
        new PlannedProbes(
            session, directory, this::onControlThread, settings.rows(), System::nanoTime);
    TrialReads trials = new TrialReads(TRIAL_LIMIT, this::onControlThread, this::scan);
    FileOpenings openings =
        new FileOpenings(
            TRIAL_LIMIT, FileOpenings::onAnotherThread, this::onControlThread, this::scan);
    tracker =
        new TargetTracker(
            settings.targets(),
            table,
            names,
            session,
            probes,
            new ExecutableOpenings(trials, openings),
            directory,
            ledger.services(),
            System::nanoTime);
    traps =
        new MeasuredTraps(
            TrapMeter::measure, MeasuredTraps::onAnotherThread, this::onControlThread);
    costs = new ProbeCosts(ProgramStatistics::on, session::runs, probes::plans, traps::prices);
    breaker =
        new Breaker(
            costs,
            probes,
            tracker::running,
            process -> table.cpuNanos(process.pid()),
            ledger,
            System::nanoTime);
    breaker.change(settings.breaker());
    serviceLosses = new ServiceLosses(session, directory, ledger.services());
    control =
        new ControlLoop(
            this::everySecond, this::scan, scanNanos(settings.targets()), System::nanoTime);
    SpanBuilder builder = new SpanBuilder(settings.spans(), directory, timeBase);
    HeldRecords held = new HeldRecords(System::nanoTime);
    Quotas quotas = new Quotas(settings.quotas(), System::nanoTime);
    spans = new SpanRecords(builder, held, quotas, directory, events, ledger, next);
    parts =
        new Parts(
            List.of(
                Part.of("the eBPF programs", () -> {}, deadline -> unload()),
                drainLoop(builder.recordTypes()),
                Part.of("the probes", 4, () -> {}, deadline -> detachAll()),
                Part.of("the measuring of probes", () -> {}, deadline -> costs.close()),
                control,
                Part.of("the trial reads", () -> {}, deadline -> onControlThread(trials::close)),
                Part.of("the exec gate", () -> {}, deadline -> closeGate())));
  }

  /**
   * Attaches to what is there and begins to trace.
   *
   * @return what hinders processes that the user named from being traced, a sentence each; what
   *     takes long to find out goes to the log
   */
  List<String> start() throws InterruptedException {
    parts.start();
    return scanned(control.call(tracker::scan), this::scanned);
  }

  /** What came of a scan, as far as that does not take long. */
  private static List<String> scanned(
      CompletableFuture<List<TargetTracker.Problem>> scan,
      Consumer<List<TargetTracker.Problem>> later)
      throws InterruptedException {
    try {
      List<TargetTracker.Problem> problems = scan.get(FIRST_SCAN_MILLIS, TimeUnit.MILLISECONDS);
      problems.stream().filter(problem -> !problem.isWarning()).forEach(TargetTracker::log);
      return problems.stream()
          .filter(TargetTracker.Problem::isWarning)
          .map(TargetTracker.Problem::message)
          .toList();
    } catch (TimeoutException e) {
      scan.thenAccept(later);
      return List.of();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private static KernelSettings kernel(AgentSettings settings) {
    return settings.kernel().watchingExec(settings.targets().awaitsProcesses());
  }

  private static long scanNanos(TargetSelector targets) {
    return targets.asksForPorts() ? SCAN_FOR_PORTS_NANOS : SCAN_NANOS;
  }

  /**
   * Whether other settings can be gone over to.
   *
   * @param source what they were made of
   * @throws InvalidConfigException if they cannot
   */
  void check(AgentSettings next, Settings source) {
    Findings findings = new Findings();
    if (!headers.hasRoomFor(next.kernel().headers())) {
      findings.error(
          source.origin(GoshawkReceiverConfig.HEADERS),
          "receivers::goshawk::headers",
          "so many different ones have been captured that more are only by a restart");
    }
    TargetSelector targets = next.targets();
    if (!targets.awaitsProcesses() && table.select(targets).processes().isEmpty()) {
      findings.error(
          source.origin(GoshawkReceiverConfig.INCLUDE),
          "receivers::goshawk::include",
          "none of these processes is there, so nothing would be traced any more");
    }
    findings.throwIfAny();
  }

  /**
   * Goes over to other settings: touches what is other in them, and loses nothing. Returns once
   * they count. By the thread that starts and stops.
   *
   * @return what hinders processes that are named now from being traced, as {@link #start} has it
   */
  List<String> change(AgentSettings next) throws InterruptedException {
    AgentSettings before = settings;
    settings = next;
    // Whoever makes spans knows the headers before a record has them.
    next.kernel().headers().forEach(headers::of);
    await(
        spans.change(
            next.withHeaders(headers.all()).spans(),
            Optional.of(next.quotas()).filter(quotas -> !quotas.equals(before.quotas()))));
    boolean renamed = !next.resources().equals(before.resources());
    if (renamed) {
      names.say(next.resources());
      await(CompletableFuture.runAsync(() -> directory.say(next.resources()), control::submit));
    }
    KernelPrograms.tell(session, kernel(next), before.kernel().headers(), headers);
    if (!next.rows().equals(before.rows())) {
      await(CompletableFuture.runAsync(() -> tracker.choose(next.rows()), control::submit));
    }
    if (!next.breaker().equals(before.breaker())) {
      await(CompletableFuture.runAsync(() -> breaker.change(next.breaker()), control::submit));
    }
    return next.targets().equals(before.targets())
            && !(renamed && next.targets().asksForServiceNames())
        ? List.of()
        : select(next.targets());
  }

  /** Whoever does it may be held up, and the thread that ends everything is not to be. */
  private static void await(CompletableFuture<Void> change) throws InterruptedException {
    try {
      change.get(FIRST_SCAN_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.info("something else takes long; what the configuration changes comes after that");
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private List<String> select(TargetSelector targets) throws InterruptedException {
    session.callsBeforeTracing().turn(this::wasToBeTraced);
    selector = targets;
    control.scanEvery(scanNanos(targets));
    CompletableFuture<List<TargetTracker.Problem>> scan =
        CompletableFuture.supplyAsync(
                () -> {
                  tracker.select(targets);
                  return tracker.scan();
                },
                control::submit)
            .thenCompose(looks -> looks);
    return scanned(scan, this::scanned);
  }

  private void onControlThread(Runnable job) {
    control.submit(job);
  }

  /** After this nothing more comes into the ring. */
  private void detachAll() throws InterruptedException {
    probes.detachAll();
    RunningPrograms.awaitReturn();
    session.callsBeforeTracing().settle(this::wasToBeTraced);
  }

  /** Whether a process was, or would have been if there had been time to look at it. */
  private boolean wasToBeTraced(int pid, int binary) {
    TracedBinary probed = directory.binary(binary);
    return directory.isTraced(pid) || (probed != null && isSelected(pid, probed));
  }

  private boolean isSelected(int pid, TracedBinary binary) {
    TargetSelector by = selector;
    return by.asksForGroups() && table.find(pid) instanceof ProcessLookup.Found found
        ? table.selects(by, found.process())
        : by.selects(pid, binary.name());
  }

  /** How many processes are traced now. */
  public int tracedProcesses() {
    return control.call(tracker::traced).size();
  }

  /** Whether nothing is traced, and nothing that was named may still be. */
  public boolean hasNothingToTrace() {
    return control.call(tracker::finished);
  }

  /** Somebody may wait to write to a binary that has probes; from any thread. */
  public void writerWaits() {
    control.submit(tracker::tidy);
  }

  /** Done when every process that was to be traced has ended and no other is waited for. */
  public CompletableFuture<Void> finished() {
    return finished;
  }

  /**
   * Puts probes into a binary before it is executed.
   *
   * @return why that cannot be; empty if they are there
   * @throws IOException if there is no such file
   */
  public Optional<String> expect(Path executable) throws IOException {
    Path real = executable.toRealPath();
    // A folder on the way may be one of a server: the control thread is not to ask for it.
    Optional<FileServer> server = table.fileServer(real);
    return expected(real, real.toString(), () -> server).map(TargetTracker.Problem::message);
  }

  /** Waits until the probes are there, or cannot be, or the agent stops. */
  private Optional<TargetTracker.Problem> expected(
      Path file, String name, Supplier<Optional<FileServer>> server) throws IOException {
    BinaryIdentity identity = BinaryIdentity.of(file);
    CompletableFuture<Optional<TargetTracker.Problem>> problem =
        control.call(() -> tracker.expect(identity, file, name, server));
    CompletableFuture.anyOf(problem, stopping).join();
    return problem.getNow(Optional.empty());
  }

  /**
   * Starts a process that is traced from its first instruction, with all that descend from it: the
   * programs that they execute have their probes before they begin, where {@link ExecGate} can be.
   *
   * <p>The kernel copies the mark of a process to its children as they are born, so this process is
   * marked while it gives birth; it is no Go program and has no probes itself.
   *
   * @throws IOException if the command cannot be executed
   */
  public Process startFollowed(ProcessBuilder command) throws IOException, InterruptedException {
    try {
      gate = ExecGate.open(this::executing);
    } catch (IOException e) {
      LOG.info(
          () -> "what the command starts gets its probes only after its start: " + e.getMessage());
    }
    session.follow(SELF);
    try {
      return gate == null ? command.start() : gate.start(command);
    } finally {
      session.untrace(SELF);
    }
  }

  /** A followed process is about to execute a file; on the gate's thread. */
  private void executing(Path file) throws IOException {
    String name = Files.readSymbolicLink(file).toString();
    // A child that tries to read it has other descriptors.
    Path ours =
        Path.of("/proc", Long.toString(SELF)).resolve(Path.of("/proc/self").relativize(file));
    expected(ours, name, () -> table.fileServer(ours)).ifPresent(TargetTracker::log);
  }

  private void closeGate() throws InterruptedException {
    if (gate != null) {
      gate.close();
    }
    control.submit(this::tellWhoRunsOn);
  }

  private void tellWhoRunsOn() {
    for (TargetProcess process : tracker.followed()) {
      LOG.info(
          () ->
              "process %d (%s) runs on and is not followed any more"
                  .formatted(process.pid(), process.executable()));
    }
  }

  /** What was counted until now. */
  public LedgerSnapshot counts() {
    serviceLosses.look();
    return ledger.snapshot(() -> KernelPrograms.counts(session));
  }

  /** The processes that are traced now. From any thread. */
  public List<TracedProcess> processes() {
    return directory.live();
  }

  /** How far times may be off, and what the clock did meanwhile. */
  public TimeBase.Report clock() {
    return timeBase.report();
  }

  /** Detaches, empties the ring and unloads, within the limit. */
  void stop(Duration limit) {
    stopping.complete(null);
    parts.stop(System.nanoTime() + limit.toNanos());
  }

  private void unload() {
    ledger.kernelAtRest(KernelPrograms.countsAtRest(session));
    serviceLosses.atRest();
    session.close();
  }

  /** The way of each record, by its type. One that nobody takes is refused, and counted. */
  private DrainLoop drainLoop(int[] spanTypes) {
    RecordRoutes routes =
        new RecordRoutes(spans)
            .route(
                RecordType.RECORD_PROCESS_EXEC.value(),
                (records, offset, length) -> {
                  int pid = RecordHeader.tgid(records, offset);
                  spans.release(pid);
                  serviceLosses.lifeEnds(pid);
                  directory.executed(pid, Execution.of(records, offset, length));
                  events.executed(
                      pid,
                      ProcessRecord.execId(records, offset),
                      ProcessRecord.timeNs(records, offset));
                })
            .route(
                RecordType.RECORD_PROCESS_EXIT.value(),
                (records, offset, length) -> {
                  int pid = RecordHeader.tgid(records, offset);
                  spans.release(pid);
                  serviceLosses.lifeEnds(pid);
                  events.exited(pid);
                })
            .route(RecordType.RECORD_SUPPLEMENT.value(), spans::supplement);
    routes.route(RecordType.RECORD_UNKNOWN_TYPE.value(), new UnknownTypes(directory));
    routes.route(
        RecordType.RECORD_UNTRACED_CALLS.value(),
        (records, offset, length) ->
            session.callsBeforeTracing().gone(records, offset, this::wasToBeTraced));
    for (int type : spanTypes) {
      routes.route(type, spans);
    }
    // What is no span's is in no equation.
    RecordRoutes late = new RecordRoutes(spans::left);
    for (RecordType type : RecordType.values()) {
      if (!Counters.areSpans(type)) {
        late.route(type.value(), (records, offset, length) -> {});
      }
    }
    return new DrainLoop(session::ring, recordsOf(routes, late), ledger);
  }

  private DrainLoop.Records recordsOf(RecordRoutes inTime, RecordRoutes late) {
    return new DrainLoop.Records() {
      @Override
      public void onRecord(byte[] records, int offset, int length) {
        inTime.onRecord(records, offset, length);
      }

      @Override
      public void handOver() {
        spans.handOver();
      }

      @Override
      public void end() {
        spans.releaseAll();
      }

      @Override
      public void endLate() {
        spans.dropHeld();
      }

      @Override
      public void left(byte[] records, int offset, int length) {
        late.onRecord(records, offset, length);
      }

      @Override
      public void giveUp() throws InterruptedException {
        spans.giveUp();
      }
    };
  }

  private void everySecond() {
    TimeBase.Adjustment adjustment = timeBase.accept(KernelClocks.bracket(ClockSample::bracketed));
    if (adjustment.kind() != TimeBase.Adjustment.Kind.NONE
        && adjustment.kind() != TimeBase.Adjustment.Kind.SLEWED) {
      LOG.info(
          () ->
              "the clock "
                  + (adjustment.kind() == TimeBase.Adjustment.Kind.STEPPED
                      ? "was set by "
                      : "stood while the machine slept for ")
                  + Math.round(adjustment.nanos() / 1e6)
                  + " ms; times go on from there");
    }
    serviceLosses.look();
    losses.look(KernelPrograms.counts(session), serviceLosses.takeOverShare(), System.nanoTime());
    tracker.tidy();
    costs.everySecond();
    ledger.probesCost(costs.estimates());
    ledger.trapsTake(traps.settled());
    breaker.everySecond();
  }

  private void scan() {
    tracker.scan().thenAccept(this::scanned);
  }

  private void scanned(List<TargetTracker.Problem> problems) {
    problems.forEach(TargetTracker::log);
    endIfFinished();
  }

  private void endIfFinished() {
    if (tracker.finished()) {
      finished.complete(null);
    }
  }

  /** Called on the drain thread, done on the control thread. */
  private final class Events implements ProcessEvents {
    @Override
    public void executed(int pid, int execId, long timeNanos) {
      control.submit(
          () -> {
            tracker.executed(pid, execId, timeNanos);
            endIfFinished();
          });
    }

    @Override
    public void exited(int pid) {
      control.submit(
          () -> {
            tracker.exited(pid);
            endIfFinished();
          });
    }

    @Override
    public void row(TracedBinary binary, DetachableRow row, boolean attached) {
      control.submit(() -> tracker.row(binary, row, attached));
    }
  }
}
