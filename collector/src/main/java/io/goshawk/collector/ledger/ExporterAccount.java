// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import io.goshawk.collector.component.NodeAccount;

/** What may become of spans in an exporter, written into its books. Safe for threads. */
public final class ExporterAccount {
  static final String REJECTED = "rejected in a partial success";
  static final String REFUSED = "refused by the backend";
  static final String GAVE_UP = "given up after retries";
  static final String FAILED = "lost: the exporter failed";
  static final String QUEUE_FULL = "dropped: queue full";
  static final String NOT_KEPT = "dropped: the disk took no more";
  static final String UNREADABLE = "lost: unreadable on disk";
  static final String SHUTDOWN = "dropped: shutdown";

  private final NodeAccount books;

  public ExporterAccount(NodeAccount books) {
    this.books = books;
  }

  /**
   * Spans were handed over.
   *
   * @param accepted how many the queue took
   * @param overflowed how many it had no room for
   */
  public void received(long accepted, long overflowed) {
    books.received(accepted + overflowed);
    books.dropped(QUEUE_FULL, overflowed);
  }

  /** Spans came when the exporter no longer took any. */
  public void receivedTooLate(long spans) {
    books.received(spans);
    books.dropped(SHUTDOWN, spans);
  }

  /**
   * The backend took a request.
   *
   * @param spans how many were in it
   * @param rejectedSpans how many of them it turned down
   */
  public void exported(long spans, long rejectedSpans) {
    if (rejectedSpans < 0 || rejectedSpans > spans) {
      throw new IllegalArgumentException(rejectedSpans + " rejected of " + spans + " spans");
    }
    books.passedOn(spans - rejectedSpans);
    books.dropped(REJECTED, rejectedSpans);
  }

  /** Spans of an earlier run are here again. */
  public void restored(long spans) {
    books.restored(spans);
  }

  /** Spans were handed over, and the disk that they should have been kept on did not take them. */
  public void notKept(long spans) {
    books.received(spans);
    books.dropped(NOT_KEPT, spans);
  }

  /** Spans that were kept on a disk could not be read. */
  public void unreadable(long spans) {
    books.dropped(UNREADABLE, spans);
  }

  /** A request was refused for good. */
  public void refused(long spans) {
    books.dropped(REFUSED, spans);
  }

  /** A request was retried until the retry time was over. */
  public void gaveUp(long spans) {
    books.dropped(GAVE_UP, spans);
  }

  /** A request was lost by the agent itself: a defect, or no memory. */
  public void failed(long spans) {
    books.dropped(FAILED, spans);
  }

  /** Spans were handed over and lost before they were in the queue, as by {@link #failed}. */
  public void receivedAndFailed(long spans) {
    books.received(spans);
    failed(spans);
  }

  /** Spans were left when the time to shut down was over. */
  public void droppedAtShutdown(long spans) {
    books.dropped(SHUTDOWN, spans);
  }

  /** The books as they are now. */
  public ExporterCounts counts() {
    return ExporterCounts.of(books.snapshot());
  }
}
