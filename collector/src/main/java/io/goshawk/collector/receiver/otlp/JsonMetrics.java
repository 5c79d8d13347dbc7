// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import static io.goshawk.collector.receiver.otlp.JsonRequests.camel;

import io.goshawk.collector.telemetry.MetricKind;
import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import java.util.List;

/** Converts the metrics of a request; what they share with spans is the request's. */
final class JsonMetrics {
  private static final List<String> TEMPORALITIES =
      List.of(
          "AGGREGATION_TEMPORALITY_UNSPECIFIED",
          "AGGREGATION_TEMPORALITY_DELTA",
          "AGGREGATION_TEMPORALITY_CUMULATIVE");

  private final JsonRequests request;
  private final JsonInput json;
  private final ForwardProto out;

  JsonMetrics(JsonRequests request, JsonInput json, ForwardProto out) {
    this.request = request;
    this.json = json;
    this.out = out;
  }

  void metric() throws MalformedException {
    json.object(
        name -> {
          switch (camel(name)) {
            case "name" -> out.text(OtlpFields.METRIC_NAME, json.text());
            case "description" -> out.text(OtlpFields.METRIC_DESCRIPTION, json.text());
            case "unit" -> out.text(OtlpFields.METRIC_UNIT, json.text());
            case "gauge" -> data(MetricKind.GAUGE);
            case "sum" -> data(MetricKind.SUM);
            case "histogram" -> data(MetricKind.HISTOGRAM);
            case "exponentialHistogram" -> data(MetricKind.EXPONENTIAL_HISTOGRAM);
            case "summary" -> data(MetricKind.SUMMARY);
            case "metadata" -> request.each(OtlpFields.METRIC_METADATA, request::keyValue);
            default -> json.skip();
          }
        });
  }

  private void data(MetricKind kind) throws MalformedException {
    request.one(
        kind.field(),
        () ->
            json.object(
                name -> {
                  switch (camel(name)) {
                    case "dataPoints" ->
                        request.each(OtlpFields.METRIC_DATA_POINTS, () -> point(kind));
                    case "aggregationTemporality" ->
                        out.number(OtlpFields.METRIC_TEMPORALITY, request.word(TEMPORALITIES));
                    case "isMonotonic" ->
                        out.number(OtlpFields.SUM_IS_MONOTONIC, json.bool() ? 1 : 0);
                    default -> json.skip();
                  }
                }));
  }

  private void point(MetricKind kind) throws MalformedException {
    json.object(
        written -> {
          String name = camel(written);
          switch (name) {
            case "attributes" -> request.each(kind.attributes(), request::keyValue);
            case "startTimeUnixNano" -> out.fixed64(OtlpFields.POINT_START, json.unsigned());
            case "timeUnixNano" -> out.fixed64(OtlpFields.POINT_TIME, json.unsigned());
            default -> {
              switch (kind) {
                case GAUGE, SUM -> number(name);
                case HISTOGRAM -> histogram(name);
                case EXPONENTIAL_HISTOGRAM -> exponential(name);
                case SUMMARY -> summary(name);
              }
            }
          }
        });
  }

  private void number(String name) throws MalformedException {
    switch (name) {
      case "asDouble" -> real(OtlpFields.NUMBER_DOUBLE);
      case "asInt" -> out.fixed64(OtlpFields.NUMBER_INT, json.whole());
      case "exemplars" -> request.each(OtlpFields.NUMBER_EXEMPLARS, this::exemplar);
      case "flags" -> out.number(OtlpFields.NUMBER_FLAGS, request.count());
      default -> json.skip();
    }
  }

  private void histogram(String name) throws MalformedException {
    switch (name) {
      case "count" -> out.fixed64(OtlpFields.POINT_COUNT, json.unsigned());
      case "sum" -> real(OtlpFields.POINT_SUM);
      case "bucketCounts" ->
          packed(OtlpFields.HISTOGRAM_BUCKET_COUNTS, () -> out.fixed64(json.unsigned()));
      case "explicitBounds" ->
          packed(
              OtlpFields.HISTOGRAM_BOUNDS,
              () -> out.fixed64(Double.doubleToRawLongBits(json.real())));
      case "exemplars" -> request.each(OtlpFields.HISTOGRAM_EXEMPLARS, this::exemplar);
      case "flags" -> out.number(OtlpFields.HISTOGRAM_FLAGS, request.count());
      case "min" -> real(OtlpFields.HISTOGRAM_MIN);
      case "max" -> real(OtlpFields.HISTOGRAM_MAX);
      default -> json.skip();
    }
  }

  private void exponential(String name) throws MalformedException {
    switch (name) {
      case "count" -> out.fixed64(OtlpFields.POINT_COUNT, json.unsigned());
      case "sum" -> real(OtlpFields.POINT_SUM);
      case "scale" -> out.number(OtlpFields.EXPONENTIAL_SCALE, zigzag());
      case "zeroCount" -> out.fixed64(OtlpFields.EXPONENTIAL_ZERO_COUNT, json.unsigned());
      case "positive" -> request.one(OtlpFields.EXPONENTIAL_POSITIVE, this::buckets);
      case "negative" -> request.one(OtlpFields.EXPONENTIAL_NEGATIVE, this::buckets);
      case "flags" -> out.number(OtlpFields.EXPONENTIAL_FLAGS, request.count());
      case "exemplars" -> request.each(OtlpFields.EXPONENTIAL_EXEMPLARS, this::exemplar);
      case "min" -> real(OtlpFields.EXPONENTIAL_MIN);
      case "max" -> real(OtlpFields.EXPONENTIAL_MAX);
      case "zeroThreshold" -> real(OtlpFields.EXPONENTIAL_ZERO_THRESHOLD);
      default -> json.skip();
    }
  }

  private void buckets() throws MalformedException {
    json.object(
        name -> {
          switch (camel(name)) {
            case "offset" -> out.number(OtlpFields.BUCKETS_OFFSET, zigzag());
            case "bucketCounts" ->
                packed(OtlpFields.BUCKETS_COUNTS, () -> out.number(json.unsigned()));
            default -> json.skip();
          }
        });
  }

  private void summary(String name) throws MalformedException {
    switch (name) {
      case "count" -> out.fixed64(OtlpFields.POINT_COUNT, json.unsigned());
      case "sum" -> real(OtlpFields.POINT_SUM);
      case "quantileValues" -> request.each(OtlpFields.SUMMARY_QUANTILES, this::quantile);
      case "flags" -> out.number(OtlpFields.SUMMARY_FLAGS, request.count());
      default -> json.skip();
    }
  }

  private void quantile() throws MalformedException {
    json.object(
        name -> {
          switch (camel(name)) {
            case "quantile" -> real(OtlpFields.QUANTILE_QUANTILE);
            case "value" -> real(OtlpFields.QUANTILE_VALUE);
            default -> json.skip();
          }
        });
  }

  private void exemplar() throws MalformedException {
    json.object(
        name -> {
          switch (camel(name)) {
            case "filteredAttributes" ->
                request.each(OtlpFields.EXEMPLAR_ATTRIBUTES, request::keyValue);
            case "timeUnixNano" -> out.fixed64(OtlpFields.EXEMPLAR_TIME, json.unsigned());
            case "asDouble" -> real(OtlpFields.EXEMPLAR_DOUBLE);
            case "asInt" -> out.fixed64(OtlpFields.EXEMPLAR_INT, json.whole());
            case "spanId" -> request.id(OtlpFields.EXEMPLAR_SPAN_ID);
            case "traceId" -> request.id(OtlpFields.EXEMPLAR_TRACE_ID);
            default -> json.skip();
          }
        });
  }

  private void real(int field) throws MalformedException {
    out.fixed64(field, Double.doubleToRawLongBits(json.real()));
  }

  /** A {@code sint32}. */
  private long zigzag() throws MalformedException {
    int value = (int) json.whole();
    return (value << 1 ^ value >> 31) & 0xffff_ffffL;
  }

  private void packed(int field, JsonRequests.Message number) throws MalformedException {
    request.one(
        field,
        () ->
            json.array(
                () -> {
                  number.read();
                  request.checkLength();
                }));
  }
}
