// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.time.Duration;
import java.util.List;

/** The connector {@code service_graph}, formerly {@code servicegraph}. */
public final class ServiceGraphConfig {

  /** {@code store}. */
  public static final class Store {
    public static final Key<Duration> TTL =
        Key.of(
                "ttl",
                Types.duration(Duration.ofMillis(1)),
                "How long a client's span waits for the server's, and the other way around.")
            .or("2s");
    public static final Key<Long> MAX_ITEMS =
        Key.of("max_items", Types.whole(1, Integer.MAX_VALUE), "The most spans that wait.")
            .or("1000");

    private Store() {}
  }

  public static final Key<List<Duration>> LATENCY_HISTOGRAM_BUCKETS =
      DurationBuckets.bounds(
          "latency_histogram_buckets", "The upper bounds of the histograms' buckets, rising.");
  public static final Key<Long> EXPONENTIAL_HISTOGRAM_MAX_SIZE =
      Key.of(
              "exponential_histogram_max_size",
              Types.count(),
              "Make exponential histograms with so many buckets instead, two at least; 0 for no.")
          .or("0");
  public static final Key<List<String>> DIMENSIONS =
      Key.of(
          "dimensions",
          Types.listOf(Types.text()),
          "Attributes of spans and resources that become labels, of the client's and the server's.");
  public static final Key<Settings> STORE =
      Key.of(
          "store",
          Types.section(Section.of(Store.TTL, Store.MAX_ITEMS)),
          "The spans that wait for their counterparts.");
  public static final Key<List<String>> VIRTUAL_NODE_PEER_ATTRIBUTES =
      Key.of(
              "virtual_node_peer_attributes",
              Types.listOf(Types.text()),
              "The attributes by which a peer without spans of its own gets its name, the first"
                  + " that is there.")
          .or("peer.service, db.namespace, db.name, db.system.name, db.system");
  public static final Key<Boolean> VIRTUAL_NODE_EXTRA_LABEL =
      Key.of("virtual_node_extra_label", Types.bool(), "Say by a label which side had no spans.")
          .or("false");
  public static final Key<List<String>> DATABASE_NAME_ATTRIBUTES =
      Key.of(
              "database_name_attributes",
              Types.listOf(Types.text()),
              "The attributes that name a database, the first that is there.")
          .or("db.namespace, db.name");
  public static final Key<Duration> METRICS_FLUSH_INTERVAL =
      Key.of(
              "metrics_flush_interval",
              Types.duration(Duration.ofMillis(1)),
              "How often metrics are sent.")
          .or("60s");

  static final Declaration DECLARATION =
      Declaration.connector(
              "service_graph",
              Section.of(
                      LATENCY_HISTOGRAM_BUCKETS,
                      EXPONENTIAL_HISTOGRAM_MAX_SIZE,
                      DIMENSIONS,
                      STORE,
                      VIRTUAL_NODE_PEER_ATTRIBUTES,
                      VIRTUAL_NODE_EXTRA_LABEL,
                      DATABASE_NAME_ATTRIBUTES,
                      METRICS_FLUSH_INTERVAL,
                      Key.refused(
                          "database_name_attribute", "write database_name_attributes: [NAME]"),
                      NotYet.key("metrics_timestamp_offset"),
                      NotYet.tuning("cache_loop"),
                      NotYet.tuning("store_expiration_loop"),
                      Key.ignored("metrics_exporter", "the pipelines say where metrics go"))
                  .check(
                      (settings, at) -> {
                        DurationBuckets.check(settings, LATENCY_HISTOGRAM_BUCKETS, at);
                        if (settings.get(EXPONENTIAL_HISTOGRAM_MAX_SIZE) == 1) {
                          at.member(EXPONENTIAL_HISTOGRAM_MAX_SIZE.name())
                              .error(
                                  settings.origin(EXPONENTIAL_HISTOGRAM_MAX_SIZE),
                                  "is 1; there must be two buckets at least");
                        }
                        if (settings.says(LATENCY_HISTOGRAM_BUCKETS)
                            && settings.get(EXPONENTIAL_HISTOGRAM_MAX_SIZE) > 0) {
                          at.member(EXPONENTIAL_HISTOGRAM_MAX_SIZE.name())
                              .error(
                                  settings.origin(EXPONENTIAL_HISTOGRAM_MAX_SIZE),
                                  "stands beside latency_histogram_buckets; say one");
                        }
                      }),
              "Counts calls between services, from the spans of both sides.",
              """
              store:
                ttl: 5s
                max_items: 5000
              """)
          .formerly("servicegraph");

  private ServiceGraphConfig() {}
}
