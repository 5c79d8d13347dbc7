package io.goshawk.collector.export.grpc;

import io.goshawk.collector.pipeline.ExportOutcome;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import java.util.function.Consumer;

/** Makes gRPC senders for the SDK's exporters. */
public final class ChannelGrpcSenderProvider implements GrpcSenderProvider {
  private final Consumer<ExportOutcome> outcomes;

  /** For the service loader: nobody is told the outcomes. */
  public ChannelGrpcSenderProvider() {
    this(outcome -> {});
  }

  /**
   * @param outcomes told the outcome of each request, on the event loop or the sending thread,
   *     before the request completes
   */
  public ChannelGrpcSenderProvider(Consumer<ExportOutcome> outcomes) {
    this.outcomes = outcomes;
  }

  @Override
  public GrpcSender createSender(GrpcSenderConfig config) {
    return new ChannelGrpcSender(config, outcomes);
  }
}
