package io.goshawk.collector.agent;

import io.goshawk.abi.AbiLimit;
import io.goshawk.abi.CallKey;
import io.goshawk.abi.Counters;
import io.goshawk.abi.GoroutineKey;
import io.goshawk.abi.MapLayout;
import io.goshawk.abi.Process;
import io.goshawk.abi.ProcessFlag;
import io.goshawk.abi.ProgramObject;
import io.goshawk.collector.ledger.KernelCounts;
import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.bpf.BpfLink;
import io.goshawk.loader.bpf.BpfMap;
import io.goshawk.loader.bpf.BpfObject;
import io.goshawk.loader.bpf.BpfProgram;
import io.goshawk.loader.bpf.ObjectOptions;
import io.goshawk.loader.bpf.Refusal;
import io.goshawk.loader.bpf.TracepointAttacher;
import io.goshawk.loader.kernel.PidNamespace;
import io.goshawk.loader.probe.ProbeCatalogue;
import io.goshawk.loader.ring.RingReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Our programs and maps, as they live in the kernel. Maps may be used from any thread; loading and
 * closing belong to the one that starts and stops the agent.
 */
final class KernelPrograms implements TracedProcesses, AutoCloseable {

  private static final Logger LOG = Logger.getLogger(KernelPrograms.class.getName());

  /** What tells of the life of processes; without one of them, the periodic scan has to do. */
  private static final List<String> PROCESS_PROGRAMS =
      List.of("process_fork", "process_exec", "process_exit");

  /**
   * Room for 12,000 records, an eighth of a second at 100,000 requests/s. What was once written of
   * it counts in our resident memory.
   */
  static final int RING_BYTES = 4 << 20;

  /** One map for each size of calls. */
  private static final List<MapLayout> OPEN_CALLS =
      List.of(MapLayout.OPEN_SHORT, MapLayout.OPEN_MEDIUM, MapLayout.OPEN_LONG);

  private static final int ONLY_ENTRY = 0;

  private final BpfObject object;
  private final BpfMap processes;
  private final Map<MapLayout, BpfMap> layouts = new EnumMap<>(MapLayout.class);
  private final BpfMap settings;
  private final List<BpfMap> openCalls;
  private final BpfMap active;
  private final BpfMap counters;
  private final List<BpfLink> processLinks = new ArrayList<>();

  /** Open calls removed from user space, by the value of their record type. */
  private final LongAdder[] swept = new LongAdder[AbiLimit.RECORD_SPANS_END.value()];

  private KernelPrograms(BpfObject object) {
    this.object = object;
    this.processes = object.map(MapLayout.PROCESSES);
    for (MapLayout map : ProbeCatalogue.standard().layoutMaps()) {
      layouts.put(map, object.map(map));
    }
    this.settings = object.map(MapLayout.SETTINGS);
    this.openCalls = OPEN_CALLS.stream().map(object::map).toList();
    this.active = object.map(MapLayout.ACTIVE);
    this.counters = object.map(MapLayout.COUNTERS);
    Arrays.setAll(swept, type -> new LongAdder());
  }

  /**
   * Loads everything and starts to watch the life of processes.
   *
   * @param settings value of the map of that name
   * @throws BpfException if nothing can be loaded at all, or too little to trace anything, or if
   *     process ids here are not those of {@code /proc}; a single program that the kernel refuses
   *     is a warning and costs what needs it
   */
  static KernelPrograms load(ByteBuffer settings) {
    BpfObject object =
        BpfObject.open(
            ProgramObject.bytes(),
            ObjectOptions.DEFAULT
                .withMapEntries(MapLayout.RING.mapName(), RING_BYTES)
                .withConstant(PidNamespace.SECTION, PidNamespace.own().forPrograms()));
    try {
      object.load();
      if (ProbeCatalogue.standard().rowsWith(object.programs().keySet()).isEmpty()) {
        throw object.refusals().get(0).reason();
      }
      for (Refusal refusal : object.refusals()) {
        LOG.warning(
            "the kernel refused program "
                + refusal.program()
                + ", what needs it stays off: "
                + refusal.reason().getMessage());
      }
      KernelPrograms programs = new KernelPrograms(object);
      programs.settings.update(ONLY_ENTRY, settings);
      programs.watchProcesses();
      return programs;
    } catch (RuntimeException e) {
      object.close();
      throw e;
    }
  }

  private void watchProcesses() {
    for (String name : PROCESS_PROGRAMS) {
      program(name)
          .ifPresent(
              program -> {
                try {
                  processLinks.add(TracepointAttacher.attach(program));
                } catch (BpfException e) {
                  LOG.log(Level.WARNING, "processes are only scanned for every few seconds", e);
                }
              });
    }
  }

  /** A program that was loaded. */
  Optional<BpfProgram> program(String name) {
    return object.program(name);
  }

  /** The reader of the ring; to be closed before this. */
  RingReader ring() {
    return new RingReader(object.map(MapLayout.RING));
  }

  /** Tells the programs what they have to know of a binary, each library's in its map. */
  void layouts(int binary, Map<MapLayout, byte[]> values) {
    values.forEach(
        (map, value) ->
            layouts.get(map).update(binary, ByteBuffer.wrap(value).order(ByteOrder.nativeOrder())));
  }

  /** Forgets a binary. */
  void removeLayouts(int binary) {
    layouts.values().forEach(map -> map.delete(binary));
  }

  @Override
  public void trace(int pid, boolean followChildren) {
    ByteBuffer value = ByteBuffer.allocate(Process.SIZE).order(ByteOrder.nativeOrder());
    int flags = ProcessFlag.PROCESS_TRACED.value();
    if (followChildren) {
      flags |= ProcessFlag.PROCESS_FOLLOW_CHILDREN.value();
    }
    Process.flags(value, 0, flags);
    processes.update(pid, value);
  }

  @Override
  public boolean follows(int pid) {
    ByteBuffer value = ByteBuffer.allocate(Process.SIZE).order(ByteOrder.nativeOrder());
    return processes.lookup(pid, value)
        && (Process.flags(value, 0) & ProcessFlag.PROCESS_FOLLOW_CHILDREN.value()) != 0;
  }

  @Override
  public void untrace(int pid) {
    processes.delete(pid);
  }

  @Override
  public void sweep(int pid) {
    for (BpfMap calls : openCalls) {
      calls.forEach(
          (key, value) -> {
            if (CallKey.tgid(key, 0) == pid && calls.delete(key)) {
              swept[CallKey.type(key, 0)].increment();
            }
          });
    }
    active.forEach(
        (key, value) -> {
          if (GoroutineKey.tgid(key, 0) == pid) {
            active.delete(key);
          }
        });
  }

  /** What the programs have counted until now; they may be at work. */
  KernelCounts counts() {
    return KernelCounts.read(
        (type, counter) -> counters.perCpuSum(Counters.index(type, counter)),
        type -> swept[type.value()].sum());
  }

  /** What they have counted once no probe is left, with the calls that stayed open. */
  KernelCounts countsAtRest() {
    long[] open = new long[swept.length];
    openCalls.forEach(calls -> calls.forEach((key, value) -> open[CallKey.type(key, 0)]++));
    return counts().withOpen(type -> open[type.value()]);
  }

  /** Stops watching the life of processes. */
  void stopWatching() {
    processLinks.forEach(BpfLink::close);
    processLinks.clear();
  }

  @Override
  public void close() {
    stopWatching();
    object.close();
  }
}
