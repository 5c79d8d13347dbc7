// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.monitor;

import static io.goshawk.spans.otlp.ProtoBuffer.fixed64Tag;
import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;

import io.goshawk.collector.prometheus.PrometheusText.Type;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.EncodedResource;
import io.goshawk.collector.telemetry.EncodedScope;
import io.goshawk.collector.telemetry.MetricKind;
import io.goshawk.collector.telemetry.MetricWriter;
import io.goshawk.spans.otlp.AttributeFields;
import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoBuffer;
import io.opentelemetry.api.common.AttributeKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The agent's numbers as OTLP has them. Confined to one thread. */
final class OwnPoints implements Numbers {
  private record Point(double value, List<String> labels) {}

  private record Metric(Type type, String unit, String help, List<Point> points) {}

  private final Map<String, Metric> metrics = new LinkedHashMap<>();

  @Override
  public void add(
      Type type, String name, Optional<String> unit, String help, double value, String... labels) {
    metrics
        .computeIfAbsent(
            name,
            key -> new Metric(type, unit.map(OwnPoints::ucum).orElse(""), help, new ArrayList<>()))
        .points()
        .add(new Point(value, List.of(labels)));
  }

  /** As OTLP names units. */
  private static String ucum(String unit) {
    return switch (unit) {
      case "seconds" -> "s";
      case "bytes" -> "By";
      default -> unit;
    };
  }

  /** All of them as one batch. */
  EncodedBatch batch(
      EncodedResource resource, EncodedScope scope, long startEpochNanos, long epochNanos) {
    ProtoBuffer out = new ProtoBuffer();
    List<EncodedBatch.Group> groups = new ArrayList<>();
    metrics.forEach(
        (name, metric) -> {
          byte[] field =
              MetricWriter.field(
                  out,
                  name,
                  metric.help(),
                  metric.unit(),
                  metric.type() == Type.COUNTER ? MetricKind.SUM : MetricKind.GAUGE,
                  false,
                  to -> {
                    for (int i = metric.points().size() - 1; i >= 0; i--) {
                      write(to, metric.points().get(i), startEpochNanos, epochNanos);
                    }
                  });
          groups.add(
              new EncodedBatch.Group(
                  resource, scope, field, 0, field.length, metric.points().size()));
        });
    return EncodedBatch.ofMetrics(groups);
  }

  private static void write(ProtoBuffer out, Point point, long start, long now) {
    int before = out.length();
    List<String> labels = point.labels();
    for (int i = labels.size() - 2; i >= 0; i -= 2) {
      AttributeFields.write(
          out,
          lengthTag(OtlpFields.NUMBER_ATTRIBUTES),
          AttributeKey.stringKey(labels.get(i)),
          labels.get(i + 1));
    }
    if (point.value() == Math.rint(point.value())) {
      out.fixed64(fixed64Tag(OtlpFields.NUMBER_INT), (long) point.value());
    } else {
      out.fixed64(fixed64Tag(OtlpFields.NUMBER_DOUBLE), Double.doubleToRawLongBits(point.value()));
    }
    out.fixed64(fixed64Tag(OtlpFields.POINT_TIME), now);
    out.fixed64(fixed64Tag(OtlpFields.POINT_START), start);
    out.endOfField(lengthTag(OtlpFields.METRIC_DATA_POINTS), before);
  }
}
