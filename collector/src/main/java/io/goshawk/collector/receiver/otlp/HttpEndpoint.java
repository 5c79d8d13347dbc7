// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import io.goshawk.collector.component.StartException;
import io.goshawk.collector.net.ConnectionLimit;
import io.goshawk.collector.net.ListenAddress;
import io.goshawk.collector.tls.ServerTls;
import io.goshawk.config.component.OtlpReceiverConfig.Http;
import io.goshawk.config.component.Signal;
import io.goshawk.config.schema.Settings;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** OTLP over HTTP/1.1. */
final class HttpEndpoint {
  private static final int MOST_CONNECTIONS = 256;
  private static final int MOST_LINE_BYTES = 4 * 1024;
  private static final int MOST_HEADER_BYTES = 16 * 1024;
  private static final int CHUNK_BYTES = 64 * 1024;
  private static final int BACKLOG = 128;

  private final Channel listening;
  private final ChannelGroup open;
  private final SocketAddress address;

  private HttpEndpoint(Channel listening, ChannelGroup open, SocketAddress address) {
    this.address = address;
    this.listening = listening;
    this.open = open;
  }

  /**
   * Listens.
   *
   * @param key says where, with those that lead to it
   * @throws StartException if it cannot
   */
  static HttpEndpoint open(
      Settings settings,
      String key,
      EventLoopGroup loop,
      Intakes intakes,
      InFlight inFlight,
      LongSupplier nanoClock)
      throws StartException {
    String endpoint = settings.get(Http.ENDPOINT);
    SocketAddress address = ListenAddress.of(endpoint, key, settings.get(Http.TRANSPORT));
    HttpRequests requests =
        new HttpRequests(
            intakes,
            inFlight,
            OtlpReceiver.mostBytes(settings, Http.MAX_REQUEST_BODY_SIZE, 1, inFlight),
            Map.of(
                Signal.TRACES, settings.get(Http.TRACES_URL_PATH),
                Signal.METRICS, settings.get(Http.METRICS_URL_PATH)));
    SslContext tls = tls(settings, endpoint, nanoClock);
    ChannelGroup open = new DefaultChannelGroup(loop.next());
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loop)
            .channelFactory(
                ConnectionLimit.channels(
                    address,
                    MOST_CONNECTIONS,
                    () -> intakes.turnAway("too many connections", "too many connections")))
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.ALLOCATOR, UnpooledByteBufAllocator.DEFAULT)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    open.add(channel);
                    if (channel instanceof SocketChannel tcp) {
                      tcp.config().setTcpNoDelay(true);
                    }
                    if (tls != null) {
                      channel.pipeline().addLast(tls.newHandler(channel.alloc()));
                    }
                    channel
                        .pipeline()
                        .addLast(
                            new HttpServerCodec(MOST_LINE_BYTES, MOST_HEADER_BYTES, CHUNK_BYTES),
                            new HttpConnection(requests));
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    if (bound.cause() != null) {
      throw ListenAddress.taken(endpoint, key, bound.cause());
    }
    return new HttpEndpoint(bound.channel(), open, address);
  }

  private static @Nullable SslContext tls(
      Settings settings, String endpoint, LongSupplier nanoClock) throws StartException {
    Optional<SslContextBuilder> tls = ServerTls.of(settings.find(Http.TLS), nanoClock);
    try {
      return tls.isEmpty() ? null : tls.get().sslProvider(SslProvider.JDK).build();
    } catch (SSLException e) {
      throw new StartException("HTTP at " + endpoint + ": " + e.getMessage(), e);
    }
  }

  int port() {
    return ((InetSocketAddress) listening.localAddress()).getPort();
  }

  /** Connections with a request that is being read may take a while; all others close at once. */
  void close(Duration limit) {
    listening.close().awaitUninterruptibly();
    for (Channel channel : open) {
      channel.pipeline().fireUserEventTriggered(HttpConnection.Closing.INSTANCE);
    }
    open.newCloseFuture().awaitUninterruptibly(limit.toNanos(), TimeUnit.NANOSECONDS);
    open.close().awaitUninterruptibly();
    ListenAddress.remove(address);
  }
}
