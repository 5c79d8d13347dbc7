// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.ProcessRecord;
import io.goshawk.abi.RecordHeader;
import io.goshawk.abi.RecordType;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.ledger.LedgerSnapshot;
import io.goshawk.collector.pipeline.TracePipeline;
import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.bpf.RunningPrograms;
import io.goshawk.loader.exec.ExecGate;
import io.goshawk.loader.file.ExecutableFile;
import io.goshawk.loader.kernel.KernelClocks;
import io.goshawk.loader.session.TracingSession;
import io.goshawk.loader.target.ProcessTable;
import io.goshawk.loader.target.TargetProcess;
import io.goshawk.spans.SpanBuilder;
import io.goshawk.spans.SpanSettings;
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
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The tracer, from its start to its last span.
 *
 * <p>Its parts start in the order of the list in the constructor and stop in the opposite one, so
 * that nothing is lost on the way out: first nothing new is attached, then all probes go, then the
 * ring is emptied, then the exporters deliver, and last the programs leave the kernel. One thread
 * starts, asks and stops it.
 */
public final class Agent {

  private static final Logger LOG = Logger.getLogger(Agent.class.getName());

  /** A process that is selected by a port says nothing when it begins to listen. */
  private static final long SCAN_FOR_PORTS_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Beginnings and ends are told by the kernel; this is for those that were lost. */
  private static final long SCAN_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** For this long a start waits for what hinders the processes it was given. */
  private static final long FIRST_SCAN_MILLIS = 2_000;

  private final Ledger ledger;
  private final ProcessTable table = new ProcessTable();
  private final TimeBase timeBase = new TimeBase(KernelClocks.bracket(ClockSample::bracketed));
  private final TargetDirectory directory;
  private final TracingSession session;
  private final PlannedProbes probes;
  private final TargetTracker tracker;
  private final ControlLoop control;
  private final Parts parts;
  private final KernelLosses losses = new KernelLosses();
  private final ProcessEvents events = new Events();
  private final CompletableFuture<Void> finished = new CompletableFuture<>();
  private final CompletableFuture<Void> stopping = new CompletableFuture<>();
  private @Nullable ExecGate gate;

  /**
   * An agent that has loaded its programs and does nothing yet.
   *
   * @param pipeline where the spans go; the agent shuts it down
   * @param ledger the pipeline's books
   * @throws BpfException if the kernel does not take the programs at all
   */
  public Agent(AgentSettings settings, TracePipeline pipeline, Ledger ledger) {
    this.ledger = ledger;
    directory = new TargetDirectory(table, settings.resources(), System::nanoTime);
    session =
        KernelPrograms.load(
            settings.kernel().watchingExec(settings.targets().awaitsProcesses()).value());
    probes = new PlannedProbes(session, directory, this::onControlThread);
    tracker =
        new TargetTracker(settings.targets(), table, session, probes, directory, System::nanoTime);
    control =
        new ControlLoop(
            this::everySecond,
            this::scan,
            settings.targets().ports().isEmpty() ? SCAN_NANOS : SCAN_FOR_PORTS_NANOS,
            System::nanoTime);
    parts =
        new Parts(
            List.of(
                Part.of("the eBPF programs", () -> {}, deadline -> session.close()),
                Part.of("the pipeline", 6, () -> {}, deadline -> finish(pipeline, deadline)),
                drainLoop(settings.spans(), pipeline),
                Part.of("the probes", 4, () -> {}, deadline -> detachAll()),
                control,
                Part.of("the exec gate", () -> {}, deadline -> closeGate())));
  }

  /**
   * Attaches to what is there and begins to trace.
   *
   * @return what hinders processes that the user named from being traced, a sentence each; what
   *     takes long to find out goes to the log
   */
  public List<String> start() throws InterruptedException {
    parts.start();
    CompletableFuture<List<TargetTracker.Problem>> scan = control.call(tracker::scan);
    try {
      List<TargetTracker.Problem> problems = scan.get(FIRST_SCAN_MILLIS, TimeUnit.MILLISECONDS);
      problems.stream().filter(problem -> !problem.isWarning()).forEach(TargetTracker::log);
      return problems.stream()
          .filter(TargetTracker.Problem::isWarning)
          .map(TargetTracker.Problem::message)
          .toList();
    } catch (TimeoutException e) {
      scan.thenAccept(this::scanned);
      return List.of();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private void onControlThread(Runnable job) {
    control.submit(job);
  }

  /** After this nothing more comes into the ring. */
  private void detachAll() throws InterruptedException {
    probes.detachAll();
    RunningPrograms.awaitReturn();
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
    return expected(ExecutableFile.open(real), real.toString()).map(TargetTracker.Problem::message);
  }

  /** Waits until the probes are there, or cannot be, or the agent stops. */
  private Optional<TargetTracker.Problem> expected(ExecutableFile file, String name) {
    CompletableFuture<Optional<TargetTracker.Problem>> problem =
        control.call(() -> tracker.expect(file, name));
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
    int self = (int) ProcessHandle.current().pid();
    session.follow(self);
    try {
      return gate == null ? command.start() : gate.start(command);
    } finally {
      session.untrace(self);
    }
  }

  /** A followed process is about to execute a file; on the gate's thread. */
  private void executing(Path file) throws IOException {
    String name = Files.readSymbolicLink(file).toString();
    expected(ExecutableFile.open(file), name).ifPresent(TargetTracker::log);
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
    return ledger.snapshot(() -> KernelPrograms.counts(session));
  }

  /** How far times may be off, and what the clock did meanwhile. */
  public TimeBase.Report clock() {
    return timeBase.report();
  }

  /** Detaches, empties the ring, delivers and unloads, within the limit; the final counts. */
  public LedgerSnapshot stop(Duration limit) {
    stopping.complete(null);
    parts.stop(System.nanoTime() + limit.toNanos());
    return ledger.snapshot();
  }

  private void finish(TracePipeline pipeline, long deadlineNanos) throws InterruptedException {
    ledger.kernelAtRest(KernelPrograms.countsAtRest(session));
    long left = Math.max(0, deadlineNanos - System.nanoTime());
    if (!pipeline.shutdown(Duration.ofNanos(left))) {
      LOG.warning("not every exporter was done in time; what it still had is counted as dropped");
    }
  }

  /** The way of each record, by its type. One that nobody takes is refused, and counted. */
  private DrainLoop drainLoop(SpanSettings settings, TracePipeline pipeline) {
    SpanBuilder builder = new SpanBuilder(settings, directory, timeBase);
    SpanRecords spans = new SpanRecords(builder, directory, events, ledger, pipeline::accept);
    RecordRoutes routes =
        new RecordRoutes(spans)
            .route(
                RecordType.RECORD_PROCESS_EXEC.value(),
                (records, offset, length) ->
                    events.executed(
                        RecordHeader.tgid(records, offset),
                        ProcessRecord.execId(records, offset),
                        ProcessRecord.timeNs(records, offset)))
            .route(
                RecordType.RECORD_PROCESS_EXIT.value(),
                (records, offset, length) -> events.exited(RecordHeader.tgid(records, offset)));
    routes.route(RecordType.RECORD_UNKNOWN_TYPE.value(), new UnknownTypes(directory));
    for (int type : builder.recordTypes()) {
      routes.route(type, spans);
    }
    return new DrainLoop(session::ring, routes, spans::handOver, ledger);
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
    losses.look(KernelPrograms.counts(session), System.nanoTime());
    tracker.tidy();
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
