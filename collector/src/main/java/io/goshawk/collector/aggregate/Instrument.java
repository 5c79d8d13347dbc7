// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.aggregate;

import java.util.Arrays;

/**
 * What measurements are made with.
 *
 * @param unit by UCUM, as OTLP has it
 */
public record Instrument(String name, String description, String unit, Shape shape) {

  /** What becomes of measurements. */
  public sealed interface Shape {}

  /** They are added up. */
  public record Sum() implements Shape {}

  /** They are counted in buckets. */
  public static final class Explicit implements Shape {
    private final double[] bounds;

    /** With the upper bounds of all buckets but the last, rising. */
    public Explicit(double... bounds) {
      this.bounds = bounds.clone();
      for (int i = 1; i < bounds.length; i++) {
        if (!(bounds[i] > bounds[i - 1])) {
          throw new IllegalArgumentException("bounds that do not rise: " + Arrays.toString(bounds));
        }
      }
    }

    double[] bounds() {
      return bounds;
    }
  }

  /**
   * They are counted in buckets whose bounds grow by a factor that fits what comes.
   *
   * @param maxBuckets the most of them, 2 at least
   */
  public record Exponential(int maxBuckets) implements Shape {
    public Exponential {
      if (maxBuckets < 2) {
        // Values below 1 and above never come into one.
        throw new IllegalArgumentException(maxBuckets + " buckets");
      }
    }
  }
}
