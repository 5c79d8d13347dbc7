// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;

/** Counts the data points of an encoded metric. */
final class MetricPoints {
  private MetricPoints() {}

  /**
   * How many it has.
   *
   * @param bytes hold the metric from {@code from} to {@code to}, and were checked
   */
  static int count(byte[] bytes, int from, int to) {
    int points = 0;
    try {
      for (ProtoReader fields = new ProtoReader(bytes, from, to - from); fields.next(); ) {
        if (MetricKind.of(fields.field()) != null) {
          for (ProtoReader data = fields.message(); data.next(); ) {
            points += data.field() == OtlpFields.METRIC_DATA_POINTS ? 1 : 0;
          }
        }
      }
    } catch (MalformedException e) {
      throw new IllegalStateException("a metric that was checked cannot be read", e);
    }
    return points;
  }
}
