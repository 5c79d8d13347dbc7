// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.connector;

import io.goshawk.collector.aggregate.MetricStore;
import io.goshawk.collector.component.BatchConsumer;
import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Connector;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.EncodedBatches;
import io.goshawk.collector.testing.Configurations;
import io.goshawk.collector.testing.Contexts;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.ComponentId;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.Signal;
import io.goshawk.config.schema.Settings;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** A connector on clocks of the test, and what it has given. */
final class Measured {
  /** Makes a connector. */
  interface Factory {
    Connector create(
        ComponentContext context,
        NodeAccount given,
        Settings settings,
        BatchConsumer next,
        MetricStore store);
  }

  /** Chooses bounds by settings. */
  interface Limits {
    MetricStore.Limits of(Settings settings);
  }

  final NodeAccount taken;
  final NodeAccount given;
  final Connector connector;
  private final List<EncodedBatch> batches = new ArrayList<>();
  private long nanos = 1;
  private long epoch = 1_700_000_000_000_000_000L;

  Measured(String type, String settings, Limits limits, Factory factory) {
    Component component =
        Configurations.first(
            ComponentKind.CONNECTOR,
            """
            receivers: {otlp: {protocols: {grpc: }}}
            connectors: {%s: {%s}}
            exporters: {nop: }
            service:
              pipelines:
                traces: {receivers: [otlp], exporters: [%<s0]}
                metrics: {receivers: [%<s0], exporters: [nop]}
            """
                .replace("%<s0", type)
                .formatted(type, settings));
    taken = new NodeAccount(type);
    given = new NodeAccount(type, Signal.METRICS);
    connector =
        factory.create(
            Contexts.of(ComponentId.parse(type).orElseThrow(), taken, () -> nanos),
            given,
            component.settings(),
            batches::add,
            new MetricStore(limits.of(component.settings()), () -> nanos, () -> epoch));
  }

  void pass(long seconds) {
    nanos += TimeUnit.SECONDS.toNanos(seconds);
    epoch += TimeUnit.SECONDS.toNanos(seconds);
  }

  long tick() {
    return connector.tick(nanos);
  }

  /** What was given since this was asked last. */
  List<Metric> metrics() {
    List<Metric> all = new ArrayList<>();
    batches.forEach(batch -> all.addAll(EncodedBatches.metrics(batch)));
    batches.clear();
    return all;
  }

  /** All that it has, by name. */
  Map<String, Metric> drained() {
    connector.drain();
    Map<String, Metric> byName = new LinkedHashMap<>();
    metrics().forEach(metric -> byName.put(metric.getName(), metric));
    return byName;
  }

  /** Sums by their labels. */
  static Map<String, Long> sums(Metric metric) {
    Map<String, Long> sums = new TreeMap<>();
    for (NumberDataPoint point : metric.getSum().getDataPointsList()) {
      sums.put(labels(point.getAttributesList()), point.getAsInt());
    }
    return sums;
  }

  /** As {@code key=value, key=value}. */
  static String labels(List<KeyValue> attributes) {
    List<String> labels = new ArrayList<>();
    for (KeyValue attribute : attributes) {
      String value =
          switch (attribute.getValue().getValueCase()) {
            case STRING_VALUE -> attribute.getValue().getStringValue();
            case INT_VALUE -> Long.toString(attribute.getValue().getIntValue());
            case BOOL_VALUE -> Boolean.toString(attribute.getValue().getBoolValue());
            default -> attribute.getValue().toString();
          };
      labels.add(attribute.getKey() + "=" + value);
    }
    return String.join(", ", labels);
  }
}
