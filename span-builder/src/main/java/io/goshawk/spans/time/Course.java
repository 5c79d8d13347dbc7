// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.time;

import java.util.Arrays;

/**
 * An immutable chain of straight pieces. Piece {@code i} holds from {@code from[i]} until {@code
 * from[i + 1]}, the last one without end; the first also backwards, with rate 0.
 */
final class Course {

  final ClockSample lastSample;
  final long samples;
  final long bends;
  final long jumps;
  final long worstErrorNanos;

  private final long[] from;

  /**
   * A point each piece goes through; not always its beginning, or rounding would move a split one.
   */
  private final long[] origin;

  private final long[] utc;

  /** UTC nanoseconds per monotonic nanosecond, less one. */
  private final double[] rate;

  private final long[] error;

  /** Bound of the error at the last sample, and how fast the course was last seen to run off. */
  private final long edgeError;

  private final double drift;

  private Course(
      Course previous,
      ClockSample sample,
      boolean bent,
      boolean jumped,
      Pieces pieces,
      long edgeError,
      double drift) {
    this.lastSample = sample;
    this.samples = previous.samples + 1;
    this.bends = previous.bends + (bent ? 1 : 0);
    this.jumps = previous.jumps + (jumped ? 1 : 0);
    this.worstErrorNanos = Math.max(previous.worstErrorNanos, edgeError);
    this.from = pieces.from;
    this.origin = pieces.origin;
    this.utc = pieces.utc;
    this.rate = pieces.rate;
    this.error = pieces.error;
    this.edgeError = edgeError;
    this.drift = drift;
  }

  private Course(ClockSample first) {
    this.lastSample = first;
    this.samples = 1;
    this.bends = 0;
    this.jumps = 0;
    this.worstErrorNanos = first.halfWidthNanos();
    this.from = new long[] {first.monotonicNanos()};
    this.origin = from;
    this.utc = new long[] {first.realtimeNanos()};
    this.rate = new double[] {0};
    this.error = new long[] {first.halfWidthNanos()};
    this.edgeError = first.halfWidthNanos();
    this.drift = 0;
  }

  static Course startingWith(ClockSample first) {
    return new Course(first);
  }

  long utcAt(long monotonic) {
    return utcAt(pieceAt(monotonic), monotonic);
  }

  private long utcAt(int piece, long monotonic) {
    long since = monotonic - origin[piece];
    // Truncation moves by at most one per nanosecond, and a rate is never below -1: never
    // backwards.
    return utc[piece] + since + (since > 0 ? (long) (since * rate[piece]) : 0);
  }

  long errorAt(long monotonic) {
    long bound = error[pieceAt(monotonic)];
    long beyond = monotonic - lastSample.monotonicNanos();
    return beyond > 0 ? Math.max(bound, edgeError) + (long) (beyond * drift) : bound;
  }

  double lastRate() {
    return rate[rate.length - 1];
  }

  /** Stamps are mostly recent, and pieces are few. */
  private int pieceAt(long monotonic) {
    int piece = from.length - 1;
    while (piece > 0 && from[piece] > monotonic) {
      piece--;
    }
    return piece;
  }

  Course goOn(ClockSample sample, long difference) {
    long edge = Math.min(sample.halfWidthNanos() + Math.abs(difference), grownEdge(sample));
    Pieces pieces = new Pieces(this);
    pieces.atLeast(edge);
    return new Course(this, sample, false, false, pieces, edge, driftOver(sample, difference));
  }

  Course bend(ClockSample sample, long difference, double newRate) {
    long edge = sample.halfWidthNanos() + Math.abs(difference);
    long at = sample.monotonicNanos();
    Pieces pieces = new Pieces(this);
    pieces.atLeast(edge);
    pieces.add(at, at, utcAt(at), newRate, edge);
    return new Course(this, sample, true, false, pieces, edge, driftOver(sample, difference));
  }

  Course jump(ClockSample sample, long difference) {
    long lastAt = lastSample.monotonicNanos();
    Pieces pieces = new Pieces(this);
    // The jump may have been anywhere since the last sample.
    int piece = from.length - 1;
    if (from[piece] < lastAt) {
      pieces.add(lastAt, origin[piece], utc[piece], rate[piece], edgeError);
    }
    pieces.atLeast(edgeError + Math.abs(difference));
    long edge = sample.halfWidthNanos();
    long at = sample.monotonicNanos();
    pieces.add(at, at, sample.realtimeNanos(), 0, edge);
    return new Course(this, sample, false, true, pieces, edge, 0);
  }

  private long grownEdge(ClockSample sample) {
    long gap = sample.monotonicNanos() - lastSample.monotonicNanos();
    return edgeError + (long) (gap * drift);
  }

  private double driftOver(ClockSample sample, long difference) {
    double gap = sample.monotonicNanos() - lastSample.monotonicNanos();
    return Math.min(1, Math.abs(difference) / gap);
  }

  /** A chain being continued. */
  private static final class Pieces {
    private long[] from;
    private long[] origin;
    private long[] utc;
    private double[] rate;
    private long[] error;

    Pieces(Course course) {
      from = course.from;
      origin = course.origin;
      utc = course.utc;
      rate = course.rate;
      error = course.error;
    }

    /** Raises the bound of the last piece. */
    void atLeast(long bound) {
      if (error[error.length - 1] < bound) {
        error = error.clone();
        error[error.length - 1] = bound;
      }
    }

    void add(long at, long originAt, long originUtc, double newRate, long bound) {
      int start = from.length < TimeBase.MAX_PIECES ? 0 : 1;
      int length = from.length - start;
      from = Arrays.copyOfRange(from, start, from.length + 1);
      origin = Arrays.copyOfRange(origin, start, origin.length + 1);
      utc = Arrays.copyOfRange(utc, start, utc.length + 1);
      rate = Arrays.copyOfRange(rate, start, rate.length + 1);
      error = Arrays.copyOfRange(error, start, error.length + 1);
      from[length] = at;
      origin[length] = originAt;
      utc[length] = originUtc;
      rate[length] = newRate;
      error[length] = bound;
    }
  }
}
