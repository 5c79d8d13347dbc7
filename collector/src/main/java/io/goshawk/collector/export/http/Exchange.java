// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.http;

import io.goshawk.collector.export.otlp.BackendAnswers;
import io.goshawk.collector.export.otlp.ConnectionMends;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.Future;
import io.opentelemetry.sdk.common.export.HttpResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One request and its answer. Confined to the event loop once started; completes exactly once. */
final class Exchange {
  private final NettyHttpSender sender;
  private final ByteBuf body;
  private final HttpHeaders headers;
  private final Consumer<HttpResponse> onResponse;
  private final Consumer<Throwable> onError;
  private @Nullable Channel channel;
  private @Nullable Future<?> timeout;
  private boolean onKeptConnection;
  private boolean complete;

  Exchange(
      NettyHttpSender sender,
      ByteBuf body,
      HttpHeaders headers,
      Consumer<HttpResponse> onResponse,
      Consumer<Throwable> onError) {
    this.sender = sender;
    this.body = body;
    this.headers = headers;
    this.onResponse = onResponse;
    this.onError = onError;
  }

  void start() {
    try {
      begin();
    } catch (RuntimeException | Error e) {
      // Whoever waits for the answer learns of it, which the event loop would only log.
      fail("cannot send", e);
    }
  }

  private void begin() {
    long millis = sender.timeoutMillis();
    if (millis > 0) {
      timeout = sender.eventLoop().schedule(() -> timedOut(millis), millis, TimeUnit.MILLISECONDS);
    }
    Channel kept = sender.takeIdle();
    if (kept != null) {
      onKeptConnection = true;
      write(kept);
    } else {
      connect();
    }
  }

  private void connect() {
    onKeptConnection = false;
    sender
        .addresses()
        .addListener(
            (Future<List<InetSocketAddress>> found) -> {
              if (found.isSuccess()) {
                connect(found.getNow(), 0, "");
              } else {
                fail("cannot connect", found.cause());
              }
            });
  }

  /**
   * Connects to the first address that takes us.
   *
   * @param next the number of the address that is tried now
   * @param failures of those before it
   */
  private void connect(List<InetSocketAddress> addresses, int next, String failures) {
    if (complete) {
      return;
    }
    if (next == addresses.size()) {
      fail("cannot connect: " + failures, null);
      return;
    }
    sender
        .connect(addresses.get(next), addresses.size())
        .addListener(
            (Future<Channel> attempt) -> {
              if (!attempt.isSuccess()) {
                String failure = said(attempt.cause());
                // Of several it matters which; of one the endpoint says enough.
                if (addresses.size() > 1) {
                  String address = addresses.get(next).getAddress().getHostAddress();
                  failure = (next == 0 ? "" : failures + "; ") + address + ": " + failure;
                }
                connect(addresses, next + 1, failure);
              } else if (complete) {
                attempt.getNow().close();
              } else {
                write(attempt.getNow());
              }
            });
  }

  private void write(Channel target) {
    channel = target;
    target.pipeline().get(ResponseHandler.class).begin(this);
    target
        .writeAndFlush(
            new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1,
                HttpMethod.POST,
                sender.target(),
                body.retainedDuplicate(),
                headers,
                EmptyHttpHeaders.INSTANCE))
        .addListener(
            future -> {
              if (!future.isSuccess()) {
                connectionLost(target, false, future.cause());
                target.close();
              }
            });
  }

  /**
   * The connection is gone before the answer was complete.
   *
   * @param lost the connection; another one may be in use by now
   * @param answered whether some of the answer had come
   */
  void connectionLost(Channel lost, boolean answered, @Nullable Throwable cause) {
    if (complete || lost != channel) {
      return;
    }
    channel = null;
    if (onKeptConnection && !answered) {
      // The server had closed it while it was idle; that says nothing about the server's health.
      connect();
      return;
    }
    fail("the connection was closed before the answer was complete", cause);
  }

  private void timedOut(long millis) {
    fail("no answer within " + millis + " ms", null);
  }

  void answered(HttpResponse response, String contentType, @Nullable String retryAfter) {
    if (!finish()) {
      return;
    }
    sender.outcome(
        BackendAnswers.http(
            response.getStatusCode(),
            contentType,
            retryAfter,
            response.getResponseBody(),
            sender.clock().instant()));
    onResponse.accept(response);
  }

  /** The request did not get its answer, for a reason that may pass. */
  void fail(String what, @Nullable Throwable cause) {
    if (!finish()) {
      return;
    }
    if (channel != null) {
      channel.close();
    }
    String reason =
        ConnectionMends.with(
            sender.endpoint() + ": " + what + (cause == null ? "" : ": " + said(cause)));
    sender.outcome(new ExportOutcome.Retryable(reason, Optional.empty()));
    onError.accept(new IOException(reason, cause));
  }

  /** The innermost message: Netty and TLS wrap the one that says what is wrong. */
  private static String said(Throwable cause) {
    Throwable innermost = cause;
    while (innermost.getCause() != null && innermost.getCause() != innermost) {
      innermost = innermost.getCause();
    }
    String message = innermost.getMessage();
    return message == null ? innermost.getClass().getSimpleName() : message;
  }

  private boolean finish() {
    if (complete) {
      return false;
    }
    complete = true;
    if (timeout != null) {
      timeout.cancel(false);
    }
    sender.recycle(body);
    return true;
  }
}
