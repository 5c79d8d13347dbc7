// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.connector;

import io.goshawk.collector.aggregate.Exemplar;
import io.goshawk.collector.aggregate.Instrument;
import io.goshawk.collector.aggregate.Labels;
import io.goshawk.collector.aggregate.MetricStore;
import io.goshawk.collector.aggregate.Recorder;
import io.goshawk.collector.component.BatchConsumer;
import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.telemetry.AttributeMap;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.EncodedResource;
import io.goshawk.collector.telemetry.SpanView;
import io.goshawk.collector.telemetry.WallClock;
import io.goshawk.config.component.SpanMetricsConfig;
import io.goshawk.config.component.SpanMetricsConfig.Dimension;
import io.goshawk.config.component.SpanMetricsConfig.Exemplars;
import io.goshawk.config.component.SpanMetricsConfig.Histogram;
import io.goshawk.config.schema.Settings;
import io.goshawk.spans.otlp.ProtoBuffer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connector {@code span_metrics}: how many spans there were and how long they took, per
 * resource, name, kind and status, under the names and with the labels of the Collector's
 * spanmetricsconnector; on request also the durations that the semantic conventions define.
 */
final class SpanMetrics extends MeasuringConnector {
  private static final String SERVICE_NAME = "service.name";
  private static final String SPAN_NAME = "span.name";
  private static final String SPAN_KIND = "span.kind";
  private static final String STATUS_CODE = "status.code";

  /** By number, as OTLP has them. */
  private static final Value<?>[] KINDS =
      texts(
          "SPAN_KIND_UNSPECIFIED",
          "SPAN_KIND_INTERNAL",
          "SPAN_KIND_SERVER",
          "SPAN_KIND_CLIENT",
          "SPAN_KIND_PRODUCER",
          "SPAN_KIND_CONSUMER");

  private static final Value<?>[] STATUSES =
      texts("STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR");

  private final Recorder recorder;
  private final NodeAccount account;
  private final Instrument calls;
  private final @Nullable Instrument duration;
  private final double nanosPerUnit;
  private final boolean exemplars;
  private final Set<String> resourceKeys;
  private final boolean conventions;
  private final ProtoBuffer scratch = new ProtoBuffer();

  // The labels: first those of the four that are not excluded, then the dimensions.
  private final List<AttributeKey<Value<?>>> keys = new ArrayList<>();
  private final Value<?>[] labels;
  private final List<String> defaults;
  private final List<Settings> dimensions;

  // What is looked for in a span, for labels and for conventions.
  private final Map<String, Integer> places = new LinkedHashMap<>();
  private final Value<?>[] found;

  // Of the resource of the last span; batches have many of one.
  private @Nullable EncodedResource resource;
  private @Nullable EncodedResource home;
  private @Nullable Value<?> service;

  SpanMetrics(ComponentContext context, NodeAccount given, Settings settings, BatchConsumer next) {
    this(
        context,
        given,
        settings,
        next,
        new MetricStore(limits(settings), context.nanoClock(), WallClock::epochNanos));
  }

  SpanMetrics(
      ComponentContext context,
      NodeAccount given,
      Settings settings,
      BatchConsumer next,
      MetricStore store) {
    super(context, given, next, store, settings.get(SpanMetricsConfig.METRICS_FLUSH_INTERVAL));
    recorder = store;
    account = context.account();
    String namespace = settings.get(SpanMetricsConfig.NAMESPACE);
    String prefix = namespace.isEmpty() ? "" : namespace + ".";
    calls = new Instrument(prefix + "calls", "Spans.", "", new Instrument.Sum());
    Settings histogram = settings.get(SpanMetricsConfig.HISTOGRAM);
    String unit = histogram.get(Histogram.UNIT);
    nanosPerUnit = unit.equals("s") ? 1e9 : 1e6;
    duration =
        histogram.get(Histogram.DISABLE)
            ? null
            : new Instrument(
                prefix + "duration", "How long spans took.", unit, shape(histogram, nanosPerUnit));
    exemplars = settings.get(SpanMetricsConfig.EXEMPLARS).get(Exemplars.ENABLED);
    resourceKeys = new HashSet<>(settings.get(SpanMetricsConfig.RESOURCE_METRICS_KEY_ATTRIBUTES));
    conventions = settings.get(SpanMetricsConfig.SEMANTIC_CONVENTIONS);
    List<String> excluded = settings.get(SpanMetricsConfig.EXCLUDE_DIMENSIONS);
    defaults =
        SpanMetricsConfig.DEFAULT_DIMENSIONS.stream()
            .filter(name -> !excluded.contains(name))
            .toList();
    defaults.forEach(name -> keys.add(Labels.key(name)));
    dimensions = settings.get(SpanMetricsConfig.DIMENSIONS);
    for (Settings dimension : dimensions) {
      keys.add(Labels.key(dimension.get(Dimension.NAME)));
      place(dimension.get(Dimension.NAME));
    }
    if (conventions) {
      Convention.ALL.forEach(convention -> convention.attributes().forEach(this::place));
    }
    labels = new Value<?>[keys.size()];
    found = new Value<?>[places.size()];
  }

  static MetricStore.Limits limits(Settings settings) {
    Settings exemplars = settings.get(SpanMetricsConfig.EXEMPLARS);
    return new MetricStore.Limits(
        scope("spanmetricsconnector"),
        settings
            .get(SpanMetricsConfig.AGGREGATION_TEMPORALITY)
            .equals("AGGREGATION_TEMPORALITY_DELTA"),
        settings.get(SpanMetricsConfig.AGGREGATION_CARDINALITY_LIMIT),
        MOST_RESOURCES,
        mostBytes(),
        settings.get(SpanMetricsConfig.METRICS_EXPIRATION).toNanos(),
        exemplars.get(Exemplars.ENABLED)
            ? Math.toIntExact(exemplars.get(Exemplars.MAX_PER_DATA_POINT))
            : 0);
  }

  private static Instrument.Shape shape(Settings histogram, double nanosPerUnit) {
    if (histogram.says(Histogram.EXPONENTIAL)) {
      return new Instrument.Exponential(
          Math.toIntExact(
              histogram.get(Histogram.EXPONENTIAL).get(Histogram.Exponential.MAX_SIZE)));
    }
    Settings explicit =
        histogram.find(Histogram.EXPLICIT).orElseGet(() -> Histogram.EXPLICIT_SECTION.defaults());
    return new Instrument.Explicit(
        explicit.get(Histogram.Explicit.BUCKETS).stream()
            .mapToDouble(bound -> nanos(bound) / nanosPerUnit)
            .toArray());
  }

  private static double nanos(Duration duration) {
    return duration.getSeconds() * 1e9 + duration.getNano();
  }

  private static Value<?>[] texts(String... texts) {
    return Arrays.stream(texts).map(Value::of).toArray(Value<?>[]::new);
  }

  private void place(String attribute) {
    places.putIfAbsent(attribute, places.size());
  }

  @Override
  void measure(EncodedBatch batch) {
    resource = null;
    int[] without = new int[1];
    batch.forEach(span -> without[0] += measure(span) ? 0 : 1);
    account.dropped(WITHOUT_SERVICE, without[0]);
    account.passedOn(batch.size() - without[0]);
  }

  /** Whether it could be; as in the Collector, a span of no service is not. */
  private boolean measure(SpanView span) {
    if (span.resource() != resource) {
      resource = span.resource();
      service = resource.attribute(SERVICE_NAME);
      home = home(resource);
    }
    EncodedResource of = home;
    if (service == null || of == null) {
      return false;
    }
    Arrays.fill(found, null);
    span.attributes(places, found);
    long nanos = Durations.nanos(span);
    Exemplar exemplar =
        exemplars && (span.traceHigh() | span.traceLow()) != 0
            ? new Exemplar(span.traceHigh(), span.traceLow(), span.spanId(), span.endEpochNanos())
            : null;
    Labels series = labels(span);
    recorder.record(of, calls, series, 1, 1, exemplar);
    if (duration != null) {
      recorder.record(of, duration, series, Durations.asDouble(nanos) / nanosPerUnit, 1, exemplar);
    }
    if (conventions) {
      Convention.of(span.kind(), found, places)
          .ifPresent(
              convention ->
                  recorder.record(
                      of,
                      convention.instrument(),
                      convention.labels(scratch, found, places),
                      Durations.asDouble(nanos) / 1e9,
                      1,
                      exemplar));
    }
    return true;
  }

  private Labels labels(SpanView span) {
    int count = 0;
    for (String name : defaults) {
      labels[count++] =
          switch (name) {
            case SERVICE_NAME -> service;
            case SPAN_NAME -> Value.of(span.name());
            case SPAN_KIND ->
                KINDS[span.kind() >= 0 && span.kind() < KINDS.length ? span.kind() : 0];
            case STATUS_CODE ->
                STATUSES[
                    span.statusCode() >= 0 && span.statusCode() < STATUSES.length
                        ? span.statusCode()
                        : 0];
            default -> throw new IllegalStateException("no label " + name);
          };
    }
    for (Settings dimension : dimensions) {
      labels[count++] = value(dimension, span);
    }
    return Labels.of(scratch, keys, labels);
  }

  /** Of the span, else of its resource, else the one that was configured. */
  private @Nullable Value<?> value(Settings dimension, SpanView span) {
    String name = dimension.get(Dimension.NAME);
    Value<?> own = found[places.get(name)];
    if (own != null) {
      return own;
    }
    Value<?> resources = span.resource().attribute(name);
    return resources != null
        ? resources
        : dimension.find(Dimension.DEFAULT).<Value<?>>map(Value::of).orElse(null);
  }

  /** The resource that a span is counted for, by the attributes that tell resources apart. */
  private EncodedResource home(EncodedResource whole) {
    if (resourceKeys.isEmpty()) {
      return whole;
    }
    AttributeMap attributes = whole.attributes();
    attributes.keys().stream()
        .filter(key -> !resourceKeys.contains(key))
        .forEach(attributes::remove);
    return whole.with(attributes);
  }
}
