// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import io.goshawk.collector.component.StartException;
import io.goshawk.collector.net.ConnectionLimit;
import io.goshawk.collector.net.ListenAddress;
import io.goshawk.collector.net.ZstdCodec;
import io.goshawk.collector.tls.ServerTls;
import io.goshawk.config.component.OtlpReceiverConfig.Grpc;
import io.goshawk.config.schema.Settings;
import io.grpc.DecompressorRegistry;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLException;

/** OTLP over gRPC: {@code Export} of {@code TraceService} and of {@code MetricsService}. */
final class GrpcEndpoint {
  private static final int MOST_CONNECTIONS = 256;
  private static final int MOST_CALLS_OF_A_CONNECTION = 64;

  /** More than a batch of an SDK has, and what a waiting call may fill unread. */
  private static final int WINDOW_BYTES = 256 * 1024;

  private static final int MOST_HEADER_BYTES = 16 * 1024;
  private static final int HANDSHAKE_SECONDS = 10;

  /** Whoever begins calls only to reset them keeps us busy for nothing (CVE-2023-44487). */
  private static final int MOST_RESETS = 200;

  private static final int RESETS_SECONDS = 30;
  private static final int IDLE_MINUTES = 2;
  private static final int GRACE_SECONDS = 5;

  /** gRPC's own, and zstd. */
  private static final DecompressorRegistry DECOMPRESSORS =
      DecompressorRegistry.getDefaultInstance().with(new ZstdCodec(), true);

  /** Held, or it would forget its level. */
  private static final Logger NETTY = Logger.getLogger("io.netty.bootstrap.ServerBootstrap");

  private final Server server;
  private final SocketAddress address;

  private GrpcEndpoint(Server server, SocketAddress address) {
    this.server = server;
    this.address = address;
  }

  /**
   * Listens.
   *
   * @param key says where, with those that lead to it
   * @throws StartException if it cannot
   */
  static GrpcEndpoint open(
      Settings settings,
      String key,
      EventLoopGroup loop,
      Intakes intakes,
      InFlight inFlight,
      LongSupplier nanoClock)
      throws StartException {
    String endpoint = settings.get(Grpc.ENDPOINT);
    SocketAddress address = ListenAddress.of(endpoint, key, settings.get(Grpc.TRANSPORT));
    int mostBytes =
        (int)
            Math.min(
                Integer.MAX_VALUE,
                OtlpReceiver.mostBytes(settings, Grpc.MAX_RECV_MSG_SIZE_MIB, 1 << 20, inFlight));
    GrpcCalls calls = new GrpcCalls(loop.next(), inFlight, mostBytes);
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(address)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .channelFactory(
                ConnectionLimit.channels(
                    address,
                    MOST_CONNECTIONS,
                    () -> intakes.turnAway("too many connections", "too many connections")))
            // Calls are served where their bytes are read.
            .directExecutor()
            .decompressorRegistry(DECOMPRESSORS)
            .maxInboundMessageSize(mostBytes)
            .maxInboundMetadataSize(MOST_HEADER_BYTES)
            .maxConcurrentCallsPerConnection(MOST_CALLS_OF_A_CONNECTION)
            .maxRstFramesPerWindow(MOST_RESETS, RESETS_SECONDS)
            .flowControlWindow(WINDOW_BYTES)
            .handshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS)
            .maxConnectionIdle(IDLE_MINUTES, TimeUnit.MINUTES)
            .maxConnectionAgeGrace(GRACE_SECONDS, TimeUnit.SECONDS)
            .addStreamTracerFactory(calls);
    for (Intake intake : intakes.all()) {
      builder.addService(service(intakes, intake, calls));
    }
    if (address instanceof UnixDomainSocketAddress) {
      // gRPC wants TCP's keep-alive of every connection, and Netty would warn of each of these.
      NETTY.setLevel(Level.SEVERE);
    }
    Optional<SslContextBuilder> tls = ServerTls.of(settings.find(Grpc.TLS), nanoClock);
    if (tls.isPresent()) {
      try {
        builder.sslContext(GrpcSslContexts.configure(tls.get(), SslProvider.JDK).build());
      } catch (SSLException e) {
        throw new StartException("gRPC at " + endpoint + ": " + e.getMessage(), e);
      }
    }
    try {
      return new GrpcEndpoint(builder.build().start(), address);
    } catch (IOException e) {
      throw ListenAddress.taken(endpoint, key, e.getCause() == null ? e : e.getCause());
    }
  }

  private static ServerServiceDefinition service(Intakes intakes, Intake intake, GrpcCalls calls) {
    String name =
        switch (intake.signal()) {
          case TRACES -> "opentelemetry.proto.collector.trace.v1.TraceService";
          case METRICS -> "opentelemetry.proto.collector.metrics.v1.MetricsService";
        };
    MethodDescriptor<GrpcCalls.Message, byte[]> export =
        MethodDescriptor.<GrpcCalls.Message, byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(name + "/Export")
            .setRequestMarshaller(calls.requests())
            .setResponseMarshaller(new GrpcCalls.Responses())
            .build();
    return ServerServiceDefinition.builder(name)
        .addMethod(export, calls.of(intakes, intake))
        .build();
  }

  int port() {
    return server.getPort();
  }

  void close(Duration limit) throws InterruptedException {
    server.shutdown();
    if (!server.awaitTermination(limit.toNanos(), TimeUnit.NANOSECONDS)) {
      server.shutdownNow().awaitTermination(1, TimeUnit.SECONDS);
    }
    ListenAddress.remove(address);
  }
}
