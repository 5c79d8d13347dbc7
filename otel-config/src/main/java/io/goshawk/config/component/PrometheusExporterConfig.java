// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/** The exporter {@code prometheus}. */
public final class PrometheusExporterConfig {

  /** {@code resource_to_telemetry_conversion}. */
  public static final class ResourceToTelemetry {
    public static final Key<Boolean> ENABLED =
        Key.of("enabled", Types.bool(), "Make every resource attribute a label.").or("false");

    private ResourceToTelemetry() {}
  }

  public static final Key<String> ENDPOINT =
      Key.of("endpoint", Types.hostPort(), "Where it answers, at /metrics.").mandatory();
  public static final Key<String> NAMESPACE =
      Key.of("namespace", Types.text(), "Put before the name of every metric.");
  public static final Key<Map<String, String>> CONST_LABELS =
      Key.of("const_labels", Types.mapOf(Types.text()), "Labels that every series has.");
  public static final Key<Boolean> SEND_TIMESTAMPS =
      Key.of("send_timestamps", Types.bool(), "Say when each value was taken.").or("false");
  public static final Key<Duration> METRIC_EXPIRATION =
      Key.of("metric_expiration", Types.duration(), "How long a series without news is shown.")
          .or("5m");
  public static final Key<Settings> RESOURCE_TO_TELEMETRY_CONVERSION =
      Key.of(
          "resource_to_telemetry_conversion",
          Types.section(Section.of(ResourceToTelemetry.ENABLED)),
          "What becomes of resource attributes.");
  public static final Key<Boolean> ENABLE_OPEN_METRICS =
      Key.of(
              "enable_open_metrics",
              Types.bool(),
              "Answer in OpenMetrics, with exemplars, whoever asks for it.")
          .or("false");
  public static final Key<Boolean> ADD_METRIC_SUFFIXES =
      Key.of("add_metric_suffixes", Types.bool(), "Put unit and type behind metric names.")
          .or("true");

  /** The keys of {@link TlsServerConfig}. */
  public static final Key<Settings> TLS = TlsServerConfig.TLS;

  static final Declaration DECLARATION =
      Declaration.exporter(
          "prometheus",
          Set.of(Signal.METRICS),
          Section.of(
              ENDPOINT,
              TLS,
              NAMESPACE,
              CONST_LABELS,
              SEND_TIMESTAMPS,
              METRIC_EXPIRATION,
              RESOURCE_TO_TELEMETRY_CONVERSION,
              ENABLE_OPEN_METRICS,
              ADD_METRIC_SUFFIXES,
              NotYet.key("translation_strategy"),
              NotYet.key("cors"),
              NotYet.key("auth"),
              NotYet.tuning("sending_queue")),
          "Lets Prometheus scrape metrics.",
          """
          endpoint: localhost:8889
          """);

  private PrometheusExporterConfig() {}
}
