// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.grpc;

import io.goshawk.collector.export.otlp.BackendAnswers;
import io.goshawk.collector.export.proxy.HttpProxy;
import io.goshawk.collector.net.ZstdCodec;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Codec;
import io.grpc.CompressorRegistry;
import io.grpc.ConnectivityState;
import io.grpc.HttpConnectProxiedSocketAddress;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ProxiedSocketAddress;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcStatusCode;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Calls an OTLP service over a grpc-java channel of its own.
 *
 * <p>A request is serialised on the calling thread, since the channel may read it when the caller's
 * data has changed already. Retries, the channel's own included, are not its business.
 */
final class ChannelGrpcSender implements GrpcSender {
  private static final Metadata.Key<byte[]> STATUS_DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  /** gRPC's own, and zstd. */
  private static final CompressorRegistry COMPRESSORS = CompressorRegistry.newEmptyInstance();

  static {
    COMPRESSORS.register(new Codec.Gzip());
    COMPRESSORS.register(Codec.Identity.NONE);
    COMPRESSORS.register(new ZstdCodec());
  }

  /** A buffer larger than this is not kept for the next request. */
  private static final int MAX_SPARE_BYTES = 8 * 1024 * 1024;

  private final GrpcSenderConfig config;
  private final Consumer<ExportOutcome> outcomes;
  private final MultiThreadIoEventLoopGroup group;
  private final ManagedChannel channel;
  private final MethodDescriptor<RawBytes.Message, RawBytes.Message> method;
  private final AtomicReference<@Nullable MessageBuffer> spare = new AtomicReference<>();
  private volatile boolean lastUnavailable;
  private volatile boolean lastLate;

  /**
   * @param fullMethod service and method, as gRPC names them
   * @param proxy what is in between, which is asked for a tunnel; empty if nothing is
   * @param socket in place of the endpoint's host and port; empty for these
   */
  ChannelGrpcSender(
      GrpcSenderConfig config,
      String fullMethod,
      Optional<HttpProxy> proxy,
      Optional<Path> socket,
      Consumer<ExportOutcome> outcomes) {
    this.config = config;
    this.outcomes = outcomes;
    this.group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("otlp-grpc", true), NioIoHandler.newFactory());
    this.channel =
        channel(
            socket
                .map(ChannelGrpcSender::toSocket)
                .orElseGet(() -> toHost(config.getEndpoint(), proxy)),
            config,
            group);
    RawBytes marshaller = new RawBytes();
    this.method =
        MethodDescriptor.<RawBytes.Message, RawBytes.Message>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(fullMethod)
            .setRequestMarshaller(marshaller)
            .setResponseMarshaller(marshaller)
            .build();
  }

  private static NettyChannelBuilder toSocket(Path socket) {
    return NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
        .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
        .overrideAuthority("localhost");
  }

  private static NettyChannelBuilder toHost(URI endpoint, Optional<HttpProxy> proxy) {
    String host = endpoint.getHost();
    boolean bracketed = host.startsWith("[");
    return NettyChannelBuilder.forAddress(
            bracketed ? host.substring(1, host.length() - 1) : host, endpoint.getPort())
        .channelType(NioSocketChannel.class)
        // Not grpc-java's own, which goes by Java's properties.
        .proxyDetector(target -> proxy.map(via -> tunnel(via, target)).orElse(null));
  }

  private static ProxiedSocketAddress tunnel(HttpProxy proxy, SocketAddress target) {
    HttpConnectProxiedSocketAddress.Builder tunnel =
        HttpConnectProxiedSocketAddress.newBuilder()
            .setProxyAddress(new InetSocketAddress(proxy.host(), proxy.port()))
            .setTargetAddress((InetSocketAddress) target);
    proxy
        .credentials()
        .ifPresent(who -> tunnel.setUsername(who.user()).setPassword(who.password()));
    return tunnel.build();
  }

  private static ManagedChannel channel(
      NettyChannelBuilder builder, GrpcSenderConfig config, MultiThreadIoEventLoopGroup group) {
    builder
        .eventLoopGroup(group)
        .directExecutor()
        .disableRetry()
        .compressorRegistry(COMPRESSORS)
        .maxInboundMessageSize(BackendAnswers.MAX_RESPONSE_BYTES);
    if ("https".equalsIgnoreCase(config.getEndpoint().getScheme())) {
      builder.sslContext(tlsContext(config.getSslContext()));
    } else {
      builder.usePlaintext();
    }
    return builder.build();
  }

  /** Java's TLS context with what HTTP/2 asks for: RFC 9113, sections 3.2 and 9.2. */
  private static SslContext tlsContext(@Nullable SSLContext configured) {
    try {
      return new JdkSslContext(
          configured == null ? SSLContext.getDefault() : configured,
          true,
          Http2SecurityUtil.CIPHERS,
          SupportedCipherSuiteFilter.INSTANCE,
          new ApplicationProtocolConfig(
              ApplicationProtocolConfig.Protocol.ALPN,
              ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
              ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
              ApplicationProtocolNames.HTTP_2),
          ClientAuth.NONE,
          null,
          false);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no default TLS context", e);
    }
  }

  /** A {@link ByteArrayOutputStream} whose bytes can be sent without a copy. */
  private static final class MessageBuffer extends ByteArrayOutputStream {
    MessageBuffer(int size) {
      super(size);
    }

    RawBytes.Message message() {
      return new RawBytes.Message(buf, count);
    }

    int capacity() {
      return buf.length;
    }
  }

  @Override
  public void send(
      MessageWriter message, Consumer<GrpcResponse> onResponse, Consumer<Throwable> onError) {
    int size = message.getContentLength();
    if (size > BackendAnswers.MAX_REQUEST_BYTES) {
      outcomes.accept(BackendAnswers.tooLarge(size));
      onError.accept(new IOException("too large"));
      return;
    }
    MessageBuffer taken = spare.getAndSet(null);
    MessageBuffer buffer = taken == null ? new MessageBuffer(Math.max(size, 1024)) : taken;
    try {
      buffer.reset();
      message.writeMessage(buffer);
    } catch (IOException e) {
      throw new UncheckedIOException("a request could not be encoded", e);
    }
    whenConnectable(() -> call(buffer, onResponse));
  }

  /**
   * Whether it is time for another try is the pipeline's decision. After a failure the channel
   * would answer with the same again until its own backoff is over; from idle it connects anew.
   */
  private void whenConnectable(Runnable call) {
    ConnectivityState state = channel.getState(false);
    // An answer overtakes the state that comes with it: then the channel still seems to connect.
    boolean failed =
        state == ConnectivityState.TRANSIENT_FAILURE
            || (state == ConnectivityState.CONNECTING && lastUnavailable);
    if (!failed) {
      if (lastLate) {
        // Behind a connection on which nothing comes there may be nobody any longer.
        lastLate = false;
        channel.enterIdle();
      }
      call.run();
      return;
    }
    channel.enterIdle();
    // Not at once: while another thread is in the channel, that one will make it idle.
    channel.notifyWhenStateChanged(state, () -> whenConnectable(call));
  }

  private void call(MessageBuffer buffer, Consumer<GrpcResponse> onResponse) {
    CallOptions options = CallOptions.DEFAULT;
    long timeoutNanos = config.getTimeout().toNanos();
    if (timeoutNanos > 0 && timeoutNanos < TimeUnit.DAYS.toNanos(365)) {
      options = options.withDeadlineAfter(timeoutNanos, TimeUnit.NANOSECONDS);
    }
    if (config.getCompressor() != null) {
      options = options.withCompression(config.getCompressor().getEncoding());
    }
    ClientCall<RawBytes.Message, RawBytes.Message> call = channel.newCall(method, options);
    call.start(
        new ClientCall.Listener<>() {
          private byte[] response = new byte[0];

          @Override
          public void onMessage(RawBytes.Message message) {
            response = message.bytes();
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            // Of a call that failed the transport may still hold the message.
            if (status.isOk() && buffer.capacity() <= MAX_SPARE_BYTES) {
              spare.set(buffer);
            }
            closed(status, trailers, response, onResponse);
          }
        },
        headers());
    call.request(2);
    call.sendMessage(buffer.message());
    call.halfClose();
  }

  private Metadata headers() {
    Metadata metadata = new Metadata();
    config
        .getHeadersSupplier()
        .get()
        .forEach(
            (name, values) -> {
              Metadata.Key<String> key = Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
              values.forEach(value -> metadata.put(key, value));
            });
    return metadata;
  }

  private void closed(
      Status status, Metadata trailers, byte[] response, Consumer<GrpcResponse> onResponse) {
    String said = status.getDescription() == null ? "" : status.getDescription();
    Throwable cause = status.getCause();
    if (cause != null && cause.getMessage() != null) {
      said = said.isEmpty() ? cause.getMessage() : said + ": " + cause.getMessage();
    }
    // That the connection speaks no HTTP/2 is no answer of the service, and may pass.
    Status.Code code = cause instanceof Http2Exception ? Status.Code.UNAVAILABLE : status.getCode();
    lastUnavailable = code == Status.Code.UNAVAILABLE;
    lastLate = code == Status.Code.DEADLINE_EXCEEDED;
    outcomes.accept(
        BackendAnswers.grpc(
            code.value(), code.name(), said, response, trailers.get(STATUS_DETAILS)));
    onResponse.accept(new Answer(GrpcStatusCode.fromValue(code.value()), said, response));
  }

  private record Answer(GrpcStatusCode code, String description, byte[] message)
      implements GrpcResponse {
    @Override
    public GrpcStatusCode getStatusCode() {
      return code;
    }

    @Override
    public String getStatusDescription() {
      return description;
    }

    @Override
    public byte[] getResponseMessage() {
      return message;
    }
  }

  /** Cancels what is under way. */
  @Override
  public CompletableResultCode shutdown() {
    CompletableResultCode result = new CompletableResultCode();
    channel.shutdownNow();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).addListener(future -> result.succeed());
    return result;
  }
}
