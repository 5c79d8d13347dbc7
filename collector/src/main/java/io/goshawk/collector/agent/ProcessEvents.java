package io.goshawk.collector.agent;

/**
 * Takes what the kernel says of the life of processes. Called by the drain thread; never blocks.
 */
interface ProcessEvents {

  /** A process has executed a binary. */
  void executed(int pid);

  /** A process is gone; its last record was read before. */
  void exited(int pid);

  /** {@link RouteProbePolicy} wants the binary's route probe there, or gone. */
  void routeProbe(TracedBinary binary, boolean attached);
}
