// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.session;

import io.goshawk.abi.AbiLimit;
import io.goshawk.abi.ActiveSpan;
import io.goshawk.abi.ActiveSpans;
import io.goshawk.abi.CallKey;
import io.goshawk.abi.CapturedHeader;
import io.goshawk.abi.CapturedName;
import io.goshawk.abi.Counter;
import io.goshawk.abi.Counters;
import io.goshawk.abi.GoroutineKey;
import io.goshawk.abi.HeaderSide;
import io.goshawk.abi.MapLayout;
import io.goshawk.abi.MappedFile;
import io.goshawk.abi.Process;
import io.goshawk.abi.ProcessFlag;
import io.goshawk.abi.ProgramObject;
import io.goshawk.abi.RecordType;
import io.goshawk.abi.RuntimeLayout;
import io.goshawk.abi.TracedProcess;
import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.bpf.BpfLink;
import io.goshawk.loader.bpf.BpfMap;
import io.goshawk.loader.bpf.BpfObject;
import io.goshawk.loader.bpf.BpfProgram;
import io.goshawk.loader.bpf.ObjectOptions;
import io.goshawk.loader.bpf.ProgramStatistics;
import io.goshawk.loader.bpf.Refusal;
import io.goshawk.loader.bpf.TracepointAttacher;
import io.goshawk.loader.file.ExecutableFile;
import io.goshawk.loader.probe.ProbeCatalogue;
import io.goshawk.loader.probe.ProbePlan;
import io.goshawk.loader.probe.Site;
import io.goshawk.loader.ring.RingReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Our programs and maps in the kernel, from their loading to their end. */
public final class TracingSession implements TracedProcesses, AutoCloseable {

  /** What tells of the life of processes. */
  private static final List<String> PROCESS_PROGRAMS =
      List.of("process_fork", "process_exec", "process_exit");

  private static final String MAPPED_INODE = "mapped_inode";
  private static final String TRACE_PROCESS = "trace_process";

  /** One map for each size of calls. */
  private static final List<MapLayout> OPEN_CALLS =
      List.of(MapLayout.OPEN_SHORT, MapLayout.OPEN_MEDIUM, MapLayout.OPEN_LONG);

  private static final int ONLY_ENTRY = 0;

  /** Of goshawk_abi.h: what makes the key of a header's name. */
  private static final long NAME_HASH = 0x9e3779b97f4a7c15L;

  private final BpfObject object;
  private volatile boolean followsAny;

  /**
   * With the programs that plans have needed since, which use the maps of the first. Who asks what
   * there is does not wait while more are loaded.
   */
  private final List<BpfObject> further = new CopyOnWriteArrayList<>();

  private final BpfMap processes;
  private final Map<MapLayout, BpfMap> layouts = new EnumMap<>(MapLayout.class);
  private final List<BpfMap> openCalls;
  private final BpfMap active;
  private final BpfMap rooms;
  private final BpfMap counters;
  private final CallsBeforeTracing callsBeforeTracing;
  private final CallsWithoutRecord callsWithoutRecord;
  private final List<BpfLink> processLinks = new ArrayList<>();

  /** Calls that a sweep has dropped, by the value of their record type. */
  private final LongAdder[] swept = adders();

  /** Calls that were dropped since nobody wants them any longer, likewise. */
  private final LongAdder[] unwanted = adders();

  private TracingSession(BpfObject object) {
    this.object = object;
    this.processes = object.map(MapLayout.PROCESSES);
    for (MapLayout map : ProbeCatalogue.standard().layoutMaps()) {
      layouts.put(map, object.map(map));
    }
    this.openCalls = OPEN_CALLS.stream().map(object::map).toList();
    this.active = object.map(MapLayout.ACTIVE);
    this.rooms = object.map(MapLayout.ROOMS);
    this.counters = object.map(MapLayout.COUNTERS);
    this.callsBeforeTracing = new CallsBeforeTracing(object.map(MapLayout.UNTRACED));
    this.callsWithoutRecord = new CallsWithoutRecord(object.map(MapLayout.UNRECORDED));
  }

  private static LongAdder[] adders() {
    LongAdder[] adders = new LongAdder[AbiLimit.RECORD_SPANS_END.value()];
    Arrays.setAll(adders, type -> new LongAdder());
    return adders;
  }

  /**
   * Makes the maps and loads what no plan is needed for; see {@link #prepare} for the rest.
   *
   * @param settings value of the map of that name
   * @throws BpfException if nothing can be loaded at all
   */
  public static TracingSession load(ObjectOptions options, ByteBuffer settings) {
    BpfObject object =
        BpfObject.open(ProgramObject::open, options.without(ProbeCatalogue.standard().programs()));
    try {
      object.load();
      TracingSession session = new TracingSession(object);
      session.settings(settings);
      return session;
    } catch (RuntimeException e) {
      object.close();
      throw e;
    }
  }

  /**
   * Loads the programs of a plan that are not there yet, which takes the verifier some tenths of a
   * second. {@link #attach} does so, too; this may be called before, on another thread.
   *
   * @return those that the kernel refused just now, and why
   * @throws BpfException if nothing can be loaded at all
   */
  public synchronized List<Refusal> prepare(ProbePlan plan) {
    Set<String> missing =
        plan.rows().stream()
            .flatMap(row -> row.sites().stream())
            .map(Site::program)
            .collect(Collectors.toCollection(HashSet::new));
    objects().forEach(loaded -> missing.removeAll(loaded.programs().keySet()));
    refusals().forEach(refusal -> missing.remove(refusal.program()));
    if (missing.isEmpty()) {
      return List.of();
    }
    BpfObject more = object.loadMore(missing);
    further.add(more);
    return more.refusals();
  }

  private Stream<BpfObject> objects() {
    return Stream.concat(Stream.of(object), further.stream());
  }

  /** The programs that the kernel did not take until now, and why. */
  public List<Refusal> refusals() {
    return objects().flatMap(loaded -> loaded.refusals().stream()).toList();
  }

  /** The names of those that it took. */
  public Set<String> programs() {
    return objects()
        .flatMap(loaded -> loaded.programs().keySet().stream())
        .collect(Collectors.toSet());
  }

  /**
   * How often each of them ran while somebody had {@link ProgramStatistics} on, and for how long.
   *
   * @throws BpfException if the kernel does not tell
   */
  public Map<String, ProgramStatistics.Runs> runs() {
    Map<String, ProgramStatistics.Runs> runs = new HashMap<>();
    objects()
        .flatMap(loaded -> loaded.programs().entrySet().stream())
        .forEach(program -> runs.put(program.getKey(), program.getValue().runs()));
    return runs;
  }

  /** Rewrites the value of the map {@code settings}. */
  public void settings(ByteBuffer value) {
    object.map(MapLayout.SETTINGS).update(ONLY_ENTRY, value);
  }

  /**
   * Sets a variable of 32 bits that the programs read each time.
   *
   * @param section of the object that it has for itself
   */
  public void variable(String section, int value) {
    object
        .map(section)
        .update(
            ONLY_ENTRY,
            ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(0, value));
  }

  /**
   * Has the programs capture the values of a header, if their variables say that there are any.
   *
   * @param header its name in lower case, of ASCII letters
   * @param number by which records have it
   * @param redacted whether its values are not to be read, only counted
   */
  public void capture(HeaderSide side, String header, int number, boolean redacted) {
    ByteBuffer value = captured(side, header);
    CapturedHeader.number(value, 0, number);
    CapturedHeader.redacted(value, 0, redacted ? 1 : 0);
    object.map(MapLayout.CAPTURED_NAMES).update(nameKey(value), value);
  }

  /** Has them capture it no longer; does nothing if they do not. */
  public void release(HeaderSide side, String header) {
    object.map(MapLayout.CAPTURED_NAMES).delete(nameKey(captured(side, header)));
  }

  private static ByteBuffer captured(HeaderSide side, String header) {
    byte[] text = header.getBytes(StandardCharsets.US_ASCII);
    if (text.length > CapturedName.LENGTH_TEXT) {
      throw new IllegalArgumentException("header " + header + " of " + text.length + " letters");
    }
    ByteBuffer value = ByteBuffer.allocate(CapturedHeader.SIZE).order(ByteOrder.nativeOrder());
    value.put(CapturedHeader.OFFSET_NAME + CapturedName.OFFSET_TEXT, text);
    CapturedName.side(value, CapturedHeader.OFFSET_NAME, side.value());
    return value;
  }

  private static ByteBuffer nameKey(ByteBuffer captured) {
    int name = CapturedHeader.OFFSET_NAME;
    long hash = 0;
    for (int at = name; at < name + CapturedName.SIZE; at += Long.BYTES) {
      hash = Long.rotateLeft((hash ^ captured.getLong(at)) * NAME_HASH, Integer.SIZE);
    }
    ByteBuffer key = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
    key.putLong(0, hash);
    return key;
  }

  /** A new reader of the ring; to be closed before this, and to be the only one. */
  public RingReader ring() {
    return new RingReader(object.map(MapLayout.RING));
  }

  /**
   * Has the kernel tell of births, executions and ends from now on.
   *
   * @return what it does not tell of, and why
   */
  public List<BpfException> watchProcesses() {
    List<BpfException> failures = new ArrayList<>();
    for (String name : PROCESS_PROGRAMS) {
      object
          .program(name)
          .ifPresent(
              program -> {
                try {
                  processLinks.add(TracepointAttacher.attach(program));
                } catch (BpfException e) {
                  failures.add(e);
                }
              });
    }
    return failures;
  }

  /**
   * Puts the probes of a plan into the executable it was made for. A row that cannot be attached
   * costs itself and what requires it, see {@link Attachment#refusals}.
   *
   * @param binary a number for it that no other has, above 0: records carry it
   * @param file the attachment's from now on, also if this throws
   * @throws BpfException if no row can be attached
   */
  public Attachment attach(int binary, ProbePlan plan, ExecutableFile file) {
    return Attachment.make(this, binary, plan, file);
  }

  /**
   * Which inode a file's pages come from, and its probes go to, as long as the file is open. For
   * the file of an overlay it is that of a layer, which other overlays may share.
   *
   * @return empty if this kernel does not tell
   * @throws IOException if the file cannot be mapped
   */
  public OptionalLong inode(ExecutableFile file) throws IOException {
    Optional<BpfProgram> program = object.program(MAPPED_INODE);
    if (program.isEmpty()) {
      return OptionalLong.empty();
    }
    ByteBuffer mapped = ByteBuffer.allocate(MappedFile.SIZE).order(ByteOrder.nativeOrder());
    file.withMapping(
        address -> {
          MappedFile.address(mapped, 0, address);
          program.get().run(mapped);
        });
    long inode = MappedFile.inode(mapped, 0);
    return inode == 0 ? OptionalLong.empty() : OptionalLong.of(inode);
  }

  /** Tells the programs what they have to know of a binary, each library's in its map. */
  void layouts(int binary, ProbePlan plan) {
    Map<MapLayout, byte[]> told = plan.layouts();
    layouts.forEach(
        (map, values) -> {
          byte[] value = told.get(map);
          if (value == null) {
            values.delete(binary);
          } else {
            values.update(binary, ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()));
          }
        });
  }

  /** Without its layouts, the programs do nothing when they are hit in a binary. */
  void removeLayouts(int binary) {
    layouts.values().forEach(map -> map.delete(binary));
  }

  BpfProgram program(String name) {
    return objects()
        .flatMap(loaded -> loaded.program(name).stream())
        .findAny()
        .orElseThrow(
            () ->
                new BpfException(
                    "attaching program " + name,
                    0,
                    "",
                    "the kernel refused it when it was loaded, see above"));
  }

  @Override
  public void trace(int pid, int binary) {
    ByteBuffer traced = ByteBuffer.allocate(TracedProcess.SIZE).order(ByteOrder.nativeOrder());
    TracedProcess.tgid(traced, 0, pid);
    TracedProcess.binary(traced, 0, binary);
    if (program(TRACE_PROCESS).run(traced) == 0) {
      ByteBuffer value = process();
      Process.flags(value, 0, ProcessFlag.PROCESS_TRACED.value());
      Process.binary(value, 0, binary);
      processes.update(pid, value);
    }
    callsBeforeTracing.traced(pid);
  }

  @Override
  public void follow(int pid) {
    ByteBuffer value = process();
    Process.flags(
        value, 0, ProcessFlag.PROCESS_TRACED.value() | ProcessFlag.PROCESS_FOLLOW_CHILDREN.value());
    followsAny = true;
    processes.update(pid, value);
  }

  @Override
  public boolean followsAny() {
    return followsAny;
  }

  /** Whether hits of the process count. */
  public boolean traces(int pid) {
    return processes.lookup(pid, process());
  }

  @Override
  public boolean follows(int pid) {
    ByteBuffer value = process();
    return processes.lookup(pid, value)
        && (Process.flags(value, 0) & ProcessFlag.PROCESS_FOLLOW_CHILDREN.value()) != 0;
  }

  private static ByteBuffer process() {
    return ByteBuffer.allocate(Process.SIZE).order(ByteOrder.nativeOrder());
  }

  @Override
  public void untrace(int pid) {
    processes.delete(pid);
  }

  @Override
  public long sweep(int pid) {
    rooms.delete(pid);
    return sweep(pid, key -> true, (key, spans) -> true, swept);
  }

  @Override
  public long sweepBefore(int pid, int execId) {
    // Of the exec id, call keys have but the low half.
    return sweep(
        pid,
        key -> (short) CallKey.execId(key, 0) != (short) execId,
        (key, spans) -> GoroutineKey.execId(key, 0) != execId,
        swept);
  }

  @Override
  public long drop(int pid) {
    rooms.delete(pid);
    return sweep(pid, key -> true, (key, spans) -> true, unwanted);
  }

  @Override
  public long drop(int pid, Set<RecordType> types) {
    Set<Integer> values = types.stream().map(RecordType::value).collect(Collectors.toSet());
    boolean callsStay = tracesCalls(pid);
    // What is left of the process's share is taken to be free, as after its first hit.
    rooms.delete(pid);
    return sweep(
        pid,
        key -> values.contains(CallKey.type(key, 0)),
        (goroutine, spans) -> !callsStay || hasOneOf(spans, values),
        unwanted);
  }

  /** Whether programs ask in which spans a process's goroutines are. */
  private boolean tracesCalls(int pid) {
    ByteBuffer process = process();
    ByteBuffer layout = ByteBuffer.allocate(RuntimeLayout.SIZE).order(ByteOrder.nativeOrder());
    return processes.lookup(pid, process)
        && layouts.get(MapLayout.RUNTIME_LAYOUT).lookup(Process.binary(process, 0), layout)
        && RuntimeLayout.calls(layout, 0) != 0;
  }

  private static boolean hasOneOf(ByteBuffer spans, Set<Integer> types) {
    int depth = Math.min(ActiveSpans.depth(spans, 0), ActiveSpans.LENGTH_SPANS);
    return IntStream.range(0, depth)
        .map(i -> ActiveSpan.type(spans, ActiveSpans.OFFSET_SPANS + i * ActiveSpan.SIZE))
        .anyMatch(types::contains);
  }

  private long sweep(
      int pid,
      Predicate<ByteBuffer> whichCalls,
      BiPredicate<ByteBuffer, ByteBuffer> whichGoroutines,
      LongAdder[] reason) {
    long[] dropped = {0};
    for (BpfMap calls : openCalls) {
      calls.forEach(
          (key, value) -> {
            if (CallKey.tgid(key, 0) == pid && whichCalls.test(key) && calls.delete(key)) {
              reason[CallKey.type(key, 0)].increment();
              dropped[0]++;
            }
          });
    }
    active.forEach(
        (key, value) -> {
          if (GoroutineKey.tgid(key, 0) == pid && whichGoroutines.test(key, value)) {
            active.delete(key);
          }
        });
    return dropped[0];
  }

  /** What the programs have counted until now, of a type of record, summed over the processors. */
  public long count(RecordType type, Counter counter) {
    return counters.perCpuSum(Counters.index(type, counter));
  }

  /** What processes called before they were traced. */
  public CallsBeforeTracing callsBeforeTracing() {
    return callsBeforeTracing;
  }

  /** What traced processes called that became no record. */
  public CallsWithoutRecord callsWithoutRecord() {
    return callsWithoutRecord;
  }

  /** Calls of a type of record that {@link #sweep} has dropped until now. */
  public long swept(RecordType type) {
    return swept[type.value()].sum();
  }

  /** Calls of a type of record that {@link #drop} has dropped until now. */
  public long unwanted(RecordType type) {
    return unwanted[type.value()].sum();
  }

  /**
   * Calls that have begun and not ended, by the value of their record type. Looks at each: ask
   * seldom.
   */
  public long[] openCalls() {
    long[] open = new long[swept.length];
    openCalls.forEach(calls -> calls.forEach((key, value) -> open[CallKey.type(key, 0)]++));
    return open;
  }

  /** The same by process. */
  public Map<Integer, Long> openCallsByProcess() {
    Map<Integer, Long> open = new HashMap<>();
    openCalls.forEach(
        calls -> calls.forEach((key, value) -> open.merge(CallKey.tgid(key, 0), 1L, Long::sum)));
    return open;
  }

  /** Goroutines that are in a span, recorded or not. Looks at each. */
  public long activeGoroutines() {
    long[] goroutines = {0};
    active.forEach((key, value) -> goroutines[0]++);
    return goroutines[0];
  }

  /** Removes the programs from the kernel; attachments and the ring's reader are closed before. */
  @Override
  public synchronized void close() {
    BpfLink.closeAll(processLinks);
    further.forEach(BpfObject::close);
    object.close();
  }
}
