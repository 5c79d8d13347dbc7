// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.net;

import io.goshawk.collector.component.StartException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpChunkedInput;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.stream.ChunkedInput;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Serves a few pages over HTTP, one answer a connection. It reads no bodies, and a connection is
 * closed after some seconds whatever it does.
 */
public final class PageServer implements AutoCloseable {
  private static final Logger LOGGER = Logger.getLogger("io.goshawk.monitor");
  private static final int MOST_CONNECTIONS = 32;
  private static final int MOST_HEAD_BYTES = 8 * 1024;
  private static final int CONNECTION_SECONDS = 10;

  /**
   * An answer.
   *
   * @param parts the text, piece by piece; asked for when the one before has left, on the server's
   *     thread
   * @param whole whether there is but one part, whose length can be said before
   */
  public record Page(int status, String contentType, Iterator<String> parts, boolean whole) {

    /** A page that is there. */
    public Page(int status, String contentType, String text) {
      this(status, contentType, List.of(text).iterator(), true);
    }

    /** A page that is made while it is sent. */
    public static Page ofParts(String contentType, Iterator<String> parts) {
      return new Page(200, contentType, parts, false);
    }

    /** A page for people. */
    public static Page html(String text) {
      return new Page(200, "text/html; charset=utf-8", text);
    }
  }

  /** Makes a page whenever it is asked for. */
  @FunctionalInterface
  public interface Maker {
    /**
     * Makes it.
     *
     * @param accepts the types of content that are wanted, as the request's {@code Accept} has them
     */
    Page page(String accepts);
  }

  private final EventLoopGroup group;
  private final Channel listening;

  private PageServer(EventLoopGroup group, Channel listening) {
    this.group = group;
    this.listening = listening;
  }

  /**
   * Listens.
   *
   * @param name of its thread
   * @param key says what the endpoint is, with the keys that lead to it
   * @param tls empty for none
   * @param pages by path; made on the server's thread
   * @throws StartException if it cannot
   */
  public static PageServer open(
      String name, String endpoint, String key, Optional<SslContext> tls, Map<String, Maker> pages)
      throws StartException {
    InetSocketAddress address = ListenAddress.of(endpoint, key);
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
    ChannelFuture bound =
        new ServerBootstrap()
            .group(group)
            .channelFactory(ConnectionLimit.channels(address, MOST_CONNECTIONS, () -> {}))
            .childOption(ChannelOption.ALLOCATOR, UnpooledByteBufAllocator.DEFAULT)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .eventLoop()
                        .schedule(() -> channel.close(), CONNECTION_SECONDS, TimeUnit.SECONDS);
                    tls.ifPresent(
                        context -> channel.pipeline().addLast(context.newHandler(channel.alloc())));
                    channel
                        .pipeline()
                        .addLast(
                            new HttpServerCodec(MOST_HEAD_BYTES, MOST_HEAD_BYTES, MOST_HEAD_BYTES),
                            new Connection(pages));
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    if (bound.cause() != null) {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      throw ListenAddress.taken(endpoint, key, bound.cause());
    }
    return new PageServer(group, bound.channel());
  }

  /** Where it listens. */
  public int port() {
    return ((InetSocketAddress) listening.localAddress()).getPort();
  }

  @Override
  public void close() {
    listening.close().awaitUninterruptibly();
    group
        .shutdownGracefully(0, 1, TimeUnit.SECONDS)
        .awaitUninterruptibly(TimeUnit.SECONDS.toMillis(2));
  }

  /** What is sent part by part. */
  private static final class Parts implements ChunkedInput<ByteBuf> {
    private final Iterator<String> parts;
    private long sent;

    Parts(Iterator<String> parts) {
      this.parts = parts;
    }

    @Override
    public boolean isEndOfInput() {
      return !parts.hasNext();
    }

    @Override
    public void close() {}

    @Override
    @Deprecated
    public @Nullable ByteBuf readChunk(ChannelHandlerContext context) {
      return readChunk(context.alloc());
    }

    @Override
    public @Nullable ByteBuf readChunk(ByteBufAllocator allocator) {
      if (!parts.hasNext()) {
        return null;
      }
      ByteBuf part = Unpooled.wrappedBuffer(parts.next().getBytes(StandardCharsets.UTF_8));
      sent += part.readableBytes();
      return part;
    }

    @Override
    public long length() {
      return -1;
    }

    @Override
    public long progress() {
      return sent;
    }
  }

  /** One connection, whose first request is answered. */
  private static final class Connection extends SimpleChannelInboundHandler<HttpObject> {
    private final Map<String, Maker> pages;
    private boolean answered;

    Connection(Map<String, Maker> pages) {
      this.pages = pages;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
      if (answered || !(part instanceof HttpRequest request)) {
        return;
      }
      answered = true;
      Page page = page(request);
      boolean head = request.method().equals(HttpMethod.HEAD);
      if (page.whole()) {
        answer(context, page, head);
      } else {
        stream(context, page, head, request.protocolVersion());
      }
    }

    private static void answer(ChannelHandlerContext context, Page page, boolean head) {
      byte[] body = page.parts().next().getBytes(StandardCharsets.UTF_8);
      FullHttpResponse response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1,
              HttpResponseStatus.valueOf(page.status()),
              head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
      response
          .headers()
          .set(HttpHeaderNames.CONTENT_TYPE, page.contentType())
          .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
          .set(HttpHeaderNames.CONNECTION, "close");
      context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    /** The next part is made when there is room for it; one that fails breaks the connection. */
    private static void stream(
        ChannelHandlerContext context, Page page, boolean head, HttpVersion version) {
      // Who speaks HTTP/1.0 knows the end by that of the connection.
      boolean chunked = !head && version.equals(HttpVersion.HTTP_1_1);
      HttpResponse response =
          new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(page.status()));
      response
          .headers()
          .set(HttpHeaderNames.CONTENT_TYPE, page.contentType())
          .set(HttpHeaderNames.CONNECTION, "close");
      HttpUtil.setTransferEncodingChunked(response, chunked);
      context.write(response);
      if (head) {
        context
            .writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
            .addListener(ChannelFutureListener.CLOSE);
        return;
      }
      context.pipeline().addBefore(context.name(), null, new ChunkedWriteHandler());
      context
          .writeAndFlush(new HttpChunkedInput(new Parts(page.parts())))
          .addListener(ChannelFutureListener.CLOSE);
    }

    private Page page(HttpRequest request) {
      if (request.decoderResult().isFailure()) {
        return plain(400, "no HTTP request");
      }
      int query = request.uri().indexOf('?');
      String path = query < 0 ? request.uri() : request.uri().substring(0, query);
      Maker asked = pages.get(path);
      if (asked == null) {
        return plain(404, "there is: " + String.join(" ", pages.keySet()));
      }
      if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
        return plain(405, "only to be read");
      }
      try {
        String accepts = request.headers().get(HttpHeaderNames.ACCEPT, "");
        return asked.page(accepts);
      } catch (RuntimeException | Error e) {
        LOGGER.log(Level.SEVERE, "the page " + path + " failed, and should not have", e);
        return plain(500, "failed");
      }
    }

    private static Page plain(int status, String text) {
      return new Page(status, "text/plain; charset=utf-8", text + "\n");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }
}
