package io.goshawk.collector.export.otlp;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.List;

/**
 * Sends what a writer of ours makes of spans through the sender of an SDK exporter. Endpoint,
 * headers, TLS, compression and the sender's life are that exporter's. Confined to one thread; one
 * export at a time.
 */
public final class WriterSpanExporter implements SpanExporter {
  private final OtlpWriter writer;
  private final Transport transport;
  private final SpanExporter configured;

  /** A sender, whatever its protocol. */
  public interface Transport {

    /** Sends the message, which it reads before it returns, and completes the result later. */
    void send(MessageWriter message, CompletableResultCode result);
  }

  /**
   * @param configured whom the sender behind the transport belongs to
   */
  public WriterSpanExporter(OtlpWriter writer, Transport transport, SpanExporter configured) {
    this.writer = writer;
    this.transport = transport;
    this.configured = configured;
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    writer.write(List.copyOf(spans));
    CompletableResultCode result = new CompletableResultCode();
    transport.send(writer.asMessage(), result);
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
