// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Types;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The exporter {@code otlp_http}, formerly {@code otlphttp}. */
public final class OtlpHttpExporterConfig {
  public static final Key<String> ENDPOINT =
      Key.of(
          "endpoint",
          Types.text(),
          "Where to, as a URL to which /v1/traces and /v1/metrics are appended.");
  public static final Key<String> TRACES_ENDPOINT =
      Key.of("traces_endpoint", Types.text(), "Where spans go, as a URL that is used as it is.");
  public static final Key<String> METRICS_ENDPOINT =
      Key.of("metrics_endpoint", Types.text(), "Where metrics go, as a URL that is used as it is.");
  public static final Key<String> ENCODING =
      Key.of("encoding", Types.word("proto", "json"), "The form of requests.").or("proto");
  public static final Key<String> COMPRESSION =
      Key.of("compression", Types.word("gzip", "zstd", "none", ""), "How requests are packed.")
          .or("gzip");
  public static final Key<Map<String, String>> HEADERS =
      Key.of("headers", Types.headers(), "Sent with every request.");
  public static final Key<Duration> TIMEOUT =
      Key.of("timeout", Types.duration(), "For one try of a request; 0s for no limit.").or("30s");

  public static final Key<String> PROXY_URL =
      Key.of(
          "proxy_url",
          Types.secret(),
          "The HTTP proxy in between, in place of what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say.");

  static final Declaration DECLARATION =
      Declaration.exporter(
              "otlp_http",
              Set.of(Signal.TRACES, Signal.METRICS),
              Section.of(
                      ENDPOINT,
                      TRACES_ENDPOINT,
                      METRICS_ENDPOINT,
                      TlsClientConfig.TLS,
                      HEADERS,
                      ClientAuthConfig.AUTH,
                      ENCODING,
                      COMPRESSION,
                      TIMEOUT,
                      PROXY_URL,
                      QueueConfig.SENDING_QUEUE,
                      RetryConfig.RETRY_ON_FAILURE,
                      NotYet.key("cookies"),
                      Key.ignored("logs_endpoint", "there are no logs to send"),
                      Key.ignored("profiles_endpoint", "there are no profiles to send"),
                      NotYet.tuning("compression_params"),
                      NotYet.tuning("read_buffer_size"),
                      NotYet.tuning("write_buffer_size"),
                      NotYet.tuning("max_idle_conns"),
                      NotYet.tuning("max_idle_conns_per_host"),
                      NotYet.tuning("max_conns_per_host"),
                      NotYet.tuning("idle_conn_timeout"),
                      NotYet.tuning("disable_keep_alives"),
                      NotYet.tuning("http2_read_idle_timeout"),
                      NotYet.tuning("http2_ping_timeout"),
                      NotYet.tuning("force_attempt_http2"))
                  .check(
                      (settings, at) -> {
                        for (Key<String> key :
                            List.of(ENDPOINT, TRACES_ENDPOINT, METRICS_ENDPOINT)) {
                          settings
                              .find(key)
                              .flatMap(Endpoints::checkHttp)
                              .ifPresent(
                                  wrong ->
                                      at.member(key.name()).error(settings.origin(key), wrong));
                        }
                        if (!settings.says(ENDPOINT)
                            && !settings.says(TRACES_ENDPOINT)
                            && !settings.says(METRICS_ENDPOINT)) {
                          at.error(settings.origin(), "lacks endpoint: " + ENDPOINT.doc());
                        }
                      }),
              "Sends to any OTLP backend over HTTP: Tempo, Jaeger, a Collector.",
              """
              endpoint: https://otlp.example.com
              headers:
                Authorization: Bearer ${env:OTLP_TOKEN}
              """)
          .formerly("otlphttp");

  private OtlpHttpExporterConfig() {}
}
