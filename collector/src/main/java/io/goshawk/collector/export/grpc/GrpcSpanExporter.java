package io.goshawk.collector.export.grpc;

import io.goshawk.collector.export.otlp.OtlpProtoWriter;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.common.export.GrpcStatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * OTLP/gRPC. Endpoint, headers, TLS, compression and the sender's life are those of an SDK
 * exporter; the message is ours: the SDK's takes several times as long.
 */
public final class GrpcSpanExporter implements SpanExporter {
  private final SpanExporter configured;
  private final GrpcSender sender;
  private final OtlpProtoWriter writer = new OtlpProtoWriter();

  private GrpcSpanExporter(SpanExporter configured, GrpcSender sender) {
    this.configured = configured;
    this.sender = sender;
  }

  /**
   * @param configuration makes the SDK exporter whose sender this one uses
   * @param outcomes told the outcome of each request before it completes
   */
  public static GrpcSpanExporter create(
      Function<GrpcSenderProvider, SpanExporter> configuration, Consumer<ExportOutcome> outcomes) {
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
    return new GrpcSpanExporter(configured, sender);
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    writer.write(List.copyOf(spans));
    CompletableResultCode result = new CompletableResultCode();
    sender.send(
        writer.asMessage(),
        response -> {
          if (response.getStatusCode() == GrpcStatusCode.OK) {
            result.succeed();
          } else {
            result.fail();
          }
        },
        result::failExceptionally);
    return result;
  }

  @Override
  public CompletableResultCode flush() {
    return CompletableResultCode.ofSuccess();
  }

  /** The SDK exporter shuts the sender down. */
  @Override
  public CompletableResultCode shutdown() {
    return configured.shutdown();
  }
}
