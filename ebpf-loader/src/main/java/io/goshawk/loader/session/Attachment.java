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

  private final List<RefusedRow> refusals = new ArrayList<>();

  private record AttachedRow(PlannedRow row, List<BpfLink> links) {}

  /** A row that the kernel did not let us attach. */
  public record RefusedRow(PlannedRow row, BpfException reason) {}

  private Attachment(TracingSession session, int binary, ExecutableFile file) {
    this.session = session;
    this.binary = binary;
    this.file = file;
  }

  static Attachment make(TracingSession session, int binary, ProbePlan plan, ExecutableFile file) {
    Attachment attachment = new Attachment(session, binary, file);
    try {
      session.layouts(binary, plan);
      for (PlannedRow row : plan.rows()) {
        if (row.isOn() && attachment.rows.keySet().containsAll(row.row().requires())) {
          attachment.attach(row);
        }
      }
      if (attachment.rows.isEmpty() && !attachment.refusals.isEmpty()) {
        throw attachment.refusals.get(0).reason();
      }
      return attachment;
    } catch (RuntimeException e) {
      attachment.close();
      throw e;
    }
  }

  private void attach(PlannedRow row) {
    try {
      rows.put(row.row().name(), new AttachedRow(row, links(row)));
    } catch (BpfException e) {
      refusals.add(new RefusedRow(row, e));
    }
  }

  /** All probes of a row or none; ends first, so that no span starts whose end would be missed. */
  private List<BpfLink> links(PlannedRow row) {
    List<BpfLink> links = new ArrayList<>();
    List<Site> sites = new ArrayList<>(row.sites());
    sites.sort(Comparator.comparing(site -> site.point().role() == Role.START));
    try {
      for (Site site : sites) {
        long cookie = Integer.toUnsignedLong(binary) | (long) site.variant() << 32;
        links.add(
            UprobeAttacher.attach(
                session.program(site.program()),
                file.path(),
                new long[] {site.fileOffset()},
                cookie));
      }
      return links;
    } catch (BpfException e) {
      BpfLink.closeAll(links);
      throw e;
    }
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
      out.links.addAll(links(out.row));
    }
  }

  /** Takes the probes of a row out; does nothing if they are not there. */
  public void detachRow(String row) {
    AttachedRow in = rows.get(row);
    if (in != null) {
      BpfLink.closeAll(in.links);
      in.links.clear();
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
    long[] offsets =
        rows.values().stream()
            .flatMap(row -> row.row.sites().stream())
            .mapToLong(Site::fileOffset)
            .distinct()
            .toArray();
    BpfLink.closeAll(rows.values().stream().flatMap(row -> row.links.stream()).toList());
    rows.clear();
    return new Leaving(file, offsets);
  }

  /** Takes all probes out and waits until they have left. */
  @Override
  public void close() {
    detach().await();
  }
}
