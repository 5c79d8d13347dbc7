package io.goshawk.collector.export.http;

import io.goshawk.collector.export.otlp.OtlpJsonWriter;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * OTLP/HTTP with a JSON body, which the SDK's exporter does not offer. Endpoint, headers, TLS and
 * compression are those of an SDK exporter; only the body and its media type are ours.
 */
public final class JsonSpanExporter implements SpanExporter {
  private final SpanExporter configured;
  private final HttpSender sender;
  private final OtlpJsonWriter json = new OtlpJsonWriter();

  private JsonSpanExporter(SpanExporter configured, HttpSender sender) {
    this.configured = configured;
    this.sender = sender;
  }

  /**
   * @param configuration makes the SDK exporter whose sender this one uses
   * @param outcomes told the outcome of each request before it completes
   */
  public static JsonSpanExporter create(
      Function<HttpSenderProvider, SpanExporter> configuration, Consumer<ExportOutcome> outcomes) {
    AtomicReference<@Nullable HttpSender> made = new AtomicReference<>();
    SpanExporter configured =
        configuration.apply(
            config -> {
              HttpSender sender =
                  new NettyHttpSender(config, "application/json", outcomes, Clock.systemUTC());
              made.set(sender);
              return sender;
            });
    HttpSender sender = made.get();
    if (sender == null) {
      throw new IllegalStateException("the exporter made no sender: " + configured);
    }
    return new JsonSpanExporter(configured, sender);
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    json.write(List.copyOf(spans));
    CompletableResultCode result = new CompletableResultCode();
    sender.send(
        new Body(),
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

  private final class Body implements MessageWriter {
    @Override
    public void writeMessage(OutputStream output) throws IOException {
      json.writeTo(output);
    }

    @Override
    public int getContentLength() {
      return json.length();
    }
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
