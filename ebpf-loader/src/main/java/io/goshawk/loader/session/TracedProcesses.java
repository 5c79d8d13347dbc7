// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.session;

import io.goshawk.abi.RecordType;
import java.util.Set;

/** The kernel's list of processes whose hits count; what is not on it passes the probes by. */
public interface TracedProcesses {

  /**
   * Puts a process on the list, or says what it runs.
   *
   * @param binary the one whose probes count for it: {@link Attachment#binary}
   */
  void trace(int pid, int binary);

  /**
   * Puts a process on the list, and has the kernel put its children there as they are born; what
   * they run is not known yet.
   */
  void follow(int pid);

  /** Whether the process is on the list because an ancestor's children are followed. */
  boolean follows(int pid);

  /** Whether there may be processes on the list that nobody but the kernel has put there. */
  boolean followsAny();

  /** Takes a process off the list; does nothing if it is not there. */
  void untrace(int pid);

  /**
   * Drops what is open of a process that is gone, and counts it.
   *
   * @return how many calls those are
   */
  long sweep(int pid);

  /**
   * Drops what is open of a process that is not to be traced any longer, and counts it apart.
   *
   * @return how many calls those are
   */
  long drop(int pid);

  /**
   * Drops what is open of some types of calls that are not to be traced any longer. Of goroutines
   * that are in one of those, which may never be seen to end, it is forgotten in which spans they
   * are; of all, where nobody asks for that any longer.
   *
   * @return how many calls those are
   */
  long drop(int pid, Set<RecordType> types);

  /**
   * Drops what was open of a process when it executed something, and counts it.
   *
   * @param execId of the process since then
   * @return how many calls those are
   */
  long sweepBefore(int pid, int execId);
}
