// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

/**
 * Takes what the kernel says of the life of processes. Called by the drain thread; never blocks.
 */
interface ProcessEvents {

  /**
   * A process has executed a binary.
   *
   * @param execId what tells its life since then from the one before
   * @param timeNanos when, by CLOCK_MONOTONIC
   */
  void executed(int pid, int execId, long timeNanos);

  /** A process is gone; its last record was read before. */
  void exited(int pid);

  /** A policy wants the probes of a binary's row there, or gone. */
  void row(TracedBinary binary, DetachableRow row, boolean attached);
}
