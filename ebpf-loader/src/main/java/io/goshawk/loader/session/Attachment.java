// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.session;

import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.bpf.BpfLink;
import io.goshawk.loader.bpf.UprobeAttacher;
import io.goshawk.loader.file.ExecutableFile;
import io.goshawk.loader.probe.PlannedRow;
import io.goshawk.loader.probe.ProbePlan;
import io.goshawk.loader.probe.Role;
import io.goshawk.loader.probe.Site;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The probes of a plan in one executable, and the file itself: while they are in it, it stays open,
 * and leased if it was. Belongs to one thread.
 */
public final class Attachment implements AutoCloseable {

  private final TracingSession session;
  private final int binary;
  private final ExecutableFile file;

  /** By name, those that could be attached; without links while a row is out. */
  private final Map<String, AttachedRow> rows = new LinkedHashMap<>();

  /** Those that another plan has not, whose probes at ends are still there. */
  private final Map<String, AttachedRow> going = new LinkedHashMap<>();

  private final List<RefusedRow> refusals = new ArrayList<>();
  private ProbePlan plan;

  private record AttachedRow(PlannedRow row, List<ProbeLink> links) {
    List<BpfLink> all() {
      return links.stream().map(ProbeLink::link).toList();
    }

    /** Takes some of its probes out. */
    void close(Predicate<Site> which) {
      BpfLink.closeAll(
          links.stream().filter(link -> which.test(link.site)).map(ProbeLink::link).toList());
      links.removeIf(link -> which.test(link.site));
    }
  }

  private record ProbeLink(Site site, BpfLink link) {}

  /** A row that the kernel did not let us attach. */
  public record RefusedRow(PlannedRow row, BpfException reason) {}

  private Attachment(TracingSession session, int binary, ProbePlan plan, ExecutableFile file) {
    this.session = session;
    this.binary = binary;
    this.plan = plan;
    this.file = file;
  }

  static Attachment make(TracingSession session, int binary, ProbePlan plan, ExecutableFile file) {
    Attachment attachment = new Attachment(session, binary, plan, file);
    try {
      session.prepare(plan);
      session.layouts(binary, plan);
      attachment.attachMissing();
      if (attachment.rows.isEmpty() && !attachment.refusals.isEmpty()) {
        throw attachment.refusals.get(0).reason();
      }
      return attachment;
    } catch (RuntimeException e) {
      attachment.close();
      throw e;
    }
  }

  private void attachMissing() {
    for (PlannedRow row : plan.rows()) {
      if (row.isOn()
          && !rows.containsKey(row.row().name())
          && rows.keySet().containsAll(row.row().requires())) {
        attach(row);
      }
    }
  }

  private void attach(PlannedRow row) {
    try {
      rows.put(row.row().name(), new AttachedRow(row, links(row, site -> true)));
    } catch (BpfException e) {
      refusals.add(new RefusedRow(row, e));
    }
  }

  /** All probes of a row or none; ends first, so that no span starts whose end would be missed. */
  private List<ProbeLink> links(PlannedRow row, Predicate<Site> which) {
    List<ProbeLink> links = new ArrayList<>();
    List<Site> sites = new ArrayList<>(row.sites());
    sites.removeIf(which.negate());
    sites.sort(Comparator.comparing(Attachment::begins));
    try {
      for (Site site : sites) {
        long cookie = Integer.toUnsignedLong(binary) | (long) site.variant() << 32;
        links.add(
            new ProbeLink(
                site,
                UprobeAttacher.attach(
                    session.program(site.program()),
                    file.path(),
                    new long[] {site.fileOffset()},
                    cookie)));
      }
      return links;
    } catch (BpfException e) {
      BpfLink.closeAll(links.stream().map(ProbeLink::link).toList());
      throw e;
    }
  }

  /** What it has, or is on the way to. */
  public ProbePlan plan() {
    return plan;
  }

  /**
   * Goes over to a plan of the same executable with other rows. Probes of rows that both have stay
   * as they are. Of a row that goes nothing begins any more; its other probes stay until {@link
   * #settle}, so that what has begun can end, and rows that come wait for that.
   *
   * @param next has, of the sites of a row, the same or none
   */
  public void change(ProbePlan next) {
    session.prepare(next);
    plan = next;
    Set<String> on =
        next.rows().stream()
            .filter(PlannedRow::isOn)
            .map(row -> row.row().name())
            .collect(Collectors.toSet());
    refusals.clear();
    List.copyOf(going.keySet()).stream().filter(on::contains).forEach(this::turnBack);
    List.copyOf(rows.keySet()).stream()
        .filter(name -> !on.contains(name))
        .forEach(name -> going.put(name, rows.remove(name)));
    going.values().forEach(row -> row.close(Attachment::begins));
    if (going.isEmpty()) {
      takeIn();
    }
  }

  /** A row that was to go stays: what has begun in it goes on. */
  private void turnBack(String name) {
    AttachedRow back = going.get(name);
    if (back.links.isEmpty()) {
      return; // its policy had taken it out: it comes anew, or not
    }
    try {
      back.links.addAll(links(back.row, Attachment::begins));
      going.remove(name);
      rows.put(name, back);
    } catch (BpfException e) {
      refusals.add(new RefusedRow(back.row, e));
    }
  }

  private static boolean begins(Site site) {
    return site.point().role() == Role.START;
  }

  private void takeIn() {
    session.layouts(binary, plan);
    attachMissing();
  }

  /** Whether rows are on their way out. */
  public boolean isChanging() {
    return !going.isEmpty();
  }

  /**
   * Takes out what is left of rows that go, and puts in what comes. What has begun in the former
   * and not ended by now is not seen to end.
   */
  public void settle() {
    if (going.isEmpty()) {
      return;
    }
    BpfLink.closeAll(going.values().stream().flatMap(row -> row.all().stream()).toList());
    going.clear();
    takeIn();
  }

  /** The number that its records carry. */
  public int binary() {
    return binary;
  }

  /** The executable. */
  public ExecutableFile file() {
    return file;
  }

  /** What the kernel refused. */
  public List<RefusedRow> refusals() {
    return List.copyOf(refusals);
  }

  /** Whether the probes of a row are there. */
  public boolean isAttached(String row) {
    AttachedRow attached = rows.get(row);
    return attached != null && !attached.links.isEmpty();
  }

  /**
   * Puts the probes of a row back; does nothing if they are there or never were.
   *
   * @throws BpfException if the kernel refuses
   */
  public void attachRow(String row) {
    AttachedRow out = rows.get(row);
    if (out != null && out.links.isEmpty()) {
      out.links.addAll(links(out.row, site -> true));
    }
  }

  /** Takes the probes of a row out; does nothing if they are not there. */
  public void detachRow(String row) {
    AttachedRow in = rows.get(row);
    if (in != null) {
      in.close(site -> true);
    }
  }

  /**
   * Takes all probes out: from now on they do nothing. The breakpoints leave the code some
   * milliseconds later, and whoever waits to write to the file goes on then.
   *
   * @return the wait for that; nothing of this attachment is left after it
   */
  public Leaving detach() {
    session.removeLayouts(binary);
    rows.putAll(going);
    going.clear();
    long[] offsets =
        rows.values().stream()
            .flatMap(row -> row.row.sites().stream())
            .mapToLong(Site::fileOffset)
            .distinct()
            .toArray();
    BpfLink.closeAll(rows.values().stream().flatMap(row -> row.all().stream()).toList());
    rows.clear();
    return new Leaving(file, offsets);
  }

  /** Takes all probes out and waits until they have left. */
  @Override
  public void close() {
    detach().await();
  }
}
