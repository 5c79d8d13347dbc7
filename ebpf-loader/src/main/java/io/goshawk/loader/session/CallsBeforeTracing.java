// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.session;

import io.goshawk.abi.AbiLimit;
import io.goshawk.abi.RecordHeader;
import io.goshawk.abi.RecordType;
import io.goshawk.abi.UntracedCalls;
import io.goshawk.loader.bpf.BpfMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * The calls of processes before they were traced, which the probes count apart for each: see
 * untraced.h. Those of processes that nobody selects are no loss and not counted here. Thread-safe.
 */
public final class CallsBeforeTracing {

  private static final int TYPES = AbiLimit.RECORD_SPANS_END.value();

  private final BpfMap untraced;
  private final LongAdder[] counted = new LongAdder[TYPES];

  /** By process, what of its calls is counted already: there may be more, or the same again. */
  private final Map<Integer, int[]> known = new HashMap<>();

  /** Whether the calls of a process should have been traced. */
  public interface Judge {

    /**
     * Says so.
     *
     * @param pid its id
     * @param binary the number of the probes that it hit
     */
    boolean wanted(int pid, int binary);
  }

  /** Hears of each process's calls as they are counted. */
  public interface Sink {

    /**
     * Some more were counted.
     *
     * @param pid its id
     * @param binary the number of the probes that it hit
     * @param calls how many
     */
    void counted(int pid, int binary, long calls);
  }

  private volatile Sink sink = (pid, binary, calls) -> {};

  CallsBeforeTracing(BpfMap untraced) {
    this.untraced = untraced;
    Arrays.setAll(counted, type -> new LongAdder());
  }

  /** Has somebody hear of what is counted from now on, on the thread that counts. */
  public void tell(Sink sink) {
    this.sink = sink;
  }

  /** A process is traced from now on. */
  synchronized void traced(int pid) {
    ByteBuffer calls = ByteBuffer.allocate(UntracedCalls.SIZE).order(ByteOrder.nativeOrder());
    if (untraced.lookup(pid, calls) && isKept(calls)) {
      count(calls, 0);
    }
  }

  /**
   * A process's image is gone, and this is what it has called.
   *
   * @param records where {@code struct untraced_calls} begins at the offset
   */
  public synchronized void gone(byte[] records, int offset, Judge judge) {
    ByteBuffer calls = ByteBuffer.wrap(records).order(ByteOrder.nativeOrder());
    int pid = RecordHeader.tgid(calls, offset);
    if (judge.wanted(pid, RecordHeader.binary(calls, offset))) {
      count(calls, offset);
    }
    known.remove(pid);
  }

  /** Counts what is left, once no probe is. */
  public synchronized void settle(Judge judge) {
    untraced.forEach(
        (key, calls) -> {
          if (isKept(calls)
              && judge.wanted(RecordHeader.tgid(calls, 0), RecordHeader.binary(calls, 0))) {
            count(calls, 0);
          }
        });
  }

  /**
   * Others are wanted from now on than until now: what was called before counts as it would have.
   *
   * @param judge the one until now
   */
  public synchronized void turn(Judge judge) {
    settle(judge);
    untraced.forEach(
        (key, calls) -> {
          if (isKept(calls)) {
            int pid = RecordHeader.tgid(calls, 0);
            note(calls, known.computeIfAbsent(pid, unseen -> new int[TYPES]));
          }
        });
  }

  /** Whether no record tells of these calls: one may have been read already, and was counted. */
  private static boolean isKept(ByteBuffer calls) {
    return UntracedCalls.handedOver(calls, 0) == 0;
  }

  private static void note(ByteBuffer calls, int[] as) {
    for (int type = 0; type < TYPES; type++) {
      as[type] = UntracedCalls.calls(calls, 0, type);
    }
  }

  private void count(ByteBuffer calls, int offset) {
    int process = RecordHeader.tgid(calls, offset);
    int[] before = known.computeIfAbsent(process, pid -> new int[TYPES]);
    long all = 0;
    for (int type = 0; type < TYPES; type++) {
      int now = UntracedCalls.calls(calls, offset, type);
      // Less than was known: a record was lost, and this is another process with the same id.
      int more = now < before[type] ? now : now - before[type];
      counted[type].add(more);
      all += more;
      before[type] = now;
    }
    if (all > 0) {
      sink.counted(process, RecordHeader.binary(calls, offset), all);
    }
  }

  /** Calls of a type of record until now that were not traced, and should have been. */
  public long count(RecordType type) {
    return counted[type.value()].sum();
  }
}
