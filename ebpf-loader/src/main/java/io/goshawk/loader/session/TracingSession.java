// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.session;

import io.goshawk.abi.AbiLimit;
import io.goshawk.abi.CallKey;
import io.goshawk.abi.Counter;
import io.goshawk.abi.Counters;
import io.goshawk.abi.GoroutineKey;
import io.goshawk.abi.MapLayout;
import io.goshawk.abi.MappedFile;
import io.goshawk.abi.Process;
import io.goshawk.abi.ProcessFlag;
import io.goshawk.abi.ProgramObject;
import io.goshawk.abi.RecordType;
import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.bpf.BpfLink;
import io.goshawk.loader.bpf.BpfMap;
import io.goshawk.loader.bpf.BpfObject;
import io.goshawk.loader.bpf.BpfProgram;
import io.goshawk.loader.bpf.ObjectOptions;
import io.goshawk.loader.bpf.Refusal;
import io.goshawk.loader.bpf.TracepointAttacher;
import io.goshawk.loader.file.ExecutableFile;
import io.goshawk.loader.probe.ProbeCatalogue;
import io.goshawk.loader.probe.ProbePlan;
import io.goshawk.loader.ring.RingReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntPredicate;

/** Our programs and maps in the kernel, from their loading to their end. */
public final class TracingSession implements TracedProcesses, AutoCloseable {

  /** What tells of the life of processes. */
  private static final List<String> PROCESS_PROGRAMS =
      List.of("process_fork", "process_exec", "process_exit");

  private static final String MAPPED_INODE = "mapped_inode";

  /** One map for each size of calls. */
  private static final List<MapLayout> OPEN_CALLS =
      List.of(MapLayout.OPEN_SHORT, MapLayout.OPEN_MEDIUM, MapLayout.OPEN_LONG);

  private static final int ONLY_ENTRY = 0;

  private final BpfObject object;
  private final BpfMap processes;
  private final Map<MapLayout, BpfMap> layouts = new EnumMap<>(MapLayout.class);
  private final List<BpfMap> openCalls;
  private final BpfMap active;
  private final BpfMap rooms;
  private final BpfMap counters;
  private final List<BpfLink> processLinks = new ArrayList<>();

  /** Calls that a sweep has dropped, by the value of their record type. */
  private final LongAdder[] swept = new LongAdder[AbiLimit.RECORD_SPANS_END.value()];

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
    Arrays.setAll(swept, type -> new LongAdder());
  }

  /**
   * Loads all programs that the kernel takes, see {@link #refusals}.
   *
   * @param settings value of the map of that name
   * @throws BpfException if nothing can be loaded at all
   */
  public static TracingSession load(ObjectOptions options, ByteBuffer settings) {
    BpfObject object = BpfObject.open(ProgramObject.bytes(), options);
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

  /** The programs that the kernel did not take, and why. */
  public List<Refusal> refusals() {
    return object.refusals();
  }

  /** The names of those that it took. */
  public Set<String> programs() {
    return object.programs().keySet();
  }

  /** Rewrites the value of the map {@code settings}. */
  public void settings(ByteBuffer value) {
    object.map(MapLayout.SETTINGS).update(ONLY_ENTRY, value);
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
    plan.layouts()
        .forEach(
            (map, value) ->
                layouts
                    .get(map)
                    .update(binary, ByteBuffer.wrap(value).order(ByteOrder.nativeOrder())));
  }

  /** Without its layouts, the programs do nothing when they are hit in a binary. */
  void removeLayouts(int binary) {
    layouts.values().forEach(map -> map.delete(binary));
  }

  BpfProgram program(String name) {
    return object
        .program(name)
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
    ByteBuffer known = process();
    processes.lookup(pid, known);
    // What the programs write they write again; what is read of it may be old by the time it is
    // written.
    ByteBuffer value = process();
    Process.flags(value, 0, Process.flags(known, 0) | ProcessFlag.PROCESS_TRACED.value());
    Process.binary(value, 0, binary);
    processes.update(pid, value);
  }

  @Override
  public void follow(int pid) {
    ByteBuffer value = process();
    Process.flags(
        value, 0, ProcessFlag.PROCESS_TRACED.value() | ProcessFlag.PROCESS_FOLLOW_CHILDREN.value());
    processes.update(pid, value);
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
  public void sweep(int pid) {
    rooms.delete(pid);
    sweep(pid, execId -> true);
  }

  @Override
  public void sweepBefore(int pid, int execId) {
    sweep(pid, other -> (short) other != (short) execId);
  }

  /** Of the exec id, call keys have but the low half. */
  private void sweep(int pid, IntPredicate execIds) {
    for (BpfMap calls : openCalls) {
      calls.forEach(
          (key, value) -> {
            if (CallKey.tgid(key, 0) == pid
                && execIds.test(CallKey.execId(key, 0))
                && calls.delete(key)) {
              swept[CallKey.type(key, 0)].increment();
            }
          });
    }
    active.forEach(
        (key, value) -> {
          if (GoroutineKey.tgid(key, 0) == pid && execIds.test(GoroutineKey.execId(key, 0))) {
            active.delete(key);
          }
        });
  }

  /** What the programs have counted until now, of a type of record, summed over the processors. */
  public long count(RecordType type, Counter counter) {
    return counters.perCpuSum(Counters.index(type, counter));
  }

  /** Calls of a type of record that {@link #sweep} has dropped until now. */
  public long swept(RecordType type) {
    return swept[type.value()].sum();
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

  /** Goroutines that are in a span, recorded or not. Looks at each. */
  public long activeGoroutines() {
    long[] goroutines = {0};
    active.forEach((key, value) -> goroutines[0]++);
    return goroutines[0];
  }

  /** Removes the programs from the kernel; attachments and the ring's reader are closed before. */
  @Override
  public void close() {
    BpfLink.closeAll(processLinks);
    object.close();
  }
}
