// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The requests of one connection, one after the other. Event loop only. */
final class HttpConnection extends SimpleChannelInboundHandler<HttpObject> {

  /** The receiver stops: what is being read may end, and no more is read. */
  enum Closing {
    INSTANCE
  }

  private static final long REQUEST_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final int LOOK_SECONDS = 10;

  /**
   * Whoever is turned away while it sends still would lose the answer to a reset: what comes is
   * read and forgotten for so long.
   */
  private static final int LINGER_SECONDS = 2;

  private final HttpRequests requests;
  private HttpRequests.@Nullable Open open;
  private boolean keepAlive;
  private boolean closing;
  private long sinceNanos;
  private @Nullable ScheduledFuture<?> looking;

  HttpConnection(HttpRequests requests) {
    this.requests = requests;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    sinceNanos = now(context);
    looking =
        context
            .executor()
            .scheduleAtFixedRate(() -> look(context), LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    context.fireChannelActive();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    forget();
    if (looking != null) {
      looking.cancel(false);
    }
    context.fireChannelInactive();
  }

  private static long now(ChannelHandlerContext context) {
    return context.executor().ticker().nanoTime();
  }

  /** Whoever is slow keeps the connection no longer than that, however steadily it sends. */
  private void look(ChannelHandlerContext context) {
    long waited = now(context) - sinceNanos;
    if (open != null && waited > REQUEST_NANOS) {
      requests.turnAway("too slow", "a request took more than 30 s");
      context.close();
    } else if (open == null && waited > IDLE_NANOS) {
      context.close();
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
    if (closing && open == null) {
      return;
    }
    try {
      if (part instanceof HttpRequest request) {
        begin(context, request);
      }
      HttpRequests.Open current = open;
      if (current == null) {
        return;
      }
      if (part instanceof HttpContent content) {
        ByteBuf bytes = content.content();
        int count = bytes.readableBytes();
        byte[] target = current.room(count);
        bytes.readBytes(target, current.body().length(), count);
        current.body().wrote(count);
      }
      if (part.decoderResult().isFailure()) {
        requests.turnAway("malformed", "no HTTP request");
        context.close();
      } else if (part instanceof LastHttpContent) {
        open = null;
        answer(context, current.finish(), keepAlive && !closing);
      }
    } catch (TooLargeException e) {
      HttpRequests.Open refused = open;
      open = null;
      if (refused != null) {
        turnAway(context, refused.refused(e));
      }
    }
  }

  private void begin(ChannelHandlerContext context, HttpRequest request) {
    sinceNanos = now(context);
    keepAlive = HttpUtil.isKeepAlive(request);
    HttpRequests.Begun begun = requests.begin(request);
    if (begun instanceof HttpRequests.Refused refused) {
      turnAway(context, refused.answer());
    } else if (begun instanceof HttpRequests.Open accepted) {
      open = accepted;
      if (HttpUtil.is100ContinueExpected(request)) {
        context.writeAndFlush(
            new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
      }
    }
  }

  private void answer(ChannelHandlerContext context, HttpRequests.Answer answer, boolean keep) {
    ChannelFuture written = write(context, answer, keep);
    if (!keep) {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  /** Before its body has come. */
  private void turnAway(ChannelHandlerContext context, HttpRequests.Answer answer) {
    write(context, answer, false)
        .addListener(
            written ->
                context
                    .executor()
                    .schedule(() -> context.close(), LINGER_SECONDS, TimeUnit.SECONDS));
  }

  private ChannelFuture write(
      ChannelHandlerContext context, HttpRequests.Answer answer, boolean keep) {
    sinceNanos = now(context);
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, answer.status(), Unpooled.wrappedBuffer(answer.body()));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, answer.contentType())
        .set(HttpHeaderNames.CONTENT_LENGTH, answer.body().length);
    if (!answer.challenge().isEmpty()) {
      response.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, answer.challenge());
    }
    if (answer.later()) {
      response.headers().set(HttpHeaderNames.RETRY_AFTER, Answers.RETRY_SECONDS);
    }
    if (!keep) {
      closing = true;
      response.headers().set(HttpHeaderNames.CONNECTION, "close");
    }
    return context.writeAndFlush(response);
  }

  /** Answers that nobody reads are not piled up. */
  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    context.channel().config().setAutoRead(context.channel().isWritable());
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == Closing.INSTANCE) {
      closing = true;
      if (open == null) {
        context.close();
      }
    } else {
      context.fireUserEventTriggered(event);
    }
  }

  /** A connection that was reset, a handshake that failed, no memory for its bytes. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    forget();
    context.close();
  }

  private void forget() {
    if (open != null) {
      open.release();
      open = null;
    }
  }
}
