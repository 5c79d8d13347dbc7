// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import io.goshawk.collector.telemetry.EncodedBatch;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Sends what a writer of ours makes of spans through the sender of an SDK exporter. Endpoint,
 * headers, TLS, compression and the sender's life are that exporter's. Confined to one thread; one
 * export at a time.
 */
public final class WriterExporter {
  private final OtlpWriter writer;
  private final Transport transport;
  private final SpanExporter configured;

  /** A sender, whatever its protocol. */
  public interface Transport {

    /**
     * Sends the message, which it reads before it returns. Later it runs one of the two: there is
     * an answer, whatever it says, or there will be none.
     */
    void send(MessageWriter message, Runnable answered, Consumer<Throwable> failed);
  }

  private WriterExporter(OtlpWriter writer, Transport transport, SpanExporter configured) {
    this.writer = writer;
    this.transport = transport;
    this.configured = configured;
  }

  /**
   * An exporter over the sender that an SDK exporter makes for itself.
   *
   * @param configuration makes the SDK exporter, and shows the sender that is made for it
   * @param transport the sender's way to send
   * @param <S> the sender
   */
  public static <S> WriterExporter create(
      OtlpWriter writer,
      Function<UnaryOperator<S>, SpanExporter> configuration,
      Function<S, Transport> transport) {
    AtomicReference<@Nullable S> made = new AtomicReference<>();
    SpanExporter configured =
        configuration.apply(
            sender -> {
              made.set(sender);
              return sender;
            });
    S sender = made.get();
    if (sender == null) {
      // What it is made of is not said: endpoints hold secrets.
      throw new IllegalStateException("the SDK's exporter made no sender");
    }
    return new WriterExporter(writer, transport.apply(sender), configured);
  }

  /** Sends the spans. Completes when the backend has answered, exceptionally when it will not. */
  CompletableFuture<Void> export(EncodedBatch batch) {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    transport.send(
        writer.message(batch), () -> answer.complete(null), answer::completeExceptionally);
    return answer;
  }

  /** The SDK exporter shuts the sender down. */
  CompletableResultCode shutdown() {
    return configured.shutdown();
  }
}
