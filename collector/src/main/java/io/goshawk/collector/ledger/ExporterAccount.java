// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

/**
 * The open books of one exporter.
 *
 * <p>Every entry moves whole spans from one place to another under one lock, taken once a batch, so
 * {@link #counts()} balances at any moment.
 */
public final class ExporterAccount {
  private final String name;
  private long received;
  private long exported;
  private long rejected;
  private long refused;
  private long gaveUp;
  private long failed;
  private long droppedQueueFull;
  private long droppedAtShutdown;

  ExporterAccount(String name) {
    this.name = name;
  }

  /** The exporter's name. */
  public String name() {
    return name;
  }

  /**
   * Spans were handed over.
   *
   * @param accepted how many the queue took
   * @param overflowed how many it had no room for
   */
  public synchronized void received(long accepted, long overflowed) {
    received += accepted + overflowed;
    droppedQueueFull += overflowed;
  }

  /** Spans came when the pipeline no longer took any. */
  public synchronized void receivedTooLate(long spans) {
    received += spans;
    droppedAtShutdown += spans;
  }

  /**
   * The backend took a request.
   *
   * @param spans how many were in it
   * @param rejectedSpans how many of them it turned down
   */
  public synchronized void exported(long spans, long rejectedSpans) {
    if (rejectedSpans < 0 || rejectedSpans > spans) {
      throw new IllegalArgumentException(
          name + ": " + rejectedSpans + " rejected of " + spans + " spans");
    }
    exported += spans - rejectedSpans;
    rejected += rejectedSpans;
  }

  /** A request was refused for good. */
  public synchronized void refused(long spans) {
    refused += spans;
  }

  /** A request was retried until the retry time was over. */
  public synchronized void gaveUp(long spans) {
    gaveUp += spans;
  }

  /** A request was lost by the agent itself: a defect, or no memory. */
  public synchronized void failed(long spans) {
    failed += spans;
  }

  /** Spans were handed over and lost before they were in the queue, as by {@link #failed}. */
  public synchronized void receivedAndFailed(long spans) {
    received += spans;
    failed += spans;
  }

  /** Spans were left when the time to shut down was over. */
  public synchronized void droppedAtShutdown(long spans) {
    droppedAtShutdown += spans;
  }

  /** The books as they are now. */
  public synchronized ExporterCounts counts() {
    long done =
        exported + rejected + refused + gaveUp + failed + droppedQueueFull + droppedAtShutdown;
    return new ExporterCounts(
        name,
        received,
        exported,
        rejected,
        refused,
        gaveUp,
        failed,
        droppedQueueFull,
        droppedAtShutdown,
        received - done);
  }
}
