// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import io.goshawk.config.component.Signal;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Batches as another program would send them, for tests. */
public final class EncodedBatches {
  private EncodedBatches() {}

  /** A string attribute. */
  public static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  /** An attribute that is a whole number. */
  public static KeyValue attribute(String key, long value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setIntValue(value))
        .build();
  }

  /** A span with everything that one can have, some of it unknown to this version of OTLP. */
  public static Span.Builder span(int number) {
    return Span.newBuilder()
        .setTraceId(
            ByteString.copyFrom(
                new byte[] {
                  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, (byte) (number >> 8), (byte) number
                }))
        .setSpanId(
            ByteString.copyFrom(new byte[] {0, 0, 0, 0, 0, 0, (byte) (number >> 8), (byte) number}))
        .setName("span " + number)
        .setKind(Span.SpanKind.SPAN_KIND_SERVER)
        .setStartTimeUnixNano(1_000 + number)
        .setEndTimeUnixNano(2_000 + number)
        .addAttributes(attribute("number", number))
        .addEvents(Span.Event.newBuilder().setName("event").addAttributes(attribute("e", "v")))
        .addLinks(
            Span.Link.newBuilder()
                .setTraceId(ByteString.copyFrom(new byte[16]))
                .addAttributes(attribute("l", 1)))
        .setUnknownFields(
            UnknownFieldSet.newBuilder()
                .addField(900, UnknownFieldSet.Field.newBuilder().addVarint(number).build())
                .build());
  }

  /** A request with spans of one resource, numbered from 0 and then changed. */
  public static ExportTraceServiceRequest request(
      String service, int count, Consumer<Span.Builder> change) {
    ScopeSpans.Builder scope =
        ScopeSpans.newBuilder()
            .setScope(InstrumentationScope.newBuilder().setName("lib").setVersion("1"))
            .setSchemaUrl("https://scope");
    for (int i = 0; i < count; i++) {
      Span.Builder span = span(i);
      change.accept(span);
      scope.addSpans(span);
    }
    return ExportTraceServiceRequest.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder()
                .setResource(
                    Resource.newBuilder()
                        .addAttributes(attribute("service.name", service))
                        .setDroppedAttributesCount(3))
                .setSchemaUrl("https://resource")
                .addScopeSpans(scope))
        .build();
  }

  /** A batch of it. */
  public static EncodedBatch batch(String service, int count, Consumer<Span.Builder> change) {
    return of(request(service, count, change));
  }

  /** A batch of a request. */
  public static EncodedBatch of(ExportTraceServiceRequest request) {
    try {
      return OtlpRequests.decode(Signal.TRACES, request.toByteArray());
    } catch (MalformedException e) {
      throw new AssertionError(e);
    }
  }

  /** A request with metrics of one resource, each with so many data points. */
  public static ExportMetricsServiceRequest metricsRequest(String service, int... points) {
    ScopeMetrics.Builder scope =
        ScopeMetrics.newBuilder().setScope(InstrumentationScope.newBuilder().setName("lib"));
    for (int i = 0; i < points.length; i++) {
      Sum.Builder sum =
          Sum.newBuilder()
              .setIsMonotonic(true)
              .setAggregationTemporality(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
      for (int k = 0; k < points[i]; k++) {
        sum.addDataPoints(
            NumberDataPoint.newBuilder()
                .setStartTimeUnixNano(1_000)
                .setTimeUnixNano(2_000)
                .setAsInt(k)
                .addAttributes(attribute("number", k)));
      }
      scope.addMetrics(Metric.newBuilder().setName("metric." + i).setUnit("{call}").setSum(sum));
    }
    return ExportMetricsServiceRequest.newBuilder()
        .addResourceMetrics(
            ResourceMetrics.newBuilder()
                .setResource(
                    Resource.newBuilder().addAttributes(attribute("service.name", service)))
                .addScopeMetrics(scope))
        .build();
  }

  /** A batch of a request of metrics. */
  public static EncodedBatch of(ExportMetricsServiceRequest request) {
    try {
      return OtlpRequests.decode(Signal.METRICS, request.toByteArray());
    } catch (MalformedException e) {
      throw new AssertionError(e);
    }
  }

  /** All metrics of a batch, in their order, as a backend would read them. */
  public static List<Metric> metrics(EncodedBatch batch) {
    List<Metric> metrics = new ArrayList<>();
    for (ResourceMetrics resource : sentMetrics(batch).getResourceMetricsList()) {
      resource.getScopeMetricsList().forEach(scope -> metrics.addAll(scope.getMetricsList()));
    }
    return metrics;
  }

  /** What a backend would read of metrics. */
  public static ExportMetricsServiceRequest sentMetrics(EncodedBatch batch) {
    try {
      return ExportMetricsServiceRequest.parseFrom(OtlpRequests.encode(batch));
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  /** What a backend would read. */
  public static ExportTraceServiceRequest sent(EncodedBatch batch) {
    try {
      return ExportTraceServiceRequest.parseFrom(OtlpRequests.encode(batch));
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  /** All spans of a batch, in their order. */
  public static List<Span> spans(EncodedBatch batch) {
    List<Span> spans = new ArrayList<>();
    for (ResourceSpans resource : sent(batch).getResourceSpansList()) {
      resource.getScopeSpansList().forEach(scope -> spans.addAll(scope.getSpansList()));
    }
    return spans;
  }

  /** The names of all spans of a batch. */
  public static List<String> names(EncodedBatch batch) {
    return spans(batch).stream().map(Span::getName).toList();
  }
}
