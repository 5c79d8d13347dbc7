// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Reading;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The connector {@code span_metrics}, formerly {@code spanmetrics}. */
public final class SpanMetricsConfig {

  /** The labels that every series has, unless they are excluded. */
  public static final List<String> DEFAULT_DIMENSIONS =
      List.of("service.name", "span.name", "span.kind", "status.code");

  /** {@code histogram}. */
  public static final class Histogram {
    /** {@code explicit}. */
    public static final class Explicit {
      public static final Key<List<Duration>> BUCKETS =
          DurationBuckets.bounds("buckets", "The upper bounds of the buckets, rising.");

      private Explicit() {}
    }

    /** {@code exponential}. */
    public static final class Exponential {
      public static final Key<Long> MAX_SIZE =
          Key.of("max_size", Types.whole(2, 16_384), "The most buckets to either side of zero.")
              .or("160");

      private Exponential() {}
    }

    public static final Key<Boolean> DISABLE =
        Key.of("disable", Types.bool(), "Make no histogram.").or("false");
    public static final Key<String> UNIT =
        Key.of("unit", Types.word("ms", "s"), "The unit of durations.").or("ms");

    /** Of {@link #EXPLICIT}. */
    public static final Section EXPLICIT_SECTION =
        Section.of(Explicit.BUCKETS)
            .check((settings, at) -> DurationBuckets.check(settings, Explicit.BUCKETS, at));

    public static final Key<Settings> EXPLICIT =
        Key.of(
            "explicit",
            Types.optionalSection(EXPLICIT_SECTION),
            "Buckets with bounds that are given; this is the default.");
    public static final Key<Settings> EXPONENTIAL =
        Key.of(
            "exponential",
            Types.optionalSection(Section.of(Exponential.MAX_SIZE)),
            "Buckets that fit themselves to what comes.");

    private Histogram() {}
  }

  /** One of {@code dimensions}. */
  public static final class Dimension {
    public static final Key<String> NAME =
        Key.of("name", Types.text(), "The attribute of the span or its resource.").mandatory();
    public static final Key<String> DEFAULT =
        Key.of("default", Types.text(), "The value where there is none; without it none.");

    static final Section SECTION = Section.of(NAME, DEFAULT);

    private Dimension() {}
  }

  /** {@code exemplars}. */
  public static final class Exemplars {
    public static final Key<Boolean> ENABLED =
        Key.of("enabled", Types.bool(), "Attach spans to the values they made.").or("false");
    public static final Key<Long> MAX_PER_DATA_POINT =
        Key.of("max_per_data_point", Types.whole(1, 1_000), "The most for one value.").or("5");

    private Exemplars() {}
  }

  public static final Key<Settings> HISTOGRAM =
      Key.of(
          "histogram",
          Types.section(
              Section.of(
                      Histogram.DISABLE,
                      Histogram.UNIT,
                      Histogram.EXPLICIT,
                      Histogram.EXPONENTIAL,
                      NotYet.key("dimensions"))
                  .check(
                      (settings, at) -> {
                        if (settings.says(Histogram.EXPLICIT)
                            && settings.says(Histogram.EXPONENTIAL)) {
                          at.member(Histogram.EXPONENTIAL.name())
                              .error(
                                  settings.origin(Histogram.EXPONENTIAL),
                                  "stands beside explicit; say one");
                        }
                      })),
          "How durations are counted.");
  public static final Key<List<Settings>> DIMENSIONS =
      Key.of(
          "dimensions",
          Types.listOf(Types.section(Dimension.SECTION)),
          "Attributes besides service.name, span.name, span.kind and status.code.");
  public static final Key<List<String>> EXCLUDE_DIMENSIONS =
      Key.of("exclude_dimensions", Types.listOf(Types.text()), "Which of these four to leave out.");
  public static final Key<Long> AGGREGATION_CARDINALITY_LIMIT =
      Key.of(
              "aggregation_cardinality_limit",
              Types.count(),
              "The most series of a metric; what comes beyond is in one that says so.")
          .or("2000");
  public static final Key<String> AGGREGATION_TEMPORALITY =
      Key.of(
              "aggregation_temporality",
              Types.word("AGGREGATION_TEMPORALITY_CUMULATIVE", "AGGREGATION_TEMPORALITY_DELTA"),
              "Whether values count from the beginning or from the last time.")
          .or("AGGREGATION_TEMPORALITY_CUMULATIVE");
  public static final Key<Duration> METRICS_FLUSH_INTERVAL =
      Key.of(
              "metrics_flush_interval",
              Types.duration(Duration.ofMillis(1)),
              "How often metrics are sent.")
          .or("60s");
  public static final Key<Duration> METRICS_EXPIRATION =
      Key.of(
              "metrics_expiration",
              Types.duration(),
              "How long a series without spans is kept; 0s for ever.")
          .or("0s");
  public static final Key<String> NAMESPACE =
      Key.of("namespace", Types.text(), "Put before the names of metrics.")
          .or("traces.span.metrics");
  public static final Key<Settings> EXEMPLARS =
      Key.of(
          "exemplars",
          Types.section(Section.of(Exemplars.ENABLED, Exemplars.MAX_PER_DATA_POINT)),
          "Spans that stand for many.");
  public static final Key<List<String>> RESOURCE_METRICS_KEY_ATTRIBUTES =
      Key.of(
          "resource_metrics_key_attributes",
          Types.listOf(Types.text()),
          "The resource attributes that tell resources apart, and are kept; by default all of"
              + " them.");

  public static final Key<Boolean> SEMANTIC_CONVENTIONS =
      Key.of(
              "semantic_conventions",
              Types.bool(),
              "Also make the histograms of the semantic conventions, in seconds:"
                  + " http.server.request.duration, http.client.request.duration,"
                  + " rpc.server.call.duration, rpc.client.call.duration and"
                  + " db.client.operation.duration. Not a key of the Collector's.")
          .or("false");

  static final Declaration DECLARATION =
      Declaration.connector(
              "span_metrics",
              Section.of(
                      HISTOGRAM,
                      DIMENSIONS,
                      EXCLUDE_DIMENSIONS,
                      AGGREGATION_CARDINALITY_LIMIT,
                      AGGREGATION_TEMPORALITY,
                      METRICS_FLUSH_INTERVAL,
                      METRICS_EXPIRATION,
                      NAMESPACE,
                      EXEMPLARS,
                      RESOURCE_METRICS_KEY_ATTRIBUTES,
                      SEMANTIC_CONVENTIONS,
                      NotYet.key("calls_dimensions"),
                      NotYet.key("events"),
                      NotYet.key("include_instrumentation_scope"),
                      NotYet.key("add_resource_attributes"),
                      NotYet.tuning("dimensions_cache_size"),
                      NotYet.tuning("resource_metrics_cache_size"),
                      NotYet.tuning("metric_timestamp_cache_size"))
                  .check(SpanMetricsConfig::checkDimensions),
              "Counts calls and durations of spans, per service, name, kind and status.",
              """
              histogram:
                exponential:
              dimensions:
                - name: http.route
              exemplars:
                enabled: true
              """)
          .formerly("spanmetrics");

  /** A series has a label once. */
  private static void checkDimensions(Settings settings, Reading at) {
    Set<String> seen = new HashSet<>(DEFAULT_DIMENSIONS);
    List<Settings> dimensions = settings.get(DIMENSIONS);
    for (int i = 0; i < dimensions.size(); i++) {
      Settings dimension = dimensions.get(i);
      // One that lacks its name has been told of.
      if (dimension.find(Dimension.NAME).filter(name -> !seen.add(name)).isPresent()) {
        at.member(DIMENSIONS.name())
            .element(i)
            .member(Dimension.NAME.name())
            .error(dimension.origin(Dimension.NAME), "is a dimension already");
      }
    }
  }

  private SpanMetricsConfig() {}
}
