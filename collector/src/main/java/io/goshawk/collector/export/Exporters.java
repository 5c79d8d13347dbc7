// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export;

import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Exporter;
import io.goshawk.collector.component.Factories;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.export.console.ConsoleExporter;
import io.goshawk.collector.export.console.TextExporter;
import io.goshawk.collector.export.file.FileExporter;
import io.goshawk.collector.export.file.Rotation;
import io.goshawk.collector.export.otlp.OtlpExporter;
import io.goshawk.collector.pipeline.BatchExporter;
import io.goshawk.collector.pipeline.DeliverySettings;
import io.goshawk.collector.pipeline.QueuedExporter;
import io.goshawk.collector.prometheus.PrometheusExporter;
import io.goshawk.config.component.ComponentId;
import io.goshawk.config.component.DebugExporterConfig;
import io.goshawk.config.component.FileExporterConfig;
import io.goshawk.config.component.QueueConfig;
import io.goshawk.config.component.Signal;
import io.goshawk.config.schema.Settings;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Logger;

/** The factories of all exporters. */
public final class Exporters {
  private static final Logger LOG = Logger.getLogger(Exporters.class.getName());

  /**
   * Of all queues together, for the little heap that the agent runs in. Of a queue of 8,192 spans
   * it is the bound only when spans are larger than a kilobyte or two.
   */
  private static final long MAX_BYTES = 12 * 1024 * 1024;

  private final Map<String, String> environment;
  private final long maxQueueBytes;

  private Exporters(Map<String, String> environment, long maxQueueBytes) {
    this.environment = environment;
    this.maxQueueBytes = maxQueueBytes;
  }

  /**
   * Lists them.
   *
   * @param environment what a terminal can show, what is wanted of it, and proxies
   * @param count how many exporters there will be, who share the memory for what waits
   */
  public static void register(
      Factories.Builder factories, Map<String, String> environment, int count) {
    Exporters exporters = new Exporters(environment, MAX_BYTES / Math.max(1, count));
    factories
        .exporter("otlp_http", exporters::http)
        .exporter("otlp_grpc", exporters::grpc)
        .exporter("file", exporters::file)
        .exporter("debug", exporters::debug)
        .exporter("prometheus", (context, settings) -> new PrometheusExporter(context, settings))
        .exporter("nop", (context, settings) -> new NopExporter(context.account()));
  }

  private Exporter http(ComponentContext context, Settings settings) {
    return queued(
        context,
        settings,
        Delivery.of(settings),
        () -> otlp(OtlpDestination.http(settings, context.signal(), environment, context.host())));
  }

  private Exporter grpc(ComponentContext context, Settings settings) {
    return queued(
        context,
        settings,
        Delivery.of(settings),
        () -> otlp(OtlpDestination.grpc(settings, context.signal(), environment, context.host())));
  }

  /** Nothing is connected yet. */
  static BatchExporter otlp(OtlpDestination destination) {
    return new OtlpExporter(
        destination.timeout(), outcomes -> SdkExporters.create(destination, outcomes));
  }

  private Exporter file(ComponentContext context, Settings settings) {
    return queued(
        context,
        settings,
        Delivery.local(settings),
        () -> {
          try {
            return file(settings);
          } catch (IOException e) {
            throw new StartException(e.getMessage(), e);
          }
        });
  }

  private static FileExporter file(Settings settings) throws IOException {
    Optional<Rotation> rotation =
        settings.find(FileExporterConfig.ROTATION).map(Exporters::rotation);
    return FileExporter.open(
        settings.get(FileExporterConfig.PATH),
        // Who keeps what was written begins no file in its place.
        settings.get(FileExporterConfig.APPEND) || rotation.isPresent(),
        settings.get(FileExporterConfig.CREATE_DIRECTORY),
        rotation);
  }

  private static Rotation rotation(Settings settings) {
    return new Rotation(
        settings.get(FileExporterConfig.Rotation.MAX_MEGABYTES) << 20,
        Duration.ofDays(settings.get(FileExporterConfig.Rotation.MAX_DAYS)),
        Math.toIntExact(settings.get(FileExporterConfig.Rotation.MAX_BACKUPS)),
        settings.get(FileExporterConfig.Rotation.LOCALTIME)
            ? Clock.systemDefaultZone()
            : Clock.systemUTC());
  }

  private Exporter debug(ComponentContext context, Settings settings) {
    return queued(
        context,
        settings,
        Delivery.local(settings),
        () ->
            switch (settings.get(DebugExporterConfig.VERBOSITY)) {
              case "normal" ->
                  context.signal() == Signal.METRICS
                      ? TextExporter.onStandardOutput(environment, true)
                      : ConsoleExporter.onStandardOutput(environment);
              case "detailed" -> TextExporter.onStandardOutput(environment, true);
              default -> TextExporter.onStandardOutput(environment, false);
            });
  }

  private Exporter queued(
      ComponentContext context,
      Settings exporter,
      DeliverySettings delivery,
      QueuedExporter.Destination destination) {
    QueuedExporter queued = new QueuedExporter(context, delivery, maxQueueBytes, destination);
    Optional<String> storage = exporter.get(QueueConfig.SENDING_QUEUE).find(QueueConfig.STORAGE);
    if (storage.isPresent()) {
      return queued.keptIn(ComponentId.parse(storage.get()).orElseThrow());
    }
    if (delivery.sizer() == DeliverySettings.Sizer.BYTES && delivery.queueSize() > maxQueueBytes) {
      LOG.warning(
          "%s: its queue of %,d bytes is cut to the %,d that there is memory for"
              .formatted(context.id(), delivery.queueSize(), maxQueueBytes));
    }
    return queued;
  }
}
