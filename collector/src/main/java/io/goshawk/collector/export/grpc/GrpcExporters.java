// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.grpc;

import io.goshawk.collector.export.otlp.OtlpWriter;
import io.goshawk.collector.export.otlp.WriterExporter;
import io.goshawk.collector.export.proxy.HttpProxy;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.goshawk.config.component.Signal;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** Makes exporters for OTLP/gRPC. */
public final class GrpcExporters {
  private GrpcExporters() {}

  /**
   * @param signal what is sent
   * @param configuration makes the SDK exporter whose sender is used
   * @param writer what is sent, in Protocol Buffers
   * @param proxy what is in between; empty if nothing is
   * @param socket the Unix socket of a backend that has no address; empty if it has one
   * @param outcomes told the outcome of each request before it completes
   */
  public static WriterExporter create(
      Signal signal,
      Function<GrpcSenderProvider, SpanExporter> configuration,
      OtlpWriter writer,
      Optional<HttpProxy> proxy,
      Optional<Path> socket,
      Consumer<ExportOutcome> outcomes) {
    return WriterExporter.<GrpcSender>create(
        writer,
        made ->
            configuration.apply(
                config ->
                    made.apply(
                        new ChannelGrpcSender(
                            config, exportMethod(signal), proxy, socket, outcomes))),
        sender ->
            (message, answered, failed) ->
                sender.send(message, response -> answered.run(), failed));
  }

  /** Of OTLP's services, as gRPC names it in full. */
  private static String exportMethod(Signal signal) {
    return switch (signal) {
      case TRACES -> "opentelemetry.proto.collector.trace.v1.TraceService/Export";
      case METRICS -> "opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
    };
  }
}
