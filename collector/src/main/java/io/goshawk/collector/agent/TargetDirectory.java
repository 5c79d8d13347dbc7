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
import io.goshawk.spans.resource.TargetResource;
import io.opentelemetry.sdk.resources.Resource;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What the drain thread has to know of the targets: the resource of a process and the binary behind
 * a number. The control thread writes it.
 */
final class TargetDirectory implements TargetResources {

  private static final Logger LOG = Logger.getLogger(TargetDirectory.class.getName());

  /** How long a process that is gone is remembered: its last records may still be unread. */
  private static final long KEEP_NANOS = 10_000_000_000L;

  /** Processes remembered as gone before anybody knew them; then the memory starts anew. */
  private static final int MAX_MISSING = 1024;

  private final ProcessTable table;
  private final ResourceSettings settings;
  private final HostFacts host;
  private final LongSupplier nanoClock;
  private final Map<Integer, Entry> byPid = new ConcurrentHashMap<>();

  /** Gone before they were known: looked up once, not once for each of their records. */
  private final Set<Integer> missing = ConcurrentHashMap.newKeySet();

  private final AtomicBoolean saidUnread = new AtomicBoolean();
  private volatile @Nullable TracedBinary[] byId = new TracedBinary[16];

  /** A process; {@code endedNanos} is set once it is gone. */
  private record Entry(TargetProcess process, Resource resource, @Nullable Long endedNanos) {}

  TargetDirectory(ProcessTable table, ResourceSettings settings, LongSupplier nanoClock) {
    this.table = table;
    this.settings = settings;
    this.host = table.host();
    this.nanoClock = nanoClock;
  }

  /** A binary carries probes now, whose records have that number. */
  void add(int number, TracedBinary binary) {
    @Nullable TracedBinary[] next =
        Arrays.copyOf(byId, Math.max(byId.length, Integer.highestOneBit(number) * 2));
    next[number] = binary;
    byId = next;
  }

  /** The probes of that number are gone. */
  void remove(int number) {
    @Nullable TracedBinary[] next = byId.clone();
    next[number] = null;
    byId = next;
  }

  /** A process is traced now. */
  void started(TargetProcess process, TracedBinary binary) {
    byPid.put(process.pid(), new Entry(process, describe(process, binary), null));
    missing.remove(process.pid());
  }

  /** A process is gone, or runs another binary now. */
  void ended(TargetProcess process) {
    byPid.computeIfPresent(
        process.pid(),
        (pid, entry) ->
            entry.process.equals(process)
                ? new Entry(process, entry.resource, nanoClock.getAsLong())
                : entry);
  }

  /** Forgets the processes that are gone for a while. */
  void purge() {
    long now = nanoClock.getAsLong();
    byPid
        .values()
        .removeIf(entry -> entry.endedNanos != null && now - entry.endedNanos > KEEP_NANOS);
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

  /** The binary that a record came from. */
  @Nullable TracedBinary binary(int id) {
    @Nullable TracedBinary[] binaries = byId;
    return id >= 0 && id < binaries.length ? binaries[id] : null;
  }

  /**
   * Makes a process known that was born so recently that the control thread has not heard of it. On
   * the drain thread, before anything is made of the record.
   *
   * @param tgid the process that a record came from
   * @param id the binary that it came from
   * @return that binary; null if its probes are gone
   */
  @Nullable TracedBinary learn(int tgid, int id) {
    TracedBinary binary = binary(id);
    if (binary != null && !byPid.containsKey(tgid) && missing.add(tgid)) {
      if (table.find(tgid) instanceof ProcessLookup.Found found) {
        started(found.process(), binary);
      } else if (missing.size() > MAX_MISSING) {
        missing.clear();
      }
    }
    return binary;
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

  private Resource describe(TargetProcess process, TracedBinary binary) {
    ProcessFacts facts = table.facts(process);
    Environment environment = new Environment(facts.environment());
    ServiceSettings own = ServiceSettings.from(environment);
    facts.environmentMend().ifPresent(mend -> sayUnread(process, mend));
    environment
        .warnings()
        .forEach(warning -> LOG.warning(() -> "process " + process.pid() + ": " + warning));
    return TargetResource.of(
        new io.goshawk.spans.resource.TargetProcess(
            process.pid(),
            process.startTicks(),
            Instant.ofEpochMilli(facts.startEpochMillis()),
            host.bootId(),
            own.name(),
            own.attributes(),
            process.executable(),
            facts.commandLine().isEmpty() ? "" : facts.commandLine().get(0),
            facts.owner(),
            facts.containerId(),
            host.name(),
            binary.architecture(),
            binary.build()),
        settings);
  }
}
