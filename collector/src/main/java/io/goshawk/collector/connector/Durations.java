// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.connector;

import io.goshawk.collector.telemetry.SpanView;

/** How long spans took; times are unsigned, and may be anything. */
final class Durations {
  private Durations() {}

  /** Nanoseconds, unsigned; 0 for a span that ends before it starts. */
  static long nanos(SpanView span) {
    return Long.compareUnsigned(span.endEpochNanos(), span.startEpochNanos()) > 0
        ? span.endEpochNanos() - span.startEpochNanos()
        : 0;
  }

  /** An unsigned number. */
  static double asDouble(long unsigned) {
    return unsigned >= 0 ? unsigned : unsigned + 0x1p64;
  }
}
