// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.util.List;
import java.util.Map;

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

      /** In {@link Exporter#PROMETHEUS}. */
      static final Section SECTION =
          Section.of(
              HOST,
              PORT,
              NotYet.tuning("without_scope_info"),
              NotYet.tuning("without_type_suffix"),
              NotYet.tuning("without_units"),
              NotYet.key("with_resource_constant_labels"));

      private Prometheus() {}
    }

    /** {@code exporter} of a reader. */
    public static final class Exporter {
      public static final Key<Settings> PROMETHEUS =
          Key.of(
              "prometheus",
              Types.optionalSection(Prometheus.SECTION),
              "For Prometheus to scrape, at /metrics.");

      private Exporter() {}
    }

    /** {@code pull} of a reader. */
    public static final class Pull {
      public static final Key<Settings> EXPORTER =
          Key.of("exporter", Types.section(Section.of(Exporter.PROMETHEUS)), "In which form.")
              .mandatory();

      private Pull() {}
    }

    /** One of {@code readers}. */
    public static final class Reader {
      public static final Key<Settings> PULL =
          Key.of("pull", Types.optionalSection(Section.of(Pull.EXPORTER)), "Metrics on request.");

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
            Types.listOf(Types.section(Section.of(Reader.PULL, NotYet.key("periodic")))),
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
