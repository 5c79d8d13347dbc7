// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

import io.goshawk.config.Environment.Variable;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Everything that the agent's own {@code OTEL_*} variables say.
 *
 * @param disabled {@code OTEL_SDK_DISABLED}
 * @param exporters {@code OTEL_TRACES_EXPORTER}; empty for {@code none}
 * @param otlp where OTLP goes; there exactly if {@code exporters} has it
 * @param service of the targets that say nothing of themselves
 * @param sampler the head sampler
 * @param batch queue and batches of each exporter
 * @param limits the most that a span may carry
 * @param logLevel of the agent's own log
 * @param httpMethods {@code OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS}, in place of the known ones
 * @param headers which of them become attributes, by what is set of {@link HeaderVariable}
 * @param formerRpc {@code OTEL_SEMCONV_STABILITY_OPT_IN} has {@code rpc/dup}: spans of remote calls
 *     have the attributes from before the conventions were stable as well
 * @param warnings values that were ignored, with the reasons
 */
public record OtelSettings(
    boolean disabled,
    Set<TraceExporterKind> exporters,
    Optional<OtlpSettings> otlp,
    ServiceSettings service,
    SamplerSettings sampler,
    BatchSettings batch,
    SpanLimits limits,
    LogLevel logLevel,
    Optional<Set<String>> httpMethods,
    Map<HeaderVariable, List<String>> headers,
    boolean formerRpc,
    List<String> warnings) {

  /** Copies its collections. */
  public OtelSettings {
    exporters = Collections.unmodifiableSet(new LinkedHashSet<>(exporters));
    httpMethods =
        httpMethods.map(methods -> Collections.unmodifiableSet(new LinkedHashSet<>(methods)));
    headers = Map.copyOf(headers);
    warnings = List.copyOf(warnings);
  }

  /**
   * Reads an environment.
   *
   * @throws ConfigException if OTLP is wanted and its settings cannot be used
   */
  public static OtelSettings read(Map<String, String> variables) {
    Environment environment = new Environment(variables);
    boolean disabled = environment.flag("OTEL_SDK_DISABLED");
    Set<TraceExporterKind> exporters = exporters(environment);
    Optional<OtlpSettings> otlp =
        exporters.contains(TraceExporterKind.OTLP)
            ? Optional.of(OtlpSettings.from(environment))
            : Optional.empty();
    ServiceSettings service = ServiceSettings.from(environment);
    SamplerSettings sampler = SamplerSettings.from(environment);
    BatchSettings batch = BatchSettings.from(environment);
    SpanLimits limits = SpanLimits.from(environment);
    LogLevel logLevel = logLevel(environment);
    if (environment.text("OTEL_CONFIG_FILE").isPresent()) {
      // The SDKs' declarative configuration is another language than the Collector's.
      environment.warn("OTEL_CONFIG_FILE: configures an SDK and is ignored here");
    }
    return new OtelSettings(
        disabled,
        exporters,
        otlp,
        service,
        sampler,
        batch,
        limits,
        logLevel,
        httpMethods(environment),
        headers(environment),
        environment
            .text("OTEL_SEMCONV_STABILITY_OPT_IN")
            .filter(value -> list(value).contains("rpc/dup"))
            .isPresent(),
        environment.warnings());
  }

  /** A comma-separated list. Unknown names are ignored; if none is left, the default counts. */
  private static Set<TraceExporterKind> exporters(Environment environment) {
    Optional<Variable> variable = environment.first("OTEL_TRACES_EXPORTER");
    if (variable.isEmpty()) {
      return EnumSet.of(TraceExporterKind.OTLP);
    }
    Set<TraceExporterKind> kinds = new LinkedHashSet<>();
    boolean none = false;
    for (String name : list(variable.get().value())) {
      switch (name.toLowerCase(Locale.ROOT)) {
        case "otlp" -> kinds.add(TraceExporterKind.OTLP);
        case "console" -> kinds.add(TraceExporterKind.CONSOLE);
        case "none" -> none = true;
        default ->
            environment.warn(
                variable.get(), "names \"" + name + "\", which is none of otlp, console, none");
      }
    }
    if (none && !kinds.isEmpty()) {
      environment.warn(variable.get(), "has none beside others; none is ignored");
    }
    if (kinds.isEmpty() && !none) {
      kinds.add(TraceExporterKind.OTLP);
    }
    return kinds;
  }

  private static LogLevel logLevel(Environment environment) {
    Map<String, LogLevel> words = new LinkedHashMap<>();
    for (LogLevel level : LogLevel.values()) {
      words.put(level.name().toLowerCase(Locale.ROOT), level);
    }
    words.put("trace", LogLevel.DEBUG);
    return environment.choice(words, "OTEL_LOG_LEVEL").orElse(LogLevel.INFO);
  }

  private static Optional<Set<String>> httpMethods(Environment environment) {
    return environment
        .text("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS")
        .map(value -> new LinkedHashSet<>(list(value)));
  }

  private static Map<HeaderVariable, List<String>> headers(Environment environment) {
    Map<HeaderVariable, List<String>> headers = new EnumMap<>(HeaderVariable.class);
    for (HeaderVariable side : HeaderVariable.values()) {
      environment
          .first(side.variables())
          .ifPresent(variable -> headers.put(side, list(variable.value())));
    }
    return headers;
  }

  private static List<String> list(String value) {
    return Arrays.stream(value.split(",")).map(String::trim).filter(s -> !s.isEmpty()).toList();
  }
}
