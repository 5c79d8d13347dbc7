// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.session;

import io.goshawk.abi.UnrecordedCalls;
import io.goshawk.loader.bpf.BpfMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/**
 * The calls of traced processes that became no record, as the programs count them for each process:
 * see counters.h. What is asked for is what came since it was asked for before. Thread-safe.
 */
public final class CallsWithoutRecord {

  /** Of what the programs found no room to count for its process. */
  private static final int ANY_PROCESS = 0;

  /**
   * Calls that became no record.
   *
   * @param lost for any reason
   * @param overShare those of them that had no room in what their process may have
   * @param sampledOut calls that were not to be recorded
   * @param withoutEnd calls whose end no probe would have seen
   */
  public record Calls(long lost, long overShare, long sampledOut, long withoutEnd) {
    private static final Calls NONE = new Calls(0, 0, 0, 0);

    /** What came since then; if there is less of anything, another process has that id now. */
    private Calls since(Calls before) {
      boolean goesOn =
          lost >= before.lost
              && overShare >= before.overShare
              && sampledOut >= before.sampledOut
              && withoutEnd >= before.withoutEnd;
      return goesOn
          ? new Calls(
              lost - before.lost,
              overShare - before.overShare,
              sampledOut - before.sampledOut,
              withoutEnd - before.withoutEnd)
          : this;
    }
  }

  /** A value of the map. */
  private record Counted(int binary, Calls calls) {
    static Counted of(ByteBuffer value) {
      return new Counted(
          UnrecordedCalls.binary(value, 0),
          new Calls(
              UnrecordedCalls.lost(value, 0),
              UnrecordedCalls.overShare(value, 0),
              UnrecordedCalls.sampledOut(value, 0),
              UnrecordedCalls.noEnd(value, 0)));
    }
  }

  /** Takes what was counted of a process. */
  public interface Sink {

    /**
     * Takes it.
     *
     * @param pid 0: of any
     * @param binary the number of the probes that it hit; 0: not known
     * @param calls at least one, that was not told before
     * @return whether they were taken; if not, they are told again
     */
    boolean counted(int pid, int binary, Calls calls);
  }

  private final BpfMap unrecorded;

  /** By process, what was told already. */
  private final Map<Integer, Calls> told = new HashMap<>();

  CallsWithoutRecord(BpfMap unrecorded) {
    this.unrecorded = unrecorded;
    unrecorded.update(ANY_PROCESS, value());
  }

  private static ByteBuffer value() {
    return ByteBuffer.allocate(UnrecordedCalls.SIZE).order(ByteOrder.nativeOrder());
  }

  /** A process's life is over, so that nothing of it is counted any more: tells what is left. */
  public synchronized void gone(int pid, Sink sink) {
    ByteBuffer calls = value();
    if (unrecorded.lookup(pid, calls)) {
      tell(pid, Counted.of(calls), sink);
      unrecorded.delete(pid);
    }
    told.remove(pid);
  }

  /** Tells what was counted until now. */
  public synchronized void tell(Sink sink) {
    Map<Integer, Counted> all = new HashMap<>();
    unrecorded.forEach((key, calls) -> all.put(key.getInt(0), Counted.of(calls)));
    all.forEach((pid, counted) -> tell(pid, counted, sink));
  }

  private void tell(int pid, Counted counted, Sink sink) {
    Calls more = counted.calls.since(told.getOrDefault(pid, Calls.NONE));
    if (!more.equals(Calls.NONE) && sink.counted(pid, counted.binary, more)) {
      told.put(pid, counted.calls);
    }
  }
}
