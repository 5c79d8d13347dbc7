// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.http;

import io.goshawk.collector.export.otlp.BackendAnswers;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Puts the answers of one connection together, each up to the size that OTLP allows. */
final class ResponseHandler extends SimpleChannelInboundHandler<HttpObject> {
  private final NettyHttpSender sender;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream(256);
  private @Nullable Exchange exchange;
  private @Nullable HttpResponse head;
  private boolean tooLarge;
  private @Nullable Throwable failure;

  ResponseHandler(NettyHttpSender sender) {
    this.sender = sender;
  }

  /** The next answer is that of the exchange. */
  void begin(Exchange next) {
    exchange = next;
    head = null;
    tooLarge = false;
    body.reset();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject part) throws IOException {
    Exchange current = exchange;
    if (current == null) {
      // Nothing was asked.
      context.close();
      return;
    }
    if (part.decoderResult().isFailure()) {
      exchange = null;
      context.close();
      current.fail("the answer is no HTTP/1.1", part.decoderResult().cause());
      return;
    }
    if (part instanceof HttpResponse response) {
      head = response;
      body.reset();
    }
    if (part instanceof HttpContent content && head != null) {
      append(content);
      // Of an answer that is too large the status says enough; the rest is not worth reading.
      if (part instanceof LastHttpContent || tooLarge) {
        end(context, current, head);
      }
    }
  }

  private void append(HttpContent content) throws IOException {
    int size = content.content().readableBytes();
    if (body.size() + size > BackendAnswers.MAX_RESPONSE_BYTES) {
      tooLarge = true;
    } else {
      content.content().readBytes(body, size);
    }
  }

  private void end(ChannelHandlerContext context, Exchange current, HttpResponse response) {
    if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
      head = null;
      return;
    }
    exchange = null;
    if (HttpUtil.isKeepAlive(response) && !tooLarge) {
      sender.keep(context.channel());
    } else {
      context.close();
    }
    String contentType = response.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
    current.answered(
        new Answer(
            response.status().code(),
            response.status().reasonPhrase(),
            tooLarge ? new byte[0] : body.toByteArray()),
        contentType,
        response.headers().get(HttpHeaderNames.RETRY_AFTER));
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    sender.forget(context.channel());
    Exchange current = exchange;
    exchange = null;
    if (current != null) {
      current.connectionLost(context.channel(), head != null, failure);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    failure = cause;
    context.close();
  }

  private record Answer(int status, String message, byte[] content)
      implements io.opentelemetry.sdk.common.export.HttpResponse {
    @Override
    public int getStatusCode() {
      return status;
    }

    @Override
    public String getStatusMessage() {
      return message;
    }

    @Override
    public byte[] getResponseBody() {
      return content;
    }
  }
}
