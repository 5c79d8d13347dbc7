package io.goshawk.collector.agent;

import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.bpf.BpfLink;
import io.goshawk.loader.bpf.BpfProgram;
import io.goshawk.loader.bpf.UprobeAttacher;
import io.goshawk.loader.go.BuildInfo;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.go.GoExecutables;
import io.goshawk.loader.go.OpenResult;
import io.goshawk.loader.kernel.KernelClocks;
import io.goshawk.loader.probe.PlannedRow;
import io.goshawk.loader.probe.ProbePlan;
import io.goshawk.loader.probe.ProbePlanner;
import io.goshawk.loader.probe.Role;
import io.goshawk.loader.probe.Site;
import io.goshawk.loader.target.BinaryIdentity;
import io.goshawk.spans.resource.TargetProcess.GoBuild;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Attaches what the planner plans. A row that cannot be attached costs what needs it, no more. */
final class PlannedProbes implements BinaryProbes {

  private static final Logger LOG = Logger.getLogger(PlannedProbes.class.getName());

  private final KernelPrograms programs;
  private final TargetDirectory directory;
  private final Map<TracedBinary, Attachment> attachments = new HashMap<>();
  private int lastId;

  /** The links of a binary; those of its detachable rows apart, by the row's name. */
  private record Attachment(List<BpfLink> links, Map<String, Detachable> detachable) {}

  /** The links of a detachable row, none while it is out, with what puts them back. */
  private record Detachable(PlannedRow row, List<BpfLink> links) {}

  PlannedProbes(KernelPrograms programs, TargetDirectory directory) {
    this.programs = programs;
    this.directory = directory;
  }

  @Override
  public Outcome attach(Path path, String name, BinaryIdentity identity) {
    OpenResult result = GoExecutables.open(path);
    if (result instanceof OpenResult.Opened opened) {
      try (GoExecutable executable = opened.executable()) {
        return attach(path, name, identity, executable);
      }
    }
    if (result instanceof OpenResult.NotGo notGo) {
      return new Outcome.Impossible("no Go program that can be traced: " + notGo.reason(), false);
    }
    if (result instanceof OpenResult.Malformed malformed) {
      return new Outcome.Impossible(
          "its binary is damaged at offset %d: %s; build it again"
              .formatted(malformed.offset(), malformed.reason()),
          true);
    }
    return new Outcome.Impossible(((OpenResult.Unreadable) result).reason(), false);
  }

  private Outcome attach(Path path, String name, BinaryIdentity identity, GoExecutable executable) {
    ProbePlan plan = ProbePlanner.plan(executable);
    if (!plan.tracesAnything()) {
      return nothing(plan);
    }
    TracedBinary binary =
        new TracedBinary(
            ++lastId,
            identity,
            name,
            executable.architecture().name().toLowerCase(Locale.ROOT),
            build(executable),
            plan.typeNames());
    try {
      requireStill(path, identity);
      programs.layouts(binary.id(), plan.layouts());
      directory.add(binary);
      Attachment attachment = attach(path, binary, plan);
      attachments.put(binary, attachment);
      return new Outcome.Attached(binary);
    } catch (BpfException | IOException e) {
      directory.remove(binary);
      programs.removeLayouts(binary.id());
      return new Outcome.Impossible(String.valueOf(e.getMessage()), true);
    }
  }

  /** What was analysed must be what gets the probes; a path may lead elsewhere meanwhile. */
  private static void requireStill(Path path, BinaryIdentity identity) throws IOException {
    if (!BinaryIdentity.of(path).equals(identity)) {
      throw new IOException("the binary was replaced while it was looked at; try again");
    }
  }

  private Attachment attach(Path path, TracedBinary binary, ProbePlan plan) {
    List<BpfLink> links = new ArrayList<>();
    Map<String, Detachable> detachable = new HashMap<>();
    Set<String> attached = new HashSet<>();
    BpfException last = null;
    for (PlannedRow row : plan.rows()) {
      if (!row.isOn() || !attached.containsAll(row.row().requires())) {
        logOff(binary, row);
        continue;
      }
      try {
        if (row.row().detachable()) {
          detachable.put(row.row().name(), new Detachable(row, attach(path, binary, row)));
        } else {
          links.addAll(attach(path, binary, row));
        }
        attached.add(row.row().name());
      } catch (BpfException e) {
        last = e;
        LOG.warning(
            () -> "%s: %s: %s".formatted(binary.name(), row.row().without(), e.getMessage()));
      }
    }
    if (attached.isEmpty() && last != null) {
      throw last;
    }
    binary.detachableRows().stream()
        .filter(row -> detachable.containsKey(row.name()))
        .forEach(row -> row.attached(KernelClocks.monotonicNanos()));
    return new Attachment(links, detachable);
  }

  private static void logOff(TracedBinary binary, PlannedRow row) {
    if (row.state() instanceof PlannedRow.Off off && off.cause() == PlannedRow.Cause.UNSUPPORTED) {
      LOG.warning(() -> "%s: %s: %s".formatted(binary.name(), row.row().without(), off.reason()));
    }
  }

  /** All probes of a row or none; ends first, so that no span starts whose end would be missed. */
  private List<BpfLink> attach(Path path, TracedBinary binary, PlannedRow row) {
    List<BpfLink> links = new ArrayList<>();
    List<Site> sites = new ArrayList<>(row.sites());
    sites.sort(Comparator.comparing(site -> site.point().role() == Role.START));
    try {
      for (Site site : sites) {
        links.add(attach(path, binary, site));
      }
      return links;
    } catch (BpfException e) {
      links.forEach(BpfLink::close);
      throw e;
    }
  }

  private BpfLink attach(Path path, TracedBinary binary, Site site) {
    BpfProgram program =
        programs
            .program(site.program())
            .orElseThrow(
                () ->
                    new BpfException(
                        "attaching program " + site.program(),
                        0,
                        "",
                        "the kernel refused it when it was loaded, see above"));
    long cookie = Integer.toUnsignedLong(binary.id()) | (long) site.variant() << 32;
    return UprobeAttacher.attach(program, path, new long[] {site.fileOffset()}, cookie);
  }

  @Override
  public void detach(TracedBinary binary) {
    Attachment attachment = attachments.remove(binary);
    if (attachment != null) {
      // Without a layout a program returns at once; the breakpoints are gone only some time later.
      programs.removeLayouts(binary.id());
      attachment.detachable.values().forEach(row -> row.links.forEach(BpfLink::close));
      attachment.links.forEach(BpfLink::close);
      directory.remove(binary);
    }
  }

  @Override
  public void attachRow(TracedBinary binary, DetachableRow row, Path path) {
    Optional<Detachable> detachable = detachable(binary, row);
    if (detachable.isEmpty() || !detachable.get().links.isEmpty()) {
      return;
    }
    try {
      requireStill(path, binary.identity());
      detachable.get().links.addAll(attach(path, binary, detachable.get().row));
      row.attached(KernelClocks.monotonicNanos());
      LOG.fine(() -> "the probes of " + row.name() + " are back in " + binary);
    } catch (BpfException | IOException e) {
      LOG.log(Level.FINE, "the probes of " + row.name() + " could not be put back", e);
    }
  }

  @Override
  public void detachRow(TracedBinary binary, DetachableRow row) {
    detachable(binary, row)
        .ifPresent(
            detachable -> {
              detachable.links.forEach(BpfLink::close);
              detachable.links.clear();
              row.detached();
              LOG.fine(() -> "the probes of " + row.name() + " have left " + binary);
            });
  }

  private Optional<Detachable> detachable(TracedBinary binary, DetachableRow row) {
    return Optional.ofNullable(attachments.get(binary))
        .map(attachment -> attachment.detachable.get(row.name()));
  }

  private static Outcome nothing(ProbePlan plan) {
    return plan.rows().stream()
        .map(PlannedRow::state)
        .filter(PlannedRow.Off.class::isInstance)
        .map(PlannedRow.Off.class::cast)
        .min(Comparator.comparing(PlannedProbes::isAbsent))
        .map(off -> new Outcome.Impossible(off.reason(), !isAbsent(off)))
        .orElseGet(() -> new Outcome.Impossible("there is nothing in it to trace", false));
  }

  private static boolean isAbsent(PlannedRow.Off off) {
    return off.cause() == PlannedRow.Cause.ABSENT;
  }

  private static GoBuild build(GoExecutable executable) {
    BuildInfo info = executable.buildInfo();
    Map<String, String> settings = new HashMap<>();
    info.settings()
        .forEach(
            (key, value) -> {
              if (key.startsWith("vcs.")) {
                settings.put(key, value);
              }
            });
    return new GoBuild(
        executable.version().text(),
        info.path(),
        info.main().path(),
        info.main().version(),
        settings);
  }
}
