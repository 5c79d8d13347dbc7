// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Types;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The exporter {@code otlp_grpc}, formerly {@code otlp}. */
public final class OtlpGrpcExporterConfig {
  public static final Key<String> ENDPOINT =
      Key.of(
              "endpoint",
              Types.text(),
              "Where to: host:port, a URL whose scheme http says that there is no TLS, or"
                  + " unix:///path of a socket.")
          .mandatory();
  public static final Key<String> COMPRESSION =
      Key.of("compression", Types.word("gzip", "zstd", "none", ""), "How requests are packed.")
          .or("gzip");
  public static final Key<Map<String, String>> HEADERS =
      Key.of("headers", Types.headers(), "Sent with every request.");
  public static final Key<Duration> TIMEOUT =
      Key.of("timeout", Types.duration(), "For one try of a request; 0s for no limit.").or("5s");

  static final Declaration DECLARATION =
      Declaration.exporter(
              "otlp_grpc",
              Set.of(Signal.TRACES, Signal.METRICS),
              Section.of(
                      ENDPOINT,
                      TlsClientConfig.TLS,
                      HEADERS,
                      ClientAuthConfig.AUTH,
                      COMPRESSION,
                      TIMEOUT,
                      QueueConfig.SENDING_QUEUE,
                      RetryConfig.RETRY_ON_FAILURE,
                      NotYet.key("authority"),
                      NotYet.tuning("balancer_name"),
                      NotYet.tuning("keepalive"),
                      NotYet.tuning("read_buffer_size"),
                      NotYet.tuning("write_buffer_size"),
                      NotYet.tuning("wait_for_ready"))
                  .check(
                      (settings, at) -> {
                        Endpoints.checkGrpc(settings.get(ENDPOINT))
                            .ifPresent(
                                wrong ->
                                    at.member(ENDPOINT.name())
                                        .error(settings.origin(ENDPOINT), wrong));
                      }),
              "Sends to any OTLP backend over gRPC: Tempo, Jaeger, a Collector.",
              """
              endpoint: tempo:4317
              tls:
                insecure: true
              """)
          .formerly("otlp");

  private OtlpGrpcExporterConfig() {}

  /**
   * The socket that an endpoint names, in the forms of gRPC's naming: {@code unix:path} and {@code
   * unix:///path}; empty if it names a host.
   */
  public static Optional<String> socket(String endpoint) {
    return Endpoints.socket(endpoint);
  }
}
