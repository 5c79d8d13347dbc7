// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * What UTC was on the kernel's monotonic clock during a run, as the driver read it.
 *
 * @param nanos UTC minus CLOCK_MONOTONIC, in the middle of all samples
 * @param toleranceNanos how far from it the true offset may have been: half the spread of the
 *     samples (the clock is slewed meanwhile), and how well one can be read
 */
record UtcOffset(long nanos, long toleranceNanos) {

  /** Reading both clocks takes a moment, here as in the agent; this is a hundred times as long. */
  private static final long READING_NANOS = 20_000;

  /** Collects samples. */
  static final class Samples {
    private final List<Long> offsets = new ArrayList<>();

    void add(JsonObject sample) {
      offsets.add(sample.get("utc").getAsLong() - sample.get("monotonic").getAsLong());
    }

    UtcOffset offset() {
      if (offsets.size() < 2) {
        throw new IllegalStateException(
            "the driver has read the clock " + offsets.size() + " times");
      }
      long min = offsets.stream().mapToLong(Long::longValue).min().getAsLong();
      long max = offsets.stream().mapToLong(Long::longValue).max().getAsLong();
      return new UtcOffset(min + (max - min) / 2, (max - min) / 2 + READING_NANOS);
    }
  }
}
