// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.config.Environment;
import io.goshawk.config.ServiceSettings;
import io.goshawk.loader.target.HostFacts;
import io.goshawk.loader.target.ProcessFacts;
import io.goshawk.loader.target.ProcessLookup;
import io.goshawk.loader.target.ProcessTable;
import io.goshawk.loader.target.TargetProcess;
import io.goshawk.spans.TargetResources;
import io.goshawk.spans.resource.ResourceSettings;
import io.goshawk.spans.resource.TargetExecutable;
import io.goshawk.spans.resource.TargetResource;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.resources.Resource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What the drain thread has to know of the targets: the resource of a process and the binary behind
 * a number. The control thread writes it, and the drain thread what it learns of records.
 */
final class TargetDirectory implements TargetResources {

  private static final Logger LOG = Logger.getLogger(TargetDirectory.class.getName());

  /** How long what is gone is remembered: its last records may still be unread. */
  private static final long KEEP_NANOS = 10_000_000_000L;

  /** Processes known by their execution alone; what more there are is looked up if need be. */
  private static final int MAX_EXECUTED = 4096;

  private static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");

  private final ProcessTable table;
  private volatile ResourceSettings settings;
  private final HostFacts host;
  private final LongSupplier nanoClock;
  private final Map<Integer, Entry> byPid = new ConcurrentHashMap<>();

  private final AtomicBoolean saidUnread = new AtomicBoolean();
  private final Map<Integer, Numbered> byNumber = new ConcurrentHashMap<>();

  /**
   * A life of a process: from an execution, or from when it was first looked at.
   *
   * @param process as it is traced; null while nobody but the drain thread knows of it
   * @param execution that it began with; null if nobody told of that
   * @param binary that its records come from; null, as the resource is, before the first of them
   * @param endedNanos set once it is gone
   */
  private record Entry(
      @Nullable TargetProcess process,
      @Nullable Execution execution,
      @Nullable TracedBinary binary,
      @Nullable Resource resource,
      @Nullable Long endedNanos) {
    Entry endedAt(long nanos) {
      return new Entry(process, execution, binary, resource, nanos);
    }

    Entry as(Resource described) {
      return new Entry(process, execution, binary, described, endedNanos);
    }

    boolean isTraced() {
      return resource != null && endedNanos == null;
    }
  }

  /** A binary; {@code removedNanos} is set once its probes are gone. */
  private record Numbered(TracedBinary binary, @Nullable Long removedNanos) {}

  TargetDirectory(ProcessTable table, ResourceSettings settings, LongSupplier nanoClock) {
    this.table = table;
    this.settings = settings;
    this.host = table.host();
    this.nanoClock = nanoClock;
  }

  /**
   * Says other things of processes from now on, also of those that are traced. On the control
   * thread.
   */
  void say(ResourceSettings next) {
    settings = next;
    byPid.forEach(
        (pid, entry) -> {
          if (entry.isTraced() && entry.binary != null) {
            // Another life that begins meanwhile is described by what counts now anyway.
            byPid.replace(pid, entry, entry.as(describe(pid, entry, entry.binary)));
          }
        });
  }

  private Resource describe(int pid, Entry entry, TracedBinary binary) {
    if (entry.execution != null) {
      return describe(pid, entry.execution, binary);
    }
    return entry.process == null
        ? Objects.requireNonNull(entry.resource)
        : describe(table.facts(entry.process), binary);
  }

  /** A binary carries probes now, whose records have that number. */
  void add(int number, TracedBinary binary) {
    byNumber.put(number, new Numbered(binary, null));
  }

  /** The probes of that number are gone. */
  void remove(int number) {
    byNumber.computeIfPresent(
        number, (same, entry) -> new Numbered(entry.binary, nanoClock.getAsLong()));
  }

  /**
   * A process begins another life. On the drain thread, before anything is made of a record of it.
   */
  void executed(int pid, Execution execution) {
    byPid.put(pid, new Entry(null, execution, null, null, null));
  }

  /** A process is traced now. */
  void started(TargetProcess process, TracedBinary binary) {
    int pid = process.pid();
    boolean done = false;
    while (!done) {
      Entry before = byPid.get(pid);
      Entry after = taken(process, binary, before);
      done =
          before == null
              ? byPid.putIfAbsent(pid, after) == null
              : byPid.replace(pid, before, after);
    }
  }

  /**
   * What the drain thread knows of a life is of the newest, which whoever found it may not know.
   */
  private Entry taken(TargetProcess process, TracedBinary binary, @Nullable Entry before) {
    Execution execution = before == null ? null : before.execution;
    if (execution == null || execution.startTicks() != process.startTicks()) {
      return new Entry(process, null, binary, describe(table.facts(process), binary), null);
    }
    if (before.binary == binary) {
      return new Entry(process, execution, binary, before.resource, null);
    }
    return new Entry(process, execution, binary, describe(process.pid(), execution, binary), null);
  }

  /** A process is gone, or runs another binary now. */
  void ended(TargetProcess process) {
    byPid.computeIfPresent(
        process.pid(),
        (pid, entry) ->
            process.equals(entry.process) ? entry.endedAt(nanoClock.getAsLong()) : entry);
  }

  /** The process with that id is gone; also one that was only learnt of by the kernel's records. */
  void ended(int pid) {
    byPid.computeIfPresent(
        pid,
        (same, entry) -> {
          if (entry.resource == null) {
            return null; // none of its records is left either
          }
          return entry.endedNanos == null ? entry.endedAt(nanoClock.getAsLong()) : entry;
        });
  }

  /** Forgets what is gone for a while. */
  void purge() {
    long now = nanoClock.getAsLong();
    byPid.values().removeIf(entry -> isPast(entry.endedNanos, now));
    if (byPid.size() > MAX_EXECUTED) {
      byPid.values().removeIf(entry -> entry.resource == null);
    }
    byNumber.values().removeIf(entry -> isPast(entry.removedNanos, now));
  }

  private static boolean isPast(@Nullable Long goneNanos, long now) {
    return goneNanos != null && now - goneNanos > KEEP_NANOS;
  }

  /** Whether a process is traced, as far as is known here. */
  boolean isTraced(int pid) {
    Entry entry = byPid.get(pid);
    return entry != null && entry.isTraced();
  }

  @Override
  public @Nullable Resource resource(int tgid) {
    Entry entry = byPid.get(tgid);
    return entry == null ? null : entry.resource;
  }

  @Override
  public String typeName(int binary, long address) {
    TracedBinary traced = binary(binary);
    return traced == null ? "" : traced.typeName(address);
  }

  /** The processes that are traced now, and as what. From any thread. */
  List<TracedProcess> live() {
    List<TracedProcess> live = new ArrayList<>();
    byPid.forEach(
        (pid, entry) -> {
          TracedBinary binary = entry.binary;
          Resource resource = entry.resource;
          if (entry.endedNanos == null && binary != null && resource != null) {
            live.add(
                new TracedProcess(
                    pid,
                    String.valueOf(resource.getAttribute(SERVICE_NAME)),
                    entry.process == null ? binary.name() : entry.process.executable()));
          }
        });
    live.sort(Comparator.comparingInt(TracedProcess::pid));
    return live;
  }

  /** The binary that a record came from; null if its probes are gone for a while. */
  @Nullable TracedBinary binary(int number) {
    Numbered entry = byNumber.get(number);
    return entry == null ? null : entry.binary;
  }

  /**
   * Makes a process known that was born so recently that the control thread has not heard of it, or
   * whose life is over; if nothing told of that, as what its binary says. On the drain thread,
   * before anything is made of the record.
   *
   * @param tgid the process that a record came from
   * @param number that of the binary that it came from
   * @return that binary; null if its probes are gone for a while
   */
  @Nullable TracedBinary learn(int tgid, int number) {
    TracedBinary binary = binary(number);
    if (binary == null) {
      return null;
    }
    Entry entry = byPid.get(tgid);
    if (entry == null || entry.binary != binary) {
      learn(tgid, entry, binary);
    }
    return binary;
  }

  private void learn(int pid, @Nullable Entry before, TracedBinary binary) {
    if (before != null && before.execution != null) {
      Resource resource = describe(pid, before.execution, binary);
      byPid.replace(
          pid, before, new Entry(before.process, before.execution, binary, resource, null));
    } else if (before == null || before.process == null) {
      if (table.find(pid) instanceof ProcessLookup.Found found) {
        started(found.process(), binary);
      } else {
        byPid.put(pid, gone(pid, binary));
      }
    }
  }

  /** Remembered for a while, so that it is looked up once and not for each of its records. */
  private Entry gone(int pid, TracedBinary binary) {
    TargetExecutable executable =
        new TargetExecutable(binary.name(), binary.architecture(), binary.build());
    Resource resource = TargetResource.ofGone(pid, executable, host.name(), settings);
    return new Entry(null, null, binary, resource, nanoClock.getAsLong());
  }

  /** A warning for the first; where one may not be read, others may not either. */
  private void sayUnread(TargetProcess process, String mend) {
    LOG.log(
        saidUnread.getAndSet(true) ? Level.FINE : Level.WARNING,
        () ->
            "process "
                + process.pid()
                + ": its OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES may not be read; "
                + mend);
  }

  /** The resource of a life that began with an execution, which may be over. */
  private Resource describe(int pid, Execution execution, TracedBinary binary) {
    Optional<ProcessFacts> later =
        table.find(pid) instanceof ProcessLookup.Found found
                && found.process().startTicks() == execution.startTicks()
            ? Optional.of(table.facts(found.process()))
            : Optional.empty();
    if (later.filter(execution::agreesWith).isPresent()) {
      return describe(later.get(), binary);
    }
    return describe(
        pid,
        execution.startTicks(),
        execution.environment(),
        binary.name(),
        execution.command(),
        later.map(ProcessFacts::owner).orElse(Long.toString(execution.userId())),
        later.flatMap(ProcessFacts::containerId),
        binary);
  }

  private Resource describe(ProcessFacts facts, TracedBinary binary) {
    TargetProcess process = facts.process();
    facts.environmentMend().ifPresent(mend -> sayUnread(process, mend));
    return describe(
        process.pid(),
        process.startTicks(),
        facts.environment(),
        process.executable(),
        facts.commandLine().isEmpty() ? "" : facts.commandLine().get(0),
        facts.owner(),
        facts.containerId(),
        binary);
  }

  private Resource describe(
      int pid,
      long startTicks,
      Map<String, String> variables,
      String executable,
      String command,
      String owner,
      Optional<String> containerId,
      TracedBinary binary) {
    Environment environment = new Environment(variables);
    ServiceSettings own = ServiceSettings.from(environment);
    environment.warnings().forEach(warning -> LOG.warning(() -> "process " + pid + ": " + warning));
    return TargetResource.of(
        new io.goshawk.spans.resource.TargetProcess(
            pid,
            startTicks,
            Instant.ofEpochMilli(table.epochMillis(startTicks)),
            host.bootId(),
            own.name(),
            own.attributes(),
            executable,
            command,
            owner,
            containerId,
            host.name(),
            binary.architecture(),
            binary.build()),
        settings);
  }
}
