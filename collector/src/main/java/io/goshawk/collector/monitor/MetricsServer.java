// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.monitor;

import io.goshawk.collector.component.Exporter;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.ledger.LedgerSnapshot;
import io.goshawk.collector.net.PageServer;
import io.goshawk.collector.net.PageServer.Page;
import io.goshawk.collector.prometheus.PrometheusText;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.TelemetryConfig;
import io.goshawk.config.component.TelemetryConfig.Metrics.Otlp;
import io.goshawk.config.component.TelemetryConfig.Metrics.Periodic;
import io.goshawk.config.component.TelemetryConfig.Metrics.Prometheus;
import io.goshawk.config.component.TelemetryConfig.Metrics.Pull;
import io.goshawk.config.component.TelemetryConfig.Metrics.PullExporter;
import io.goshawk.config.component.TelemetryConfig.Metrics.PushExporter;
import io.goshawk.config.component.TelemetryConfig.Metrics.Reader;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.tree.Finding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The agent's metrics by {@code service::telemetry::metrics}: for Prometheus to scrape, at {@code
 * localhost:8888} unless readers say otherwise, and sent by OTLP where a reader says so; nowhere if
 * the level is {@code none}.
 */
public final class MetricsServer implements AutoCloseable {
  private static final Logger LOGGER = Logger.getLogger("io.goshawk.monitor");

  private final List<PageServer> servers = new ArrayList<>();
  private final List<MetricsPush> pushes = new ArrayList<>();

  private MetricsServer() {}

  /**
   * Listens wherever the configuration says.
   *
   * @param telemetry by the keys of {@link TelemetryConfig}
   * @param version of Goshawk
   * @param ledger what was counted until now; asked on the servers' threads
   * @param exporters makes the exporters of readers that send
   * @throws StartException if it cannot
   */
  public static MetricsServer open(
      Settings telemetry,
      String version,
      Supplier<LedgerSnapshot> ledger,
      Function<Component, Exporter> exporters)
      throws StartException {
    MetricsServer metrics = new MetricsServer();
    Settings settings = telemetry.get(TelemetryConfig.METRICS);
    String level = settings.get(TelemetryConfig.Metrics.LEVEL);
    if (level.equals("none")) {
      return metrics;
    }
    Metrics.Level shown = Metrics.Level.valueOf(level.toUpperCase(Locale.ROOT));
    Map<String, String> resource = resource(telemetry, version);
    try {
      if (!settings.says(TelemetryConfig.Metrics.READERS)) {
        metrics.listenByDefault(shown, resource, ledger);
      }
      List<Settings> readers = settings.get(TelemetryConfig.Metrics.READERS);
      for (int i = 0; i < readers.size(); i++) {
        Settings reader = readers.get(i);
        if (reader.says(Reader.PERIODIC)) {
          Settings periodic = reader.get(Reader.PERIODIC);
          Settings otlp = periodic.get(Periodic.EXPORTER).get(PushExporter.OTLP);
          metrics.pushes.add(
              MetricsPush.start(
                  new Metrics(shown, false, false, resource, System.nanoTime()),
                  ledger,
                  exporters.apply(Otlp.exporter(otlp)),
                  periodic.get(Periodic.INTERVAL)));
        }
        if (!reader.says(Reader.PULL)) {
          continue;
        }
        Settings exporter = reader.get(Reader.PULL).get(Pull.EXPORTER);
        if (exporter.says(PullExporter.PROMETHEUS)) {
          metrics.listen(exporter.get(PullExporter.PROMETHEUS), i, shown, resource, ledger);
        }
      }
    } catch (StartException e) {
      metrics.close();
      throw e;
    }
    return metrics;
  }

  private static Map<String, String> resource(Settings telemetry, String version) {
    Map<String, String> resource = new LinkedHashMap<>();
    resource.put("service.instance.id", UUID.randomUUID().toString());
    resource.put("service.name", "goshawk");
    resource.put("service.version", version);
    resource.putAll(telemetry.get(TelemetryConfig.RESOURCE));
    return resource;
  }

  /**
   * As a reader of which nothing is said. A port that nobody has asked for is no reason to trace
   * nothing.
   */
  private void listenByDefault(
      Metrics.Level shown, Map<String, String> resource, Supplier<LedgerSnapshot> ledger) {
    try {
      listen(Prometheus.SECTION.defaults(), 0, shown, resource, ledger);
    } catch (StartException e) {
      LOGGER.log(
          Level.WARNING,
          "no metrics: {0}, or set service::telemetry::metrics::level to none",
          e.getMessage());
    }
  }

  /** The key of a reader, counted from 0. */
  private static String portOf(int reader) {
    return Key.path(
        Finding.element("service::telemetry::metrics::readers", reader),
        Reader.PULL,
        Pull.EXPORTER,
        PullExporter.PROMETHEUS,
        Prometheus.PORT);
  }

  private void listen(
      Settings prometheus,
      int reader,
      Metrics.Level shown,
      Map<String, String> resource,
      Supplier<LedgerSnapshot> ledger)
      throws StartException {
    Metrics metrics =
        new Metrics(
            shown,
            !prometheus.get(Prometheus.WITHOUT_TYPE_SUFFIX),
            !prometheus.get(Prometheus.WITHOUT_UNITS),
            resource,
            System.nanoTime());
    String host = prometheus.get(Prometheus.HOST);
    String endpoint =
        (host.contains(":") ? "[" + host + "]" : host) + ":" + prometheus.get(Prometheus.PORT);
    servers.add(
        PageServer.open(
            "metrics",
            endpoint,
            portOf(reader),
            Optional.empty(),
            Map.of(
                "/metrics",
                accepts ->
                    new Page(
                        200,
                        PrometheusText.CONTENT_TYPE,
                        metrics.text(ledger.get(), System.nanoTime())))));
  }

  /** Where they answer. */
  List<Integer> ports() {
    return servers.stream().map(PageServer::port).toList();
  }

  @Override
  public void close() {
    pushes.forEach(MetricsPush::close);
    servers.forEach(PageServer::close);
  }
}
