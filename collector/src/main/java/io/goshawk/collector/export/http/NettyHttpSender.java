// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.http;

import io.goshawk.collector.export.otlp.BackendAnswers;
import io.goshawk.collector.export.proxy.HttpProxy;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.goshawk.config.Endpoints;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.proxy.HttpProxyHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.DefaultAddressResolverGroup;
import io.netty.resolver.NoopAddressResolverGroup;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.Compressor;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Posts requests over HTTP/1.1 connections that are kept alive and used again.
 *
 * <p>A request is serialised on the calling thread, so that the caller may use its data again at
 * once after the answer, and sent by the event loop. Retries are not its business, with one
 * exception: a kept connection that turns out to have been closed by the server meanwhile is
 * replaced by a new one without a word. A new connection goes to the first of the name's addresses
 * that takes it, and the name is looked up anew for each. With a proxy in between these are the
 * proxy's: it is asked for a tunnel where there is TLS (RFC 9110, section 9.3.6), else for the
 * whole URL (RFC 9112, section 3.2.2). A redirect is never followed: it would carry credentials
 * elsewhere.
 */
final class NettyHttpSender implements HttpSender {
  /** A buffer larger than this is not kept for the next request. */
  private static final int MAX_SPARE_BYTES = 8 * 1024 * 1024;

  /** The proxy's address for one connection through it. */
  private static final AttributeKey<InetSocketAddress> TUNNEL =
      AttributeKey.valueOf(NettyHttpSender.class, "tunnel");

  private static final long SHUTDOWN_LIMIT_MILLIS = 1_000;

  private final HttpSenderConfig config;
  private final String contentType;
  private final Optional<HttpProxy> proxy;
  private final Consumer<ExportOutcome> outcomes;
  private final Clock clock;
  private final @Nullable SSLContext tls;
  private final MultiThreadIoEventLoopGroup group;
  private final EventLoop eventLoop;
  private final Bootstrap bootstrap;
  private final AddressResolverGroup<InetSocketAddress> resolvers;
  private final AtomicReference<@Nullable ByteBuf> spare = new AtomicReference<>();
  // Event loop only.
  private final Deque<Channel> idle = new ArrayDeque<>();

  /**
   * @param contentType in place of the configuration's
   * @param proxy what is in between; empty if nothing is
   * @param clock to count from where a backend names the time of the next try
   */
  NettyHttpSender(
      HttpSenderConfig config,
      String contentType,
      Optional<HttpProxy> proxy,
      Consumer<ExportOutcome> outcomes,
      Clock clock) {
    this(config, contentType, proxy, outcomes, clock, DefaultAddressResolverGroup.INSTANCE);
  }

  NettyHttpSender(
      HttpSenderConfig config,
      String contentType,
      Optional<HttpProxy> proxy,
      Consumer<ExportOutcome> outcomes,
      Clock clock,
      AddressResolverGroup<InetSocketAddress> resolvers) {
    this.config = config;
    this.resolvers = resolvers;
    this.contentType = contentType;
    this.proxy = proxy;
    this.outcomes = outcomes;
    this.clock = clock;
    this.tls = tlsContext(config);
    this.group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("otlp-http", true), NioIoHandler.newFactory());
    this.eventLoop = group.next();
    this.bootstrap =
        new Bootstrap()
            .group(eventLoop)
            .channel(NioSocketChannel.class)
            // One request at a time needs no arenas, which would cost more than they save.
            .option(ChannelOption.ALLOCATOR, UnpooledByteBufAllocator.DEFAULT)
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    initialise(channel);
                  }
                });
  }

  private static @Nullable SSLContext tlsContext(HttpSenderConfig config) {
    if (!"https".equalsIgnoreCase(config.getEndpoint().getScheme())) {
      return null;
    }
    SSLContext configured = config.getSslContext();
    if (configured != null) {
      return configured;
    }
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no default TLS context", e);
    }
  }

  @Override
  public void send(
      MessageWriter message, Consumer<HttpResponse> onResponse, Consumer<Throwable> onError) {
    ByteBuf body;
    try {
      body = serialise(message);
    } catch (RequestTooLargeException e) {
      outcomes.accept(e.outcome);
      onError.accept(e);
      return;
    } catch (IOException e) {
      throw new UncheckedIOException("a request could not be encoded", e);
    }
    Exchange exchange = new Exchange(this, body, headers(body), onResponse, onError);
    try {
      eventLoop.execute(exchange::start);
    } catch (RejectedExecutionException e) {
      exchange.fail("the sender is shut down", e);
    }
  }

  /** The request is more than OTLP clients send. */
  private static final class RequestTooLargeException extends IOException {
    private final transient ExportOutcome.TooLarge outcome;

    RequestTooLargeException(long bytes) {
      outcome = BackendAnswers.tooLarge(bytes);
    }
  }

  private ByteBuf serialise(MessageWriter message) throws IOException {
    int expected = message.getContentLength();
    if (expected > BackendAnswers.MAX_REQUEST_BYTES) {
      throw new RequestTooLargeException(expected);
    }
    ByteBuf buffer = spare.getAndSet(null);
    if (buffer == null) {
      buffer = UnpooledByteBufAllocator.DEFAULT.directBuffer(Math.max(expected, 16 * 1024));
    }
    buffer.clear();
    try {
      Compressor compressor = config.getCompressor();
      try (OutputStream sink = new ByteBufOutputStream(buffer);
          OutputStream out = compressor == null ? sink : compressor.compress(sink)) {
        message.writeMessage(out);
      }
      if (expected < 0 && buffer.readableBytes() > BackendAnswers.MAX_REQUEST_BYTES) {
        throw new RequestTooLargeException(buffer.readableBytes());
      }
      return buffer;
    } catch (IOException | RuntimeException | Error e) {
      // Also where memory is short: this is not the collector's, and would never come back.
      recycle(buffer);
      throw e;
    }
  }

  /** Keeps the buffer for the next request, unless another one is kept or it is huge. */
  void recycle(ByteBuf buffer) {
    // A channel that was closed in the middle of a write may still hold its duplicate.
    if (buffer.refCnt() > 1
        || buffer.capacity() > MAX_SPARE_BYTES
        || !spare.compareAndSet(null, buffer)) {
      buffer.release();
    }
  }

  private HttpHeaders headers(ByteBuf body) {
    HttpHeaders headers = new DefaultHttpHeaders();
    config.getHeadersSupplier().get().forEach(headers::add);
    headers.set(HttpHeaderNames.HOST, authority());
    headers.set(HttpHeaderNames.CONTENT_TYPE, contentType);
    headers.set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
    if (tls == null) {
      proxy
          .flatMap(HttpProxy::credentials)
          .ifPresent(who -> headers.set(HttpHeaderNames.PROXY_AUTHORIZATION, who.basic()));
    }
    Compressor compressor = config.getCompressor();
    if (compressor != null) {
      headers.set(HttpHeaderNames.CONTENT_ENCODING, compressor.getEncoding());
    }
    return headers;
  }

  private String authority() {
    URI endpoint = config.getEndpoint();
    return endpoint.getPort() < 0
        ? endpoint.getHost()
        : endpoint.getHost() + ":" + endpoint.getPort();
  }

  private void initialise(Channel channel) {
    InetSocketAddress tunnel = channel.attr(TUNNEL).get();
    if (tunnel != null) {
      channel.pipeline().addLast(tunnelHandler(tunnel));
    }
    if (tls != null) {
      SSLEngine engine = tls.createSSLEngine(host(), port());
      engine.setUseClientMode(true);
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      engine.setSSLParameters(parameters);
      channel.pipeline().addLast(new SslHandler(engine));
    }
    channel.pipeline().addLast(new HttpClientCodec(), new ResponseHandler(this));
  }

  private HttpProxyHandler tunnelHandler(InetSocketAddress address) {
    HttpProxyHandler handler =
        proxy
            .flatMap(HttpProxy::credentials)
            .map(who -> new HttpProxyHandler(address, who.user(), who.password()))
            .orElseGet(() -> new HttpProxyHandler(address));
    handler.setConnectTimeoutMillis(config.getConnectTimeout().toMillis());
    return handler;
  }

  /** Whether the proxy only hands bytes on. */
  private boolean tunnelled() {
    return proxy.isPresent() && tls != null;
  }

  /** Without the brackets of an IPv6 address. */
  private String host() {
    String host = config.getEndpoint().getHost();
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private int port() {
    URI endpoint = config.getEndpoint();
    if (endpoint.getPort() >= 0) {
      return endpoint.getPort();
    }
    return tls == null ? 80 : 443;
  }

  /** Path and query as they are in the endpoint, for a proxy behind the rest of it. */
  String target() {
    URI endpoint = config.getEndpoint();
    String path = endpoint.getRawPath();
    String query = endpoint.getRawQuery();
    String resource =
        (path == null || path.isEmpty() ? "/" : path) + (query == null ? "" : "?" + query);
    return proxy.isPresent() && tls == null ? "http://" + authority() + resource : resource;
  }

  /** As people may see it. */
  String endpoint() {
    return Endpoints.shown(config.getEndpoint());
  }

  EventLoop eventLoop() {
    return eventLoop;
  }

  /** Zero for none. */
  long timeoutMillis() {
    long millis = config.getTimeout().toMillis();
    return millis > TimeUnit.DAYS.toMillis(365) ? 0 : millis;
  }

  /** A kept connection that still seems open, or null. Event loop only. */
  @Nullable Channel takeIdle() {
    Channel channel;
    do {
      channel = idle.poll();
    } while (channel != null && !channel.isActive());
    return channel;
  }

  /** Event loop only. */
  void keep(Channel channel) {
    idle.push(channel);
  }

  /** Event loop only. */
  void forget(Channel channel) {
    idle.remove(channel);
  }

  /** All addresses that the endpoint's or the proxy's name has now, in the resolver's order. */
  Future<List<InetSocketAddress>> addresses() {
    return resolvers
        .getResolver(eventLoop)
        .resolveAll(
            proxy
                .map(via -> InetSocketAddress.createUnresolved(via.host(), via.port()))
                .orElseGet(() -> InetSocketAddress.createUnresolved(host(), port())));
  }

  /**
   * Connects to one of some addresses, and through a proxy that makes tunnels to its end.
   *
   * @param share how many they are: the time to connect is for all of them together
   */
  Future<Channel> connect(InetSocketAddress address, int share) {
    long millis = config.getConnectTimeout().toMillis() / share;
    Bootstrap connecting =
        bootstrap
            .clone()
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                (int) Math.max(1, Math.min(millis, Integer.MAX_VALUE)));
    Promise<Channel> connected = eventLoop.newPromise();
    if (tunnelled()) {
      connecting
          .attr(TUNNEL, address)
          // The endpoint's name is looked up by the proxy.
          .resolver(NoopAddressResolverGroup.INSTANCE)
          .connect(InetSocketAddress.createUnresolved(host(), port()))
          .addListener((ChannelFuture attempt) -> awaitTunnel(attempt, connected));
    } else {
      connecting
          .connect(address)
          .addListener(
              (ChannelFuture attempt) -> {
                if (attempt.isSuccess()) {
                  connected.setSuccess(attempt.channel());
                } else {
                  connected.setFailure(attempt.cause());
                }
              });
    }
    return connected;
  }

  /** Connected to the proxy, which may yet refuse to go on. */
  private static void awaitTunnel(ChannelFuture attempt, Promise<Channel> connected) {
    if (!attempt.isSuccess()) {
      connected.setFailure(attempt.cause());
      return;
    }
    attempt
        .channel()
        .pipeline()
        .get(HttpProxyHandler.class)
        .connectFuture()
        .addListener(
            tunnel -> {
              if (tunnel.isSuccess()) {
                connected.setSuccess(attempt.channel());
              } else {
                attempt.channel().close();
                connected.setFailure(tunnel.cause());
              }
            });
  }

  void outcome(ExportOutcome outcome) {
    outcomes.accept(outcome);
  }

  Clock clock() {
    return clock;
  }

  /** Closes its connections; a request that is under way fails. */
  @Override
  public CompletableResultCode shutdown() {
    CompletableResultCode result = new CompletableResultCode();
    group
        .shutdownGracefully(0, SHUTDOWN_LIMIT_MILLIS, TimeUnit.MILLISECONDS)
        .addListener(
            future -> {
              ByteBuf buffer = spare.getAndSet(null);
              if (buffer != null) {
                buffer.release();
              }
              result.succeed();
            });
    return result;
  }
}
