// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.time;

/** A machine whose clocks run as a test says; what its clocks show is the truth to compare with. */
final class Machine {
  static final long SECOND = 1_000_000_000L;

  private long monotonic = 5_000 * SECOND;
  private long realtimeOffset = 1_700_000_000 * SECOND;
  private double slewed;
  private long suspended = 700 * SECOND;
  private double slewPpm;

  long monotonic() {
    return monotonic;
  }

  long realtime() {
    return monotonic + realtimeOffset + Math.round(slewed);
  }

  Machine run(long nanos) {
    monotonic += nanos;
    slewed += nanos * slewPpm / 1e6;
    return this;
  }

  Machine slew(double ppm) {
    slewPpm = ppm;
    return this;
  }

  Machine step(long nanos) {
    realtimeOffset += nanos;
    return this;
  }

  Machine suspend(long nanos) {
    suspended += nanos;
    realtimeOffset += nanos;
    return this;
  }

  /** A sample that is exact, but knows of itself only that it is within the half-width. */
  ClockSample sample(long halfWidth) {
    return sample(halfWidth, 0);
  }

  /** A sample whose realtime is off by something within the half-width. */
  ClockSample sample(long halfWidth, long off) {
    return new ClockSample(monotonic, realtime() + off, monotonic + suspended, halfWidth);
  }
}
