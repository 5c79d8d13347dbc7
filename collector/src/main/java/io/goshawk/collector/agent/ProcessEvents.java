package io.goshawk.collector.agent;

/**
 * Takes what the kernel says of the life of processes. Called by the drain thread; never blocks.
 */
interface ProcessEvents {

  /** A process has executed a binary. */
  void executed(int pid);

  /** A process is gone; its last record was read before. */
  void exited(int pid);

  /** A policy wants the probes of a binary's row there, or gone. */
  void row(TracedBinary binary, DetachableRow row, boolean attached);
}
