// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export;

import io.goshawk.collector.export.grpc.GrpcExporters;
import io.goshawk.collector.export.http.HttpExporters;
import io.goshawk.collector.export.otlp.OtlpJsonWriter;
import io.goshawk.collector.export.otlp.OtlpProtoWriter;
import io.goshawk.collector.export.otlp.WriterExporter;
import io.goshawk.collector.net.Zstd;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporterBuilder;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Exporters that the SDK's OTLP exporters of spans configure, over the senders of this agent: those
 * of metrics differ from them by nothing but their address.
 */
final class SdkExporters {
  private SdkExporters() {}

  static WriterExporter create(OtlpDestination settings, Consumer<ExportOutcome> outcomes) {
    return switch (settings.protocol()) {
      case GRPC ->
          GrpcExporters.create(
              settings.signal(),
              provider -> grpc(settings, provider),
              new OtlpProtoWriter(),
              settings.proxy(),
              settings.socket(),
              outcomes);
      case HTTP_PROTOBUF ->
          HttpExporters.create(
              provider -> http(settings, provider),
              new OtlpProtoWriter(),
              "application/x-protobuf",
              settings.proxy(),
              outcomes);
      case HTTP_JSON ->
          HttpExporters.create(
              provider -> http(settings, provider),
              new OtlpJsonWriter(),
              "application/json",
              settings.proxy(),
              outcomes);
    };
  }

  private static SpanExporter http(OtlpDestination settings, HttpSenderProvider provider) {
    OtlpHttpSpanExporterBuilder builder =
        OtlpHttpSpanExporter.builder()
            .setComponentLoader(only(provider))
            .setEndpoint(settings.endpoint().toString())
            .setTimeout(settings.timeout())
            .setConnectTimeout(connectTimeout(settings))
            .setCompression(settings.compression())
            .setMeterProvider(MeterProvider.noop())
            // Retries are the pipeline's.
            .setRetryPolicy(null);
    builder.setHeaders(headers(settings));
    settings
        .tls()
        .context()
        .ifPresent(context -> builder.setSslContext(context.ssl(), context.trust()));
    return builder.build();
  }

  private static SpanExporter grpc(OtlpDestination settings, GrpcSenderProvider provider) {
    OtlpGrpcSpanExporterBuilder builder =
        OtlpGrpcSpanExporter.builder()
            .setComponentLoader(only(provider))
            .setEndpoint(settings.endpoint().toString())
            .setTimeout(settings.timeout())
            .setConnectTimeout(connectTimeout(settings))
            .setCompression(settings.compression())
            .setMeterProvider(MeterProvider.noop())
            .setRetryPolicy(null);
    builder.setHeaders(headers(settings));
    settings
        .tls()
        .context()
        .ifPresent(context -> builder.setSslContext(context.ssl(), context.trust()));
    return builder.build();
  }

  /** Of each request. */
  private static Supplier<Map<String, String>> headers(OtlpDestination settings) {
    Map<String, String> own = settings.headers();
    return settings
        .authenticator()
        .<Supplier<Map<String, String>>>map(who -> () -> who.headers(own))
        .orElse(() -> own);
  }

  /** No longer than the whole try may take; zero is no limit. */
  private static Duration connectTimeout(OtlpDestination settings) {
    Duration most = Duration.ofSeconds(10);
    Duration timeout = settings.timeout();
    return timeout.isZero() || timeout.compareTo(most) > 0 ? most : timeout;
  }

  /** Finds this provider, and how to pack by zstd, and nothing of the class path's. */
  private static ComponentLoader only(Object provider) {
    return new ComponentLoader() {
      @Override
      public <T> Iterable<T> load(Class<T> type) {
        return Stream.of(provider, Zstd.INSTANCE).filter(type::isInstance).map(type::cast).toList();
      }
    };
  }
}
