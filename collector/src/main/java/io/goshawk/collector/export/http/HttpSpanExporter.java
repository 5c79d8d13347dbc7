package io.goshawk.collector.export.http;

import io.goshawk.collector.export.otlp.OtlpWriter;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * OTLP/HTTP. Endpoint, headers, TLS, compression and the sender's life are those of an SDK
 * exporter; the body is ours: the SDK's takes several times as long, and it has none in JSON.
 */
public final class HttpSpanExporter implements SpanExporter {
  private final SpanExporter configured;
  private final HttpSender sender;
  private final OtlpWriter writer;

  private HttpSpanExporter(SpanExporter configured, HttpSender sender, OtlpWriter writer) {
    this.configured = configured;
    this.sender = sender;
    this.writer = writer;
  }

  /**
   * @param configuration makes the SDK exporter whose sender this one uses
   * @param contentType what the writer writes
   * @param outcomes told the outcome of each request before it completes
   */
  public static HttpSpanExporter create(
      Function<HttpSenderProvider, SpanExporter> configuration,
      OtlpWriter writer,
      String contentType,
      Consumer<ExportOutcome> outcomes) {
    AtomicReference<@Nullable HttpSender> made = new AtomicReference<>();
    SpanExporter configured =
        configuration.apply(
            config -> {
              HttpSender sender =
                  new NettyHttpSender(config, contentType, outcomes, Clock.systemUTC());
              made.set(sender);
              return sender;
            });
    HttpSender sender = made.get();
    if (sender == null) {
      throw new IllegalStateException("the exporter made no sender: " + configured);
    }
    return new HttpSpanExporter(configured, sender, writer);
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    writer.write(List.copyOf(spans));
    CompletableResultCode result = new CompletableResultCode();
    sender.send(
        writer.asMessage(),
        response -> {
          if (response.getStatusCode() >= 200 && response.getStatusCode() < 300) {
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
