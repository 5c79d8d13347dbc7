// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import io.goshawk.collector.component.NodeAccount;
import io.goshawk.config.component.Signal;
import java.util.Map;

/**
 * One exporter's books, of one signal.
 *
 * @param name the exporter's name
 * @param signal what is counted: spans, or data points of metrics
 * @param received handed over by pipelines
 * @param restored an earlier run has left in a queue on disk
 * @param exported taken by the backend, the file or the terminal
 * @param rejected turned down by a backend that took the rest of the request (partial success)
 * @param refused in requests that the backend, or the disk, refused for good
 * @param gaveUp in requests retried until the retry time was over
 * @param failed in requests that the agent itself lost: by a defect, or for want of memory
 * @param droppedQueueFull found the queue full
 * @param notKept were to be kept on a disk that took no more
 * @param unreadable were kept on disk and could not be read
 * @param droppedAtShutdown not delivered in the time to shut down
 * @param waiting queued, under way or held by the exporter now
 * @param held how many the queue says it holds: of one on disk, what it leaves to the next run
 * @param gauges what the queue says of itself, by name: see {@link NodeAccount#gauge}
 */
public record ExporterCounts(
    String name,
    Signal signal,
    long received,
    long restored,
    long exported,
    long rejected,
    long refused,
    long gaveUp,
    long failed,
    long droppedQueueFull,
    long notKept,
    long unreadable,
    long droppedAtShutdown,
    long waiting,
    long held,
    Map<String, Long> gauges) {

  static ExporterCounts of(NodeAccount.Snapshot books) {
    Map<String, Long> dropped = books.dropped();
    return new ExporterCounts(
        books.node(),
        books.signal(),
        books.in(),
        books.restored(),
        books.out(),
        dropped.getOrDefault(ExporterAccount.REJECTED, 0L),
        dropped.getOrDefault(ExporterAccount.REFUSED, 0L),
        dropped.getOrDefault(ExporterAccount.GAVE_UP, 0L),
        dropped.getOrDefault(ExporterAccount.FAILED, 0L),
        dropped.getOrDefault(ExporterAccount.QUEUE_FULL, 0L),
        dropped.getOrDefault(ExporterAccount.NOT_KEPT, 0L),
        dropped.getOrDefault(ExporterAccount.UNREADABLE, 0L),
        dropped.getOrDefault(ExporterAccount.SHUTDOWN, 0L),
        books.inside(),
        books.held(),
        books.gauges());
  }

  /** Everything that was handed over and will not arrive. */
  public long lost() {
    return rejected
        + refused
        + gaveUp
        + failed
        + droppedQueueFull
        + notKept
        + unreadable
        + droppedAtShutdown;
  }
}
