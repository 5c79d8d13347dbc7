// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

import io.goshawk.config.Environment.Variable;
import io.goshawk.config.tree.Finding;
import io.goshawk.config.tree.Findings;
import io.goshawk.config.tree.InvalidConfigException;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Origin;
import io.goshawk.config.tree.TreeBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
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
  private final List<ExporterChoice> chosen;
  private final TreeBuilder tree = new TreeBuilder();

  private OtelTree(OtelSettings settings, Environment environment, List<ExporterChoice> chosen) {
    this.settings = settings;
    this.environment = environment;
    this.chosen = chosen;
  }

  /**
   * Reads an environment.
   *
   * @param exporters those that the command line names; empty: those of the variables
   * @param findings gets the warnings
   * @throws InvalidConfigException if a variable cannot be used
   */
  static OtelTree of(
      Map<String, String> variables, List<ExporterChoice> exporters, Findings findings) {
    Map<String, String> read = new HashMap<>(variables);
    if (!exporters.isEmpty()) {
      // Settings of OTLP that cannot be used are no problem to whom does not use them.
      boolean otlp = exporters.stream().anyMatch(e -> e.kind() == TraceExporterKind.OTLP);
      read.put("OTEL_TRACES_EXPORTER", otlp ? "otlp" : "none");
    }
    OtelSettings settings;
    try {
      settings = OtelSettings.read(read);
    } catch (ConfigException e) {
      throw new InvalidConfigException(List.of(new Finding(Origin.DEFAULT, "", e.getMessage())));
    }
    settings.warnings().forEach(warning -> findings.warning(Origin.DEFAULT, "", warning));
    return new OtelTree(settings, new Environment(variables), exporters);
  }

  /** {@code OTEL_SDK_DISABLED}. */
  boolean disabled() {
    return settings.disabled();
  }

  /** What a file would say. */
  MapNode root() {
    return build();
  }

  private MapNode build() {
    receiver();
    Origin origin =
        chosen.isEmpty() ? origin("OTEL_TRACES_EXPORTER") : new Origin.Flag("--exporter");
    List<String> exporters = new ArrayList<>();
    int files = 0;
    // What is asked for twice is meant once.
    for (ExporterChoice choice : new LinkedHashSet<>(wanted())) {
      exporters.add(
          switch (choice.kind()) {
            case OTLP -> otlp(settings.otlp().orElseThrow());
            case CONSOLE -> console(origin);
            case FILE -> file(++files, choice.path(), origin);
          });
    }
    if (exporters.isEmpty()) {
      tree.defaults("exporters::nop", origin);
      exporters.add("nop");
    }
    tree.list(PIPELINE + "receivers", Origin.DEFAULT, List.of("goshawk"));
    tree.list(PIPELINE + "exporters", origin, exporters);
    tree.put(
        "service::telemetry::logs::level",
        origin("OTEL_LOG_LEVEL"),
        lower(settings.logLevel().name()));
    // Several agents may run on a machine without anybody having thought of their ports.
    tree.put("service::telemetry::metrics::level", Origin.DEFAULT, "none");
    return tree.build();
  }

  private List<ExporterChoice> wanted() {
    return chosen.isEmpty()
        ? settings.exporters().stream().map(ExporterChoice::of).toList()
        : chosen;
  }

  private String console(Origin origin) {
    tree.put("exporters::debug::verbosity", origin, "normal");
    queue("exporters::debug::sending_queue::", Duration.ZERO);
    return "debug";
  }

  private String file(int number, String path, Origin origin) {
    String name = number == 1 ? "file" : "file/" + number;
    tree.text("exporters::" + name + "::path", origin, path);
    queue("exporters::" + name + "::sending_queue::", Duration.ZERO);
    return name;
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
    if (settings.formerRpc()) {
      tree.put(RECEIVER + "rpc::conventions", origin("OTEL_SEMCONV_STABILITY_OPT_IN"), "dup");
    }
    settings
        .headers()
        .forEach(
            (side, names) ->
                tree.list(RECEIVER + "headers::" + side.key(), origin(side.variables()), names));
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
    timeout(path, otlp);
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
    queue(path + "sending_queue::", settings.batch().scheduleDelay());
    return name;
  }

  /** Of two limits for one try, of which zero is none, the shorter one. */
  private void timeout(String path, OtlpSettings otlp) {
    Duration own = otlp.timeout();
    Duration batch = settings.batch().exportTimeout();
    boolean ofBatch = own.isZero() || !batch.isZero() && batch.compareTo(own) < 0;
    tree.put(
        path + "timeout",
        ofBatch ? origin("OTEL_BSP_EXPORT_TIMEOUT") : otlpOrigin("TIMEOUT"),
        (ofBatch ? batch : own).toMillis() + "ms");
  }

  /**
   * The queue that every exporter has.
   *
   * @param delay how long a span waits for its batch to fill: into a file or onto a terminal what
   *     comes is written at once
   */
  private void queue(String path, Duration delay) {
    BatchSettings batch = settings.batch();
    String size = Integer.toString(batch.maxBatchSpans());
    Origin batchSize = origin("OTEL_BSP_MAX_EXPORT_BATCH_SIZE");
    tree.put(path + "sizer", Origin.DEFAULT, "items");
    tree.put(
        path + "queue_size",
        origin("OTEL_BSP_MAX_QUEUE_SIZE"),
        Integer.toString(batch.maxQueueSpans()));
    tree.put(
        path + "batch::flush_timeout", origin("OTEL_BSP_SCHEDULE_DELAY"), delay.toMillis() + "ms");
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
