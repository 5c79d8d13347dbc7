// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.grpc;

import io.goshawk.collector.export.otlp.OtlpWriter;
import io.goshawk.collector.export.otlp.WriterExporter;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.function.Consumer;
import java.util.function.Function;

/** Makes exporters for OTLP/gRPC. */
public final class GrpcExporters {
  private GrpcExporters() {}

  /**
   * @param configuration makes the SDK exporter whose sender is used
   * @param writer what is sent, in Protocol Buffers
   * @param outcomes told the outcome of each request before it completes
   */
  public static WriterExporter create(
      Function<GrpcSenderProvider, SpanExporter> configuration,
      OtlpWriter writer,
      Consumer<ExportOutcome> outcomes) {
    return WriterExporter.<GrpcSender>create(
        writer,
        made -> configuration.apply(config -> made.apply(new ChannelGrpcSender(config, outcomes))),
        sender ->
            (message, answered, failed) ->
                sender.send(message, response -> answered.run(), failed));
  }
}
