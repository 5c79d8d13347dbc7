// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export;

import io.goshawk.collector.export.grpc.GrpcExporters;
import io.goshawk.collector.export.http.HttpExporters;
import io.goshawk.collector.export.otlp.OtlpJsonWriter;
import io.goshawk.collector.export.otlp.OtlpProtoWriter;
import io.goshawk.collector.export.otlp.WriterExporter;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.goshawk.config.ConfigException;
import io.goshawk.config.OtlpSettings;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporterBuilder;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** Exporters that the SDK's OTLP exporters configure, over the senders of this agent. */
final class SdkExporters {
  /** A machine's whole list of authorities has a quarter of that. */
  private static final int MAX_PEM_BYTES = 1024 * 1024;

  private SdkExporters() {}

  static WriterExporter create(OtlpSettings settings, Consumer<ExportOutcome> outcomes) {
    return switch (settings.protocol()) {
      case GRPC ->
          GrpcExporters.create(
              provider -> grpc(settings, provider), new OtlpProtoWriter(), outcomes);
      case HTTP_PROTOBUF ->
          HttpExporters.create(
              provider -> http(settings, provider),
              new OtlpProtoWriter(),
              "application/x-protobuf",
              outcomes);
      case HTTP_JSON ->
          HttpExporters.create(
              provider -> http(settings, provider),
              new OtlpJsonWriter(),
              "application/json",
              outcomes);
    };
  }

  private static SpanExporter http(OtlpSettings settings, HttpSenderProvider provider) {
    OtlpHttpSpanExporterBuilder builder =
        OtlpHttpSpanExporter.builder()
            .setComponentLoader(only(provider))
            .setEndpoint(settings.endpoint().toString())
            .setTimeout(settings.timeout())
            .setConnectTimeout(connectTimeout(settings))
            .setCompression(settings.gzip() ? "gzip" : "none")
            .setMeterProvider(MeterProvider.noop())
            // Retries are the pipeline's.
            .setRetryPolicy(null);
    settings.headers().forEach(builder::addHeader);
    tls(settings, builder::setTrustedCertificates, builder::setClientTls);
    return builder.build();
  }

  private static SpanExporter grpc(OtlpSettings settings, GrpcSenderProvider provider) {
    OtlpGrpcSpanExporterBuilder builder =
        OtlpGrpcSpanExporter.builder()
            .setComponentLoader(only(provider))
            .setEndpoint(settings.endpoint().toString())
            .setTimeout(settings.timeout())
            .setConnectTimeout(connectTimeout(settings))
            .setCompression(settings.gzip() ? "gzip" : "none")
            .setMeterProvider(MeterProvider.noop())
            .setRetryPolicy(null);
    settings.headers().forEach(builder::addHeader);
    tls(settings, builder::setTrustedCertificates, builder::setClientTls);
    return builder.build();
  }

  /** No longer than the whole try may take; zero is no limit. */
  private static Duration connectTimeout(OtlpSettings settings) {
    Duration most = Duration.ofSeconds(10);
    Duration timeout = settings.timeout();
    return timeout.isZero() || timeout.compareTo(most) > 0 ? most : timeout;
  }

  private interface ClientTls {
    void set(byte[] key, byte[] certificates);
  }

  private static void tls(OtlpSettings settings, Consumer<byte[]> trusted, ClientTls client) {
    settings
        .certificate()
        .ifPresent(
            file -> use("OTEL_EXPORTER_OTLP_CERTIFICATE", file, () -> trusted.accept(read(file))));
    settings
        .clientKey()
        .ifPresent(
            key ->
                use(
                    "OTEL_EXPORTER_OTLP_CLIENT_KEY",
                    key,
                    () -> client.set(read(key), read(settings.clientCertificate().orElseThrow()))));
  }

  private static void use(String variable, Path file, Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      throw new ConfigException(
          variable,
          "\"" + file + "\" cannot be used: " + e.getMessage(),
          "certificates must be X.509 in PEM, a key PKCS #8 in PEM");
    }
  }

  private static byte[] read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_PEM_BYTES + 1);
      if (bytes.length > MAX_PEM_BYTES) {
        throw new IllegalStateException("it has more than " + MAX_PEM_BYTES + " bytes");
      }
      return bytes;
    } catch (IOException e) {
      throw new IllegalStateException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** Finds this provider and none of the class path's. */
  private static ComponentLoader only(Object provider) {
    return new ComponentLoader() {
      @Override
      public <T> Iterable<T> load(Class<T> type) {
        return type.isInstance(provider) ? List.of(type.cast(provider)) : List.of();
      }
    };
  }
}
