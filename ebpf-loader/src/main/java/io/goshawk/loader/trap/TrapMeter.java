// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.trap;

import io.goshawk.abi.ProgramObject;
import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.bpf.BpfLink;
import io.goshawk.loader.bpf.BpfObject;
import io.goshawk.loader.bpf.BpfProgram;
import io.goshawk.loader.bpf.ObjectOptions;
import io.goshawk.loader.bpf.ObjectOptions.Uprobes;
import io.goshawk.loader.bpf.ProgramStatistics;
import io.goshawk.loader.bpf.UprobeAttacher;
import io.goshawk.loader.probe.CostClass;
import java.io.IOException;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * Measures what traps take: how much longer a loop of our own takes while an instruction of it has
 * a probe, less what the kernel says that the probe's program took. The least of some rounds
 * counts, since whatever else a machine does only adds to it.
 */
public final class TrapMeter {
  static final int ROUNDS = 60;
  static final int HITS_A_ROUND = 20;

  /** Where the function of each class begins, and with it the instruction that gets a probe. */
  static final Map<CostClass, Integer> OFFSETS =
      new EnumMap<>(Map.of(CostClass.EMULATED, 0, CostClass.SINGLE_STEPPED, 16));

  /** Functions of amd64 that do something as often as their argument says. */
  static final byte[] CODE =
      HexFormat.ofDelimiter(" ")
          .parseHex(
              "55 5d" // push %rbp, pop %rbp
                  + " ff cf 75 fa c3" // dec %edi, jne to the push, ret
                  + " cc cc cc cc cc cc cc cc cc"
                  + " 89 f8" // mov %edi,%eax
                  + " ff cf 75 fa c3"); // dec %edi, jne to the mov, ret

  private TrapMeter() {}

  /**
   * Measures them, on this thread: some tens of milliseconds of CPU time, and as long as the kernel
   * takes to attach a probe and to take it away. No other process comes by the probe.
   *
   * @throws BpfException if the kernel refuses something that it takes
   * @throws IOException if it cannot be done here, or was measured wrongly
   */
  public static TrapPrices measure() throws IOException {
    return measure(Uprobes.BEST);
  }

  static TrapPrices measure(Uprobes way) throws IOException {
    if (!System.getProperty("os.arch").equals("amd64")) {
      throw new IOException("there is no code to measure for " + System.getProperty("os.arch"));
    }
    ObjectOptions options = ObjectOptions.DEFAULT.withUprobes(way);
    ProgramStatistics statistics = ProgramStatistics.on();
    try (OwnCode code = OwnCode.of(CODE);
        BpfObject object = BpfObject.open(ProgramObject::openEmpty, options).load()) {
      return measure(code, object.program("empty").orElseThrow());
    } finally {
      statistics.close();
    }
  }

  private static TrapPrices measure(OwnCode code, BpfProgram program) throws IOException {
    double emulated = -nanos(code, CostClass.EMULATED, program, 0);
    double stepped = -nanos(code, CostClass.SINGLE_STEPPED, program, 0);
    long[] sites = OFFSETS.values().stream().mapToLong(Integer::longValue).toArray();
    BpfLink link = UprobeAttacher.attach(program, code.path(), sites, 0);
    try {
      emulated += nanos(code, CostClass.EMULATED, program, HITS_A_ROUND);
      stepped += nanos(code, CostClass.SINGLE_STEPPED, program, HITS_A_ROUND);
    } finally {
      link.close();
    }
    if (emulated <= 0 || stepped <= 0) {
      throw new IOException("a loop with a probe took no longer than without");
    }
    return new TrapPrices(emulated, stepped, true);
  }

  /** What a turn of a loop takes, less what a program took of it. */
  private static double nanos(OwnCode code, CostClass cost, BpfProgram program, long runs)
      throws IOException {
    double least = Double.MAX_VALUE;
    ProgramStatistics.Runs before = program.runs();
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      code.call(OFFSETS.get(cost), HITS_A_ROUND);
      long nanos = System.nanoTime() - start;
      ProgramStatistics.Runs after = program.runs();
      ProgramStatistics.Runs since = after.since(before);
      if (since.runs() != runs) {
        throw new IOException(
            "%d hits were counted where %d were to be".formatted(since.runs(), runs));
      }
      least = Math.min(least, (double) (nanos - since.nanos()) / HITS_A_ROUND);
      before = after;
    }
    return least;
  }
}
