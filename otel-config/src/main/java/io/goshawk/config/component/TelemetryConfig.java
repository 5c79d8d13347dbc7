// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Reading;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import io.goshawk.config.tree.Findings;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Origin;
import io.goshawk.config.tree.ScalarNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code service::telemetry}: what the agent says of itself. */
public final class TelemetryConfig {

  /** {@code logs}. */
  public static final class Logs {
    public static final Key<String> LEVEL =
        Key.of(
                "level",
                Types.word(
                    "none", "error", "warn", "info", "debug", "trace", "INFO", "WARN", "ERROR",
                    "DEBUG"),
                "What the log lets through.")
            .or("info");
    public static final Key<String> ENCODING =
        Key.of("encoding", Types.word("console", "json"), "How a line looks.").or("console");

    private Logs() {}
  }

  /** {@code metrics}. */
  public static final class Metrics {
    /** {@code prometheus} of a reader. */
    public static final class Prometheus {
      public static final Key<String> HOST =
          Key.of("host", Types.text(), "The address to listen at.").or("localhost");
      public static final Key<Long> PORT =
          Key.of("port", Types.whole(0, 65_535), "The port.").or("8888");

      public static final Key<Boolean> WITHOUT_TYPE_SUFFIX =
          Key.of(
                  "without_type_suffix",
                  Types.bool(),
                  "Leave _total away from the names of counters.")
              .or("true");
      public static final Key<Boolean> WITHOUT_UNITS =
          Key.of("without_units", Types.bool(), "Leave units away from names.").or("true");

      /** In {@link PullExporter#PROMETHEUS}. */
      public static final Section SECTION =
          Section.of(
              HOST,
              PORT,
              WITHOUT_TYPE_SUFFIX,
              WITHOUT_UNITS,
              Key.ignored("without_scope_info", "there is none"),
              NotYet.key("with_resource_constant_labels"));

      private Prometheus() {}
    }

    /** {@code exporter} of a reader that is asked. */
    public static final class PullExporter {
      public static final Key<Settings> PROMETHEUS =
          Key.of(
              "prometheus",
              Types.optionalSection(Prometheus.SECTION),
              "For Prometheus to scrape, at /metrics.");

      private PullExporter() {}
    }

    /** {@code otlp} of a reader that sends. */
    public static final class Otlp {
      public static final Key<String> PROTOCOL =
          Key.of("protocol", Types.word("http/protobuf", "grpc"), "How it is sent.").mandatory();
      public static final Key<String> ENDPOINT =
          Key.of(
                  "endpoint",
                  Types.text(),
                  "Where to, as of otlp_http or otlp_grpc; /v1/metrics is appended unless it is"
                      + " there.")
              .mandatory();
      public static final Key<Map<String, String>> HEADERS =
          Key.of("headers", Types.headers(), "Sent with every request.");
      public static final Key<String> COMPRESSION =
          Key.of("compression", Types.word("gzip", "none"), "How requests are packed.").or("gzip");
      public static final Key<Boolean> INSECURE =
          Key.of("insecure", Types.bool(), "Use no TLS for gRPC.").or("false");

      /** In {@link PushExporter#OTLP}. */
      public static final Section SECTION =
          Section.of(
                  PROTOCOL,
                  ENDPOINT,
                  HEADERS,
                  COMPRESSION,
                  INSECURE,
                  NotYet.key("certificate"),
                  NotYet.key("client_key"),
                  NotYet.key("client_certificate"),
                  NotYet.key("temporality_preference"),
                  NotYet.key("default_histogram_aggregation"),
                  NotYet.tuning("timeout"))
              .check((settings, at) -> exporter(settings, at));

      private static final String SUFFIX = "/v1/metrics";

      private Otlp() {}

      /** The exporter that sends there, as if it had been configured as one. */
      public static Component exporter(Settings otlp) {
        Component made = exporter(otlp, Reading.of(new Findings()));
        if (made == null) {
          throw new IllegalStateException("what was checked is no exporter: " + otlp.origin());
        }
        return made;
      }

      /** The same; null if it is wrong, and the reading has been told. */
      private static @Nullable Component exporter(Settings otlp, Reading at) {
        boolean grpc = otlp.get(PROTOCOL).equals("grpc");
        Origin origin = otlp.origin(ENDPOINT);
        Map<String, MapNode.Entry> keys = new LinkedHashMap<>();
        String endpoint = otlp.get(ENDPOINT);
        put(
            keys,
            origin,
            !grpc && endpoint.endsWith(SUFFIX) ? "metrics_endpoint" : "endpoint",
            endpoint);
        put(keys, otlp.origin(COMPRESSION), "compression", otlp.get(COMPRESSION));
        Map<String, MapNode.Entry> headers = new LinkedHashMap<>();
        otlp.get(HEADERS).forEach((name, value) -> put(headers, otlp.origin(HEADERS), name, value));
        node(keys, otlp.origin(HEADERS), "headers", headers);
        if (grpc && otlp.get(INSECURE)) {
          Map<String, MapNode.Entry> tls = new LinkedHashMap<>();
          Origin said = otlp.origin(INSECURE);
          tls.put("insecure", new MapNode.Entry(said, ScalarNode.plain(said, "true")));
          node(keys, said, "tls", tls);
        }
        Declaration declaration =
            grpc ? OtlpGrpcExporterConfig.DECLARATION : OtlpHttpExporterConfig.DECLARATION;
        Settings settings = declaration.section().read(new MapNode(origin, keys), at);
        return settings == null
            ? null
            : new Component(
                new ComponentId(declaration.type(), "telemetry"), declaration, settings, origin);
      }

      private static void put(
          Map<String, MapNode.Entry> keys, Origin origin, String key, String value) {
        keys.put(key, new MapNode.Entry(origin, ScalarNode.text(origin, value)));
      }

      private static void node(
          Map<String, MapNode.Entry> keys,
          Origin origin,
          String key,
          Map<String, MapNode.Entry> entries) {
        keys.put(key, new MapNode.Entry(origin, new MapNode(origin, entries)));
      }
    }

    /** {@code exporter} of a reader that sends. */
    public static final class PushExporter {
      public static final Key<Settings> OTLP =
          Key.of("otlp", Types.section(Otlp.SECTION), "To an OTLP backend.").mandatory();

      private PushExporter() {}
    }

    /** {@code periodic} of a reader. */
    public static final class Periodic {
      public static final Key<Long> INTERVAL =
          Key.of(
                  "interval",
                  Types.whole(100, Integer.MAX_VALUE),
                  "How often metrics are sent, in milliseconds.")
              .or("60000");
      public static final Key<Settings> EXPORTER =
          Key.of("exporter", Types.section(Section.of(PushExporter.OTLP)), "Where to.").mandatory();

      private Periodic() {}
    }

    /** {@code pull} of a reader. */
    public static final class Pull {
      public static final Key<Settings> EXPORTER =
          Key.of("exporter", Types.section(Section.of(PullExporter.PROMETHEUS)), "In which form.")
              .mandatory();

      private Pull() {}
    }

    /** One of {@code readers}. */
    public static final class Reader {
      public static final Key<Settings> PULL =
          Key.of("pull", Types.optionalSection(Section.of(Pull.EXPORTER)), "Metrics on request.");

      public static final Key<Settings> PERIODIC =
          Key.of(
              "periodic",
              Types.optionalSection(
                  Section.of(Periodic.INTERVAL, Periodic.EXPORTER, NotYet.tuning("timeout"))),
              "Metrics sent by OTLP.");

      private Reader() {}
    }

    public static final Key<String> LEVEL =
        Key.of(
                "level",
                Types.word("none", "basic", "normal", "detailed"),
                "How much is measured; none for nothing.")
            .or("normal");
    public static final Key<List<Settings>> READERS =
        Key.of(
            "readers",
            Types.listOf(Types.section(Section.of(Reader.PULL, Reader.PERIODIC))),
            "Where metrics are to be had; by default for Prometheus at localhost:8888.");

    private Metrics() {}
  }

  public static final Key<Settings> LOGS =
      Key.of(
          "logs",
          Types.section(
              Section.of(
                  Logs.LEVEL,
                  Logs.ENCODING,
                  NotYet.tuning("sampling"),
                  NotYet.tuning("development"),
                  NotYet.tuning("disable_caller"),
                  NotYet.tuning("disable_stacktrace"),
                  NotYet.key("initial_fields"),
                  NotYet.key("output_paths"),
                  NotYet.key("error_output_paths"),
                  NotYet.key("processors"))),
          "The log, on standard error.");
  public static final Key<Settings> METRICS =
      Key.of(
          "metrics",
          Types.section(
              Section.of(
                  Metrics.LEVEL,
                  Metrics.READERS,
                  NotYet.key("views"),
                  Key.refused("address", "write readers, as newer Collectors have it"))),
          "Metrics of the agent itself.");
  public static final Key<Map<String, String>> RESOURCE =
      Key.of("resource", Types.mapOf(Types.text()), "Attributes of the agent's own resource.");

  static final Section SECTION = Section.of(LOGS, METRICS, RESOURCE, NotYet.key("traces"));

  private TelemetryConfig() {}
}
