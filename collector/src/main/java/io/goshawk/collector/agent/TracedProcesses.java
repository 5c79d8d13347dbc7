package io.goshawk.collector.agent;

/** The kernel's list of processes whose hits count; what is not on it passes the probes by. */
interface TracedProcesses {

  /**
   * Puts a process on the list.
   *
   * @param followChildren whether its children are put there too, by the kernel, as they are born
   */
  void trace(int pid, boolean followChildren);

  /** Whether the process is on the list because an ancestor's children are followed. */
  boolean follows(int pid);

  /** Takes a process off the list; does nothing if it is not there. */
  void untrace(int pid);

  /** Drops what is open of a process that is gone, and counts it. */
  void sweep(int pid);
}
