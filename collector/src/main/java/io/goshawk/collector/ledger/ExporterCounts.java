// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

/**
 * One exporter's books, in spans.
 *
 * @param name the exporter's name
 * @param received handed over by the drain thread
 * @param exported taken by the backend, the file or the terminal
 * @param rejected turned down by a backend that took the rest of the request (partial success)
 * @param refused in requests that the backend, or the disk, refused for good
 * @param gaveUp in requests retried until the retry time was over
 * @param failed in requests that the agent itself lost: by a defect, or for want of memory
 * @param droppedQueueFull found the queue full
 * @param droppedAtShutdown left when the time to shut down was over
 * @param waiting queued or under way now
 */
public record ExporterCounts(
    String name,
    long received,
    long exported,
    long rejected,
    long refused,
    long gaveUp,
    long failed,
    long droppedQueueFull,
    long droppedAtShutdown,
    long waiting) {

  /** Everything that was handed over and will not arrive. */
  public long lost() {
    return rejected + refused + gaveUp + failed + droppedQueueFull + droppedAtShutdown;
  }
}
