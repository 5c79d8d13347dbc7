// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.http;

import io.goshawk.collector.export.otlp.OtlpWriter;
import io.goshawk.collector.export.otlp.WriterExporter;
import io.goshawk.collector.export.proxy.HttpProxy;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** Makes exporters for OTLP/HTTP. */
public final class HttpExporters {
  private HttpExporters() {}

  /**
   * @param configuration makes the SDK exporter whose sender is used
   * @param writer what is sent
   * @param contentType what the writer writes
   * @param proxy what is in between; empty if nothing is
   * @param outcomes told the outcome of each request before it completes
   */
  public static WriterExporter create(
      Function<HttpSenderProvider, SpanExporter> configuration,
      OtlpWriter writer,
      String contentType,
      Optional<HttpProxy> proxy,
      Consumer<ExportOutcome> outcomes) {
    return WriterExporter.<HttpSender>create(
        writer,
        made ->
            configuration.apply(
                config ->
                    made.apply(
                        new NettyHttpSender(
                            config, contentType, proxy, outcomes, Clock.systemUTC()))),
        sender ->
            (message, answered, failed) ->
                sender.send(message, response -> answered.run(), failed));
  }
}
