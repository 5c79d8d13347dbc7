// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.MapLayout;
import io.goshawk.collector.ledger.KernelCounts;
import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.bpf.ObjectOptions;
import io.goshawk.loader.bpf.Refusal;
import io.goshawk.loader.kernel.PidNamespace;
import io.goshawk.loader.probe.ProbeCatalogue;
import io.goshawk.loader.session.TracingSession;
import java.nio.ByteBuffer;
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

  private KernelPrograms() {}

  /**
   * Loads everything and starts to watch the life of processes.
   *
   * @param settings value of the map of that name
   * @throws BpfException if nothing can be loaded at all, or too little to trace anything, or if
   *     process ids here are not those of {@code /proc}; a single program that the kernel refuses
   *     is a warning and costs what needs it
   */
  static TracingSession load(ByteBuffer settings) {
    TracingSession session =
        TracingSession.load(
            ObjectOptions.DEFAULT
                .withMapEntries(MapLayout.RING.mapName(), RING_BYTES)
                .withConstant(PidNamespace.SECTION, PidNamespace.own().forPrograms()),
            settings);
    try {
      if (ProbeCatalogue.standard().rowsWith(session.programs()).isEmpty()) {
        throw session.refusals().get(0).reason();
      }
      for (Refusal refusal : session.refusals()) {
        LOG.warning(
            "the kernel refused program "
                + refusal.program()
                + ", what needs it stays off: "
                + refusal.reason().getMessage());
      }
      for (BpfException failure : session.watchProcesses()) {
        LOG.log(Level.WARNING, "processes are only scanned for every few seconds", failure);
      }
      return session;
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  /** What the programs have counted until now; they may be at work. */
  static KernelCounts counts(TracingSession session) {
    return KernelCounts.read(session::count, session::swept);
  }

  /** What they have counted once no probe is left, with the calls that stayed open. */
  static KernelCounts countsAtRest(TracingSession session) {
    long[] open = session.openCalls();
    return counts(session).withOpen(type -> open[type.value()]);
  }
}
