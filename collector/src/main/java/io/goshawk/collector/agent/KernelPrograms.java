// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.MapLayout;
import io.goshawk.collector.ledger.KernelCounts;
import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.bpf.ObjectOptions;
import io.goshawk.loader.bpf.Refusal;
import io.goshawk.loader.kernel.PidNamespace;
import io.goshawk.loader.session.TracingSession;
import io.goshawk.spans.headers.CapturedHeader;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/** What an agent asks of a session: how large, what it can do without, what is to be told. */
final class KernelPrograms {

  private static final Logger LOG = Logger.getLogger(KernelPrograms.class.getName());

  /**
   * Room for 12,000 records, an eighth of a second at 100,000 requests/s. What was once written of
   * it counts in our resident memory.
   */
  static final int RING_BYTES = 4 << 20;

  /** The sections that variables have for themselves. */
  private static final String SQL_SLOW = ".data.sql_slow";

  private static final String OPEN_SHARE = ".data.open_share";
  private static final String CAPTURED_SIDES = ".data.captured_sides";
  private static final String CAPTURED_LENGTHS = ".data.captured_lengths";

  private KernelPrograms() {}

  /**
   * Loads what is needed before there is anything to trace, and starts to watch the life of
   * processes.
   *
   * @param numbers gets those of the headers
   * @throws BpfException if nothing can be loaded at all, or if process ids here are not those of
   *     {@code /proc}; a single program that the kernel refuses is a warning and costs what needs
   *     it
   */
  static TracingSession load(KernelSettings settings, HeaderNumbers numbers) {
    TracingSession session =
        TracingSession.load(
            ObjectOptions.DEFAULT
                .withMapEntries(MapLayout.RING.mapName(), RING_BYTES)
                .withConstant(PidNamespace.SECTION, PidNamespace.own().forPrograms()),
            settings.value());
    try {
      tell(session, settings, List.of(), numbers);
      session.refusals().forEach(KernelPrograms::warn);
      for (BpfException failure : session.watchProcesses()) {
        LOG.log(Level.WARNING, "processes are only scanned for every few seconds", failure);
      }
      return session;
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  /**
   * Tells running programs something else.
   *
   * @param before the headers that were captured until now
   * @param numbers those of the headers, which stay theirs
   */
  static void tell(
      TracingSession session,
      KernelSettings settings,
      List<CapturedHeader> before,
      HeaderNumbers numbers) {
    session.settings(settings.value());
    session.variable(SQL_SLOW, settings.sqlSlow());
    session.variable(OPEN_SHARE, settings.openShare());
    List<CapturedHeader> headers = settings.headers();
    Set<String> kept = new HashSet<>();
    for (CapturedHeader header : headers) {
      kept.add(header.side() + header.name());
    }
    // First what goes, since there is room for no more than there may be.
    for (CapturedHeader header : before) {
      if (!kept.contains(header.side() + header.name())) {
        session.release(header.side(), header.name());
      }
    }
    for (CapturedHeader header : headers) {
      session.capture(header.side(), header.name(), numbers.of(header), header.redacted());
    }
    session.variable(CAPTURED_LENGTHS, settings.capturedLengths());
    session.variable(CAPTURED_SIDES, settings.capturedSides());
  }

  /** Says that the kernel did not take a program. */
  static void warn(Refusal refusal) {
    LOG.warning(
        "the kernel refused program "
            + refusal.program()
            + ", what needs it stays off: "
            + refusal.reason().getMessage());
  }

  /** What the programs have counted until now; they may be at work. */
  static KernelCounts counts(TracingSession session) {
    return KernelCounts.read(
        session::count, session::swept, session::unwanted, session.callsBeforeTracing()::count);
  }

  /** What they have counted once no probe is left, with the calls that stayed open. */
  static KernelCounts countsAtRest(TracingSession session) {
    long[] open = session.openCalls();
    return counts(session).withOpen(type -> open[type.value()]);
  }
}
