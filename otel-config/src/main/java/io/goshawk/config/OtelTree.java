// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

import io.goshawk.config.Environment.Variable;
import io.goshawk.config.tree.Finding;
import io.goshawk.config.tree.Findings;
import io.goshawk.config.tree.InvalidConfigException;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Origin;
import io.goshawk.config.tree.TreeBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The configuration of who has none: what the {@code OTEL_*} variables say, as the tree that a file
 * would be, each value with the variable it comes from.
 */
final class OtelTree {
  private static final String RECEIVER = "receivers::goshawk::";
  private static final String PIPELINE = "service::pipelines::traces::";

  private final OtelSettings settings;
  private final Environment environment;
  private final TreeBuilder tree = new TreeBuilder();

  private OtelTree(OtelSettings settings, Environment environment) {
    this.settings = settings;
    this.environment = environment;
  }

  /**
   * Reads an environment.
   *
   * @param findings gets the warnings
   * @throws InvalidConfigException if a variable cannot be used
   */
  static MapNode of(Map<String, String> variables, Findings findings) {
    OtelSettings settings;
    try {
      settings = OtelSettings.read(variables);
    } catch (ConfigException e) {
      throw new InvalidConfigException(List.of(new Finding(Origin.DEFAULT, "", e.getMessage())));
    }
    settings.warnings().forEach(warning -> findings.warning(Origin.DEFAULT, "", warning));
    return new OtelTree(settings, new Environment(variables)).build();
  }

  private MapNode build() {
    receiver();
    Origin chosen = origin("OTEL_TRACES_EXPORTER");
    List<String> exporters = new ArrayList<>();
    for (TraceExporterKind kind : settings.exporters()) {
      exporters.add(
          switch (kind) {
            case OTLP -> otlp(settings.otlp().orElseThrow());
            case CONSOLE -> {
              tree.put("exporters::debug::verbosity", chosen, "normal");
              yield "debug";
            }
          });
    }
    if (exporters.isEmpty()) {
      tree.defaults("exporters::nop", chosen);
      exporters.add("nop");
    }
    tree.list(PIPELINE + "receivers", Origin.DEFAULT, List.of("goshawk"));
    tree.list(PIPELINE + "exporters", chosen, exporters);
    tree.put(
        "service::telemetry::logs::level",
        origin("OTEL_LOG_LEVEL"),
        lower(settings.logLevel().name()));
    return tree.build();
  }

  private void receiver() {
    tree.defaults("receivers::goshawk", Origin.DEFAULT);
    settings
        .service()
        .name()
        .ifPresent(
            name ->
                tree.text(
                    RECEIVER + "service_name",
                    origin("OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"),
                    name));
    if (!settings.service().attributes().isEmpty()) {
      tree.map(
          RECEIVER + "resource_attributes",
          origin("OTEL_RESOURCE_ATTRIBUTES"),
          settings.service().attributes());
    }
    environment
        .first("OTEL_TRACES_SAMPLER")
        .ifPresent(
            variable -> {
              tree.text(
                  RECEIVER + "sampling::sampler",
                  new Origin.Variable(variable.name()),
                  settings.sampler().name());
              tree.put(
                  RECEIVER + "sampling::ratio",
                  origin("OTEL_TRACES_SAMPLER_ARG"),
                  Double.toString(settings.sampler().ratio()));
            });
    settings
        .httpMethods()
        .ifPresent(
            methods ->
                tree.list(
                    RECEIVER + "http::known_methods",
                    origin("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS"),
                    List.copyOf(methods)));
    SpanLimits limits = settings.limits();
    tree.put(
        RECEIVER + "limits::attributes",
        origin("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"),
        Integer.toString(limits.attributes()));
    if (limits.attributeValueLength() != Integer.MAX_VALUE) {
      tree.put(
          RECEIVER + "limits::attribute_value_length",
          origin("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"),
          Integer.toString(limits.attributeValueLength()));
    }
  }

  /** Its name. */
  private String otlp(OtlpSettings otlp) {
    boolean grpc = otlp.protocol() == OtlpProtocol.GRPC;
    String name = grpc ? "otlp_grpc" : "otlp_http";
    String path = "exporters::" + name + "::";
    tree.text(
        path + (grpc ? "endpoint" : "traces_endpoint"),
        otlpOrigin("ENDPOINT"),
        otlp.endpoint().toString());
    if (!otlp.headers().isEmpty()) {
      tree.map(path + "headers", otlpOrigin("HEADERS"), otlp.headers());
    }
    tree.put(path + "compression", otlpOrigin("COMPRESSION"), otlp.gzip() ? "gzip" : "none");
    tree.put(path + "timeout", otlpOrigin("TIMEOUT"), otlp.timeout().toMillis() + "ms");
    if (otlp.protocol() == OtlpProtocol.HTTP_JSON) {
      tree.put(path + "encoding", otlpOrigin("PROTOCOL"), "json");
    }
    otlp.certificate()
        .ifPresent(
            file -> tree.text(path + "tls::ca_file", otlpOrigin("CERTIFICATE"), file.toString()));
    otlp.clientKey()
        .ifPresent(
            file -> tree.text(path + "tls::key_file", otlpOrigin("CLIENT_KEY"), file.toString()));
    otlp.clientCertificate()
        .ifPresent(
            file ->
                tree.text(
                    path + "tls::cert_file", otlpOrigin("CLIENT_CERTIFICATE"), file.toString()));
    queue(path + "sending_queue::");
    return name;
  }

  private void queue(String path) {
    BatchSettings batch = settings.batch();
    String size = Integer.toString(batch.maxBatchSpans());
    Origin batchSize = origin("OTEL_BSP_MAX_EXPORT_BATCH_SIZE");
    tree.put(path + "sizer", Origin.DEFAULT, "items");
    tree.put(
        path + "queue_size",
        origin("OTEL_BSP_MAX_QUEUE_SIZE"),
        Integer.toString(batch.maxQueueSpans()));
    tree.put(
        path + "batch::flush_timeout",
        origin("OTEL_BSP_SCHEDULE_DELAY"),
        batch.scheduleDelay().toMillis() + "ms");
    tree.put(path + "batch::min_size", batchSize, size);
    tree.put(path + "batch::max_size", batchSize, size);
  }

  private Origin otlpOrigin(String suffix) {
    return origin("OTEL_EXPORTER_OTLP_TRACES_" + suffix, "OTEL_EXPORTER_OTLP_" + suffix);
  }

  /** The first of the variables that is set, else nobody. */
  private Origin origin(String... names) {
    Optional<Variable> variable = environment.first(names);
    return variable.<Origin>map(v -> new Origin.Variable(v.name())).orElse(Origin.DEFAULT);
  }

  private static String lower(String word) {
    return word.toLowerCase(Locale.ROOT);
  }
}
