// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Reading;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.util.Set;

/** The receiver {@code otlp}: what applications' own SDKs send, or other agents. */
public final class OtlpReceiverConfig {

  /** What both protocols have. */
  private static final class Listening {
    static final Key<String> TRANSPORT =
        Key.of(
                "transport",
                Types.word("tcp", "unix"),
                "With unix, the endpoint is the path of a Unix socket.")
            .or("tcp");

    private Listening() {}

    static void check(Settings settings, Key<String> endpoint, Reading at) {
      boolean isPath = settings.get(endpoint).startsWith("/");
      if (isPath != settings.get(TRANSPORT).equals("unix")) {
        at.member(endpoint.name())
            .error(
                settings.origin(endpoint),
                isPath
                    ? "is a path, which needs transport: unix"
                    : "is no path, which transport: unix needs");
      }
    }
  }

  /** {@code protocols::grpc}. */
  public static final class Grpc {
    public static final Key<String> ENDPOINT =
        Key.of("endpoint", Types.listenAddress(), "Where it listens.").or("localhost:4317");

    public static final Key<String> TRANSPORT = Listening.TRANSPORT;
    public static final Key<Long> MAX_RECV_MSG_SIZE_MIB =
        Key.of(
                "max_recv_msg_size_mib",
                Types.whole(1, 1024),
                "The most that a request may have, unpacked; no more than a sixth of the Java heap,"
                    + " which is 5 MiB unless it is given more.")
            .or("4");

    /** The keys of {@link TlsServerConfig}. */
    public static final Key<Settings> TLS = TlsServerConfig.TLS;

    private Grpc() {}
  }

  /** {@code protocols::http}. */
  public static final class Http {
    public static final Key<String> ENDPOINT =
        Key.of("endpoint", Types.listenAddress(), "Where it listens.").or("localhost:4318");

    public static final Key<String> TRANSPORT = Listening.TRANSPORT;
    public static final Key<Long> MAX_REQUEST_BODY_SIZE =
        Key.of(
                "max_request_body_size",
                Types.whole(1, Integer.MAX_VALUE),
                "The most bytes that a request may have, unpacked; no more than a sixth of the Java"
                    + " heap, which is 5 MiB unless it is given more.")
            .or("20971520");
    public static final Key<String> TRACES_URL_PATH =
        Key.of("traces_url_path", Types.text(), "Where spans are posted to.").or("/v1/traces");

    public static final Key<String> METRICS_URL_PATH =
        Key.of("metrics_url_path", Types.text(), "Where metrics are posted to.").or("/v1/metrics");

    /** The keys of {@link TlsServerConfig}. */
    public static final Key<Settings> TLS = TlsServerConfig.TLS;

    private Http() {}
  }

  /** {@code protocols}. */
  public static final class Protocols {
    public static final Key<Settings> GRPC =
        Key.of(
            "grpc",
            Types.optionalSection(
                Section.of(
                        Grpc.ENDPOINT,
                        Grpc.MAX_RECV_MSG_SIZE_MIB,
                        Grpc.TLS,
                        Grpc.TRANSPORT,
                        ServerAuthConfig.AUTH,
                        NotYet.key("include_metadata"),
                        NotYet.tuning("keepalive"),
                        NotYet.tuning("max_concurrent_streams"),
                        NotYet.tuning("read_buffer_size"),
                        NotYet.tuning("write_buffer_size"))
                    .check((settings, at) -> Listening.check(settings, Grpc.ENDPOINT, at))),
            "OTLP over gRPC.");
    public static final Key<Settings> HTTP =
        Key.of(
            "http",
            Types.optionalSection(
                Section.of(
                        Http.ENDPOINT,
                        Http.MAX_REQUEST_BODY_SIZE,
                        Http.TRACES_URL_PATH,
                        Http.METRICS_URL_PATH,
                        Http.TLS,
                        Http.TRANSPORT,
                        ServerAuthConfig.AUTH,
                        NotYet.key("cors"),
                        NotYet.key("include_metadata"),
                        Key.ignored("logs_url_path", "no logs are received"),
                        NotYet.tuning("compression_algorithms"),
                        NotYet.tuning("read_header_timeout"),
                        NotYet.tuning("read_timeout"),
                        NotYet.tuning("write_timeout"),
                        NotYet.tuning("idle_timeout"),
                        NotYet.tuning("keep_alives_enabled"))
                    .check((settings, at) -> Listening.check(settings, Http.ENDPOINT, at))),
            "OTLP over HTTP, as Protocol Buffers or JSON.");

    private Protocols() {}
  }

  public static final Key<Settings> PROTOCOLS =
      Key.of(
              "protocols",
              Types.section(
                  Section.of(Protocols.GRPC, Protocols.HTTP)
                      .check(
                          (settings, at) -> {
                            if (!settings.says(Protocols.GRPC) && !settings.says(Protocols.HTTP)) {
                              at.error(settings.origin(), "needs grpc, http or both");
                            }
                          })),
              "How it is spoken to.")
          .mandatory();

  static final Declaration DECLARATION =
      Declaration.receiver(
          "otlp",
          Set.of(Signal.TRACES, Signal.METRICS),
          Section.of(PROTOCOLS),
          "Takes spans and metrics that somebody else has made: an application's own SDK, another"
              + " agent, a Collector. Metrics only if a pipeline of metrics has it.",
          """
          protocols:
            grpc:
            http:
              endpoint: localhost:4318
          """);

  private OtlpReceiverConfig() {}
}
