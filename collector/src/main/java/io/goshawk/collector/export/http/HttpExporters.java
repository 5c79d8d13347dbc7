package io.goshawk.collector.export.http;

import io.goshawk.collector.export.otlp.OtlpWriter;
import io.goshawk.collector.export.otlp.WriterSpanExporter;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes exporters for OTLP/HTTP. */
public final class HttpExporters {
  private HttpExporters() {}

  /**
   * @param configuration makes the SDK exporter whose sender is used
   * @param writer what is sent
   * @param contentType what the writer writes
   * @param outcomes told the outcome of each request before it completes
   */
  public static SpanExporter create(
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
    return new WriterSpanExporter(
        writer,
        (message, result) ->
            sender.send(
                message,
                response -> {
                  if (response.getStatusCode() >= 200 && response.getStatusCode() < 300) {
                    result.succeed();
                  } else {
                    result.fail();
                  }
                },
                result::failExceptionally),
        configured);
  }
}
