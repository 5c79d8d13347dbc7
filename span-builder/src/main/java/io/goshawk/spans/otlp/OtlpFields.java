// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

/**
 * The numbers of fields that are written and read here: of
 * opentelemetry/proto/{trace,metrics,common,resource}/v1, and of the collector's requests.
 *
 * <p>{@code ExportMetricsServiceRequest}, {@code ResourceMetrics} and {@code ScopeMetrics} have
 * their fields under the numbers of their counterparts for spans.
 */
public final class OtlpFields {
  public static final int REQUEST_RESOURCE_SPANS = 1;

  public static final int RESOURCE_SPANS_RESOURCE = 1;
  public static final int RESOURCE_SPANS_SCOPE_SPANS = 2;

  /** Of {@code ResourceSpans} and of {@code ScopeSpans}. */
  public static final int SCHEMA_URL = 3;

  public static final int RESOURCE_ATTRIBUTES = 1;
  public static final int RESOURCE_DROPPED_ATTRIBUTES = 2;
  public static final int RESOURCE_ENTITY_REFS = 3;

  public static final int ENTITY_SCHEMA_URL = 1;
  public static final int ENTITY_TYPE = 2;
  public static final int ENTITY_ID_KEYS = 3;
  public static final int ENTITY_DESCRIPTION_KEYS = 4;

  public static final int SCOPE_SPANS_SCOPE = 1;
  public static final int SCOPE_SPANS_SPANS = 2;
  public static final int SCOPE_NAME = 1;
  public static final int SCOPE_VERSION = 2;
  public static final int SCOPE_ATTRIBUTES = 3;
  public static final int SCOPE_DROPPED_ATTRIBUTES = 4;

  public static final int SPAN_TRACE_ID = 1;
  public static final int SPAN_ID = 2;
  public static final int SPAN_TRACE_STATE = 3;
  public static final int SPAN_PARENT_ID = 4;
  public static final int SPAN_NAME = 5;
  public static final int SPAN_KIND = 6;
  public static final int SPAN_START = 7;
  public static final int SPAN_END = 8;
  public static final int SPAN_ATTRIBUTES = 9;
  public static final int SPAN_DROPPED_ATTRIBUTES = 10;
  public static final int SPAN_EVENTS = 11;
  public static final int SPAN_DROPPED_EVENTS = 12;
  public static final int SPAN_LINKS = 13;
  public static final int SPAN_DROPPED_LINKS = 14;
  public static final int SPAN_STATUS = 15;
  public static final int SPAN_FLAGS = 16;

  public static final int EVENT_TIME = 1;
  public static final int EVENT_NAME = 2;
  public static final int EVENT_ATTRIBUTES = 3;
  public static final int EVENT_DROPPED_ATTRIBUTES = 4;

  public static final int LINK_TRACE_ID = 1;
  public static final int LINK_SPAN_ID = 2;
  public static final int LINK_TRACE_STATE = 3;
  public static final int LINK_ATTRIBUTES = 4;
  public static final int LINK_DROPPED_ATTRIBUTES = 5;
  public static final int LINK_FLAGS = 6;

  public static final int STATUS_MESSAGE = 2;
  public static final int STATUS_CODE = 3;

  public static final int METRIC_NAME = 1;
  public static final int METRIC_DESCRIPTION = 2;
  public static final int METRIC_UNIT = 3;
  public static final int METRIC_GAUGE = 5;
  public static final int METRIC_SUM = 7;
  public static final int METRIC_HISTOGRAM = 9;
  public static final int METRIC_EXPONENTIAL_HISTOGRAM = 10;
  public static final int METRIC_SUMMARY = 11;
  public static final int METRIC_METADATA = 12;

  /** Of each of the five. */
  public static final int METRIC_DATA_POINTS = 1;

  /** Of sums and both kinds of histograms. */
  public static final int METRIC_TEMPORALITY = 2;

  public static final int SUM_IS_MONOTONIC = 3;

  /** Of every data point. */
  public static final int POINT_START = 2;

  /** Of every data point. */
  public static final int POINT_TIME = 3;

  public static final int NUMBER_DOUBLE = 4;
  public static final int NUMBER_EXEMPLARS = 5;
  public static final int NUMBER_INT = 6;
  public static final int NUMBER_ATTRIBUTES = 7;
  public static final int NUMBER_FLAGS = 8;

  /** Of the points of both kinds of histograms, and of summaries. */
  public static final int POINT_COUNT = 4;

  /** Of the points of both kinds of histograms, and of summaries. */
  public static final int POINT_SUM = 5;

  public static final int HISTOGRAM_BUCKET_COUNTS = 6;
  public static final int HISTOGRAM_BOUNDS = 7;
  public static final int HISTOGRAM_EXEMPLARS = 8;
  public static final int HISTOGRAM_ATTRIBUTES = 9;
  public static final int HISTOGRAM_FLAGS = 10;
  public static final int HISTOGRAM_MIN = 11;
  public static final int HISTOGRAM_MAX = 12;

  public static final int EXPONENTIAL_ATTRIBUTES = 1;
  public static final int EXPONENTIAL_SCALE = 6;
  public static final int EXPONENTIAL_ZERO_COUNT = 7;
  public static final int EXPONENTIAL_POSITIVE = 8;
  public static final int EXPONENTIAL_NEGATIVE = 9;
  public static final int EXPONENTIAL_FLAGS = 10;
  public static final int EXPONENTIAL_EXEMPLARS = 11;
  public static final int EXPONENTIAL_MIN = 12;
  public static final int EXPONENTIAL_MAX = 13;
  public static final int EXPONENTIAL_ZERO_THRESHOLD = 14;
  public static final int BUCKETS_OFFSET = 1;
  public static final int BUCKETS_COUNTS = 2;

  public static final int SUMMARY_QUANTILES = 6;
  public static final int SUMMARY_ATTRIBUTES = 7;
  public static final int SUMMARY_FLAGS = 8;
  public static final int QUANTILE_QUANTILE = 1;
  public static final int QUANTILE_VALUE = 2;

  public static final int EXEMPLAR_TIME = 2;
  public static final int EXEMPLAR_DOUBLE = 3;
  public static final int EXEMPLAR_SPAN_ID = 4;
  public static final int EXEMPLAR_TRACE_ID = 5;
  public static final int EXEMPLAR_INT = 6;
  public static final int EXEMPLAR_ATTRIBUTES = 7;

  public static final int KEY_VALUE_KEY = 1;
  public static final int KEY_VALUE_VALUE = 2;

  public static final int ANY_STRING = 1;
  public static final int ANY_BOOL = 2;
  public static final int ANY_INT = 3;
  public static final int ANY_DOUBLE = 4;
  public static final int ANY_ARRAY = 5;
  public static final int ANY_KEY_VALUE_LIST = 6;
  public static final int ANY_BYTES = 7;

  /** ArrayValue.values and KeyValueList.values. */
  public static final int LIST_VALUES = 1;

  private OtlpFields() {}
}
