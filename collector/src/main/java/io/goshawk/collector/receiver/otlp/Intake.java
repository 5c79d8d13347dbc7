// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import io.goshawk.collector.component.Feed;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.log.Counted;
import io.goshawk.collector.log.LogLimit;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.OtlpRequests;
import io.goshawk.config.component.Signal;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Makes batches of the requests of a signal and hands them on, or says why not, and keeps the
 * receiver's books. Confined to the receiver's thread.
 */
final class Intake {
  /**
   * Spans of one resource and scope are a group, and a group takes some hundred bytes of memory
   * however few it has on the wire. A Collector sends 8,192 spans at once.
   */
  private static final int MOST_GROUPS = 16_384;

  private static final Logger LOGGER = Logger.getLogger("io.goshawk.receiver");

  static final String WITHOUT_IDS = "without trace or span id";

  private final String name;
  private final Signal signal;
  private final Feed feed;
  private final LongSupplier nanoClock;
  private final LogLimit turnedAway = new LogLimit();
  private final LogLimit refused = new LogLimit();

  Intake(String name, Signal signal, Feed feed, LongSupplier nanoClock) {
    this.name = name;
    this.signal = signal;
    this.feed = feed;
    this.nanoClock = nanoClock;
  }

  Signal signal() {
    return signal;
  }

  /** Whether anybody takes what comes here. */
  boolean wanted() {
    return feed.wanted();
  }

  /** What is counted. */
  private String item() {
    return switch (signal) {
      case TRACES -> "span";
      case METRICS -> "data point";
    };
  }

  /** Takes a request in Protocol Buffers, whose bytes are the batch's from now on. */
  Verdict take(byte[] request) {
    OtlpRequests.Received received;
    try {
      received = OtlpRequests.receive(signal, request, MOST_GROUPS);
    } catch (MalformedException e) {
      return malformed(e.getMessage());
    }
    EncodedBatch batch = received.batch();
    int rejected = received.withoutIds();
    NodeAccount account = feed.account();
    account.received(batch.size() + rejected);
    Optional<String> refusal = feed.next().refusal();
    if (refusal.isPresent()) {
      account.dropped(refusal.get(), batch.size() + rejected);
      if (refused.due(nanoClock.getAsLong(), batch.size())) {
        warn("refused " + refused.amount(batch.size(), item()) + ": " + refusal.get());
      }
      batch.release();
      return new Verdict.Later("not now: " + refusal.get());
    }
    account.dropped(WITHOUT_IDS, rejected);
    account.passedOn(batch.size());
    feed.next().accept(batch);
    return new Verdict.Taken(
        rejected,
        rejected == 0 ? "" : "dropped " + Counted.of(rejected, "span") + " " + WITHOUT_IDS);
  }

  /** What was sent is no request. */
  Verdict malformed(String message) {
    turnAway("malformed", message);
    return new Verdict.Malformed("no OTLP request: " + message);
  }

  /** What was sent has no room. */
  Verdict noRoom(TooLargeException e) {
    turnAway(e.forGood() ? "too large" : "too many at once", String.valueOf(e.getMessage()));
    return e.forGood()
        ? new Verdict.TooLarge(String.valueOf(e.getMessage()))
        : new Verdict.Later(String.valueOf(e.getMessage()));
  }

  /** A defect of ours, or no memory. */
  Verdict failed(Throwable cause) {
    feed.account().refusedRequest("failed");
    if (turnedAway.due(nanoClock.getAsLong(), 1)) {
      LOGGER.log(
          Level.SEVERE,
          name + ": failed, and should not have: " + turnedAway.amount(1, "request"),
          cause);
    }
    return new Verdict.Later("the receiver failed");
  }

  /** A request, or a connection, was turned away before its spans could be counted. */
  void turnAway(String reason, String message) {
    feed.account().refusedRequest(reason);
    if (turnedAway.due(nanoClock.getAsLong(), 1)) {
      warn("turned away " + turnedAway.amount(1, "request") + ": " + message);
    }
  }

  private void warn(String message) {
    LOGGER.log(Level.WARNING, "{0}: {1}", new Object[] {name, message});
  }
}
