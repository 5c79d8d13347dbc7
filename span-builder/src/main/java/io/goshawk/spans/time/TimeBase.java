// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.time;

/**
 * A course of UTC over {@code CLOCK_MONOTONIC}, laid through samples of both clocks.
 *
 * <p>The course is a chain of straight pieces. What has been passed by a sample is never laid anew:
 * the same stamp yields the same time for ever, and of two stamps the later never yields the
 * earlier time, except across a <em>declared</em> jump. There are three ways to go on from a
 * sample:
 *
 * <ul>
 *   <li>It agrees with the course within its own width: the course goes on.
 *   <li>It is off by no more than a clock can be slewed since the last sample ({@value
 *       #MAX_SLEW_PPM} ppm): the course bends, without a jump, to the measured rate plus what makes
 *       up for the difference within one interval. Small steps are worked off in the same way.
 *   <li>It is off by more, or the machine was suspended ({@code CLOCK_BOOTTIME} ran on while {@code
 *       CLOCK_MONOTONIC} stood): the course jumps, at this sample. Stamps since the sample before
 *       may belong on either side, and their error bound says so.
 * </ul>
 *
 * <p>Linux slews both clocks as one: {@code CLOCK_REALTIME} is {@code CLOCK_MONOTONIC} plus an
 * offset that only setting the clock and resuming from suspend change (kernel/time/timekeeping.c,
 * {@code wall_to_monotonic}). So a course is normally one piece with one jump per step, and a step
 * shows where it happened if the caller samples when the kernel announces one (timerfd, {@code
 * TFD_TIMER_CANCEL_ON_SET}). Bends are for clocks that behave otherwise.
 *
 * <p>One thread feeds samples; any thread may ask.
 */
public final class TimeBase {

  /** A frequency error of 500 ppm is all adjtimex(2) corrects, and adjtime(3) slews 500 on top. */
  static final int MAX_SLEW_PPM = 1000;

  /** Bends and jumps remembered; older stamps are read off the oldest piece that is left. */
  static final int MAX_PIECES = 1024;

  private static final double MAX_SLEW = MAX_SLEW_PPM / 1e6;

  /** What a difference is made up within, at least; shorter intervals would make steep bends. */
  private static final long MIN_CATCH_UP_NANOS = 1_000_000_000L;

  /** Rounding of the three clocks, which the kernel reads one after the other. */
  private static final long RESOLUTION_NANOS = 1_000;

  private volatile Course course;

  /** Starts with one sample: stamps before it are read off the course extended backwards. */
  public TimeBase(ClockSample first) {
    course = Course.startingWith(first);
  }

  /**
   * Continues the course with a sample taken after all earlier ones.
   *
   * @return what the sample made of the course
   * @throws IllegalArgumentException if the sample is older than the last one
   */
  public Adjustment accept(ClockSample sample) {
    Course current = course;
    ClockSample last = current.lastSample;
    long gap = sample.monotonicNanos() - last.monotonicNanos();
    if (gap < 0) {
      throw new IllegalArgumentException(
          "sample at monotonic %d comes after one at %d: feed samples in the order they were taken"
              .formatted(sample.monotonicNanos(), last.monotonicNanos()));
    }
    if (gap == 0) {
      return Adjustment.NONE;
    }
    long noise = sample.halfWidthNanos() + last.halfWidthNanos();
    long suspended = sample.suspendedNanos() - last.suspendedNanos();
    if (suspended <= noise + RESOLUTION_NANOS) {
      suspended = 0;
    }
    long difference = sample.realtimeNanos() - current.utcAt(sample.monotonicNanos());
    long unexplained = difference - suspended;
    boolean stepped =
        Math.abs(unexplained) > noise + current.errorAt(last.monotonicNanos()) + MAX_SLEW * gap;

    if (suspended > 0 || stepped) {
      course = current.jump(sample, difference);
      return new Adjustment(
          stepped ? Adjustment.Kind.STEPPED : Adjustment.Kind.SUSPENDED, difference);
    }
    double measuredRate = (double) (sample.realtimeOffset() - last.realtimeOffset()) / (double) gap;
    if (Math.abs(measuredRate * gap) <= noise) {
      measuredRate = 0;
    }
    long catchUp = Math.max(gap, MIN_CATCH_UP_NANOS);
    boolean agrees =
        Math.abs(difference) <= sample.halfWidthNanos()
            && Math.abs(current.lastRate() - measuredRate) * catchUp <= noise;
    if (agrees) {
      course = current.goOn(sample, difference);
      return Adjustment.NONE;
    }
    double rate = measuredRate + (double) difference / (double) catchUp;
    course =
        current.bend(sample, difference, Math.max(-2 * MAX_SLEW, Math.min(2 * MAX_SLEW, rate)));
    return new Adjustment(Adjustment.Kind.SLEWED, difference);
  }

  /** UTC of a monotonic stamp: nanoseconds since 1970-01-01T00:00Z. */
  public long epochNanos(long monotonicNanos) {
    return course.utcAt(monotonicNanos);
  }

  /**
   * How far {@link #epochNanos} of that stamp may be from what {@code CLOCK_REALTIME} showed then:
   * the sample's half-width, the difference found, and, where the stamp is not between samples,
   * what the last known slew adds up to. Nanoseconds.
   *
   * <p>A bound for a clock that keeps its course between two samples: a step that was taken back
   * before the next sample is not seen.
   */
  public long errorBoundNanos(long monotonicNanos) {
    return course.errorAt(monotonicNanos);
  }

  /** The course so far in numbers, for a status page or a summary. */
  public Report report() {
    Course current = course;
    return new Report(
        current.samples,
        current.bends,
        current.jumps,
        current.errorAt(current.lastSample.monotonicNanos()),
        current.worstErrorNanos);
  }

  /**
   * What a sample did to the course.
   *
   * @param nanos by how much the sample was off; positive: UTC is later than the course said
   */
  public record Adjustment(Kind kind, long nanos) {
    static final Adjustment NONE = new Adjustment(Kind.NONE, 0);

    /** The ways to go on. */
    public enum Kind {
      /** The course goes on. */
      NONE,
      /** It bends, without a jump. */
      SLEWED,
      /** It jumps: somebody set the clock. */
      STEPPED,
      /** It jumps by the time the machine was suspended. */
      SUSPENDED
    }
  }

  /**
   * The course so far.
   *
   * @param samples fed
   * @param bends samples that bent the course
   * @param jumps clock steps and suspends
   * @param errorBoundNanos at the last sample
   * @param worstErrorBoundNanos at any sample that was no jump
   */
  public record Report(
      long samples, long bends, long jumps, long errorBoundNanos, long worstErrorBoundNanos) {}
}
