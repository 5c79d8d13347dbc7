// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.aggregate;

import io.goshawk.collector.telemetry.EncodedResource;
import org.jspecify.annotations.Nullable;

/**
 * Takes measurements. Whoever sees each call hands over one at a time; whoever has counted calls
 * elsewhere, such as a program in the kernel, hands over each bucket of its histogram as a value
 * that stands for it, and how often it was.
 */
public interface Recorder {

  /**
   * Takes measurements of one series.
   *
   * @param resource that they are of
   * @param labels that tell the series from others of the instrument
   * @param value what was measured, in the instrument's unit; what is added to a sum
   * @param times how often
   * @param exemplar a span that stands for them
   */
  void record(
      EncodedResource resource,
      Instrument instrument,
      Labels labels,
      double value,
      long times,
      @Nullable Exemplar exemplar);
}
