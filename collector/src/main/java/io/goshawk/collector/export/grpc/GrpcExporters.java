package io.goshawk.collector.export.grpc;

import io.goshawk.collector.export.otlp.OtlpWriter;
import io.goshawk.collector.export.otlp.WriterSpanExporter;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.common.export.GrpcStatusCode;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes exporters for OTLP/gRPC. */
public final class GrpcExporters {
  private GrpcExporters() {}

  /**
   * @param configuration makes the SDK exporter whose sender is used
   * @param writer what is sent, in Protocol Buffers
   * @param outcomes told the outcome of each request before it completes
   */
  public static SpanExporter create(
      Function<GrpcSenderProvider, SpanExporter> configuration,
      OtlpWriter writer,
      Consumer<ExportOutcome> outcomes) {
    AtomicReference<@Nullable GrpcSender> made = new AtomicReference<>();
    SpanExporter configured =
        configuration.apply(
            config -> {
              GrpcSender sender = new ChannelGrpcSender(config, outcomes);
              made.set(sender);
              return sender;
            });
    GrpcSender sender = made.get();
    if (sender == null) {
      throw new IllegalStateException("the exporter made no sender: " + configured);
    }
    return new WriterSpanExporter(
        writer,
        (message, result) ->
            sender.send(
                message,
                response -> {
                  if (response.getStatusCode() == GrpcStatusCode.OK) {
                    result.succeed();
                  } else {
                    result.fail();
                  }
                },
                result::failExceptionally),
        configured);
  }
}
