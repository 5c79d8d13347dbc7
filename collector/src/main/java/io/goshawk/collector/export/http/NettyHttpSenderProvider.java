package io.goshawk.collector.export.http;

import io.goshawk.collector.pipeline.ExportOutcome;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import java.time.Clock;
import java.util.function.Consumer;

/** Makes HTTP senders for the SDK's exporters. */
public final class NettyHttpSenderProvider implements HttpSenderProvider {
  private final Consumer<ExportOutcome> outcomes;

  /** For the service loader: nobody is told the outcomes. */
  public NettyHttpSenderProvider() {
    this(outcome -> {});
  }

  /**
   * @param outcomes told the outcome of each request, on the event loop or the sending thread,
   *     before the request completes
   */
  public NettyHttpSenderProvider(Consumer<ExportOutcome> outcomes) {
    this.outcomes = outcomes;
  }

  @Override
  public HttpSender createSender(HttpSenderConfig config) {
    return new NettyHttpSender(config, config.getContentType(), outcomes, Clock.systemUTC());
  }
}
