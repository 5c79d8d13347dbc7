// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/** A backend for OTLP over HTTP that answers each try as a test wants. */
final class Backend implements AutoCloseable {

  /**
   * What it says to one request.
   *
   * @param status of HTTP; 0 for no answer at all until it is closed
   * @param delay before it says so
   */
  record Answer(int status, Map<String, String> headers, byte[] body, Duration delay) {

    static final Answer ACCEPTED = of(200);
    static final Answer NEVER = of(0);

    static Answer of(int status) {
      return new Answer(status, Map.of(), new byte[0], Duration.ZERO);
    }

    Answer with(String header, String value) {
      return new Answer(status, Map.of(header, value), body, delay);
    }

    Answer saying(String text) {
      return new Answer(status, headers, text.getBytes(StandardCharsets.UTF_8), delay);
    }

    Answer after(Duration wait) {
      return new Answer(status, headers, body, wait);
    }
  }

  /** A request that it got. */
  record Try(long nanos, int spans, boolean accepted) {}

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<Try> tries = new CopyOnWriteArrayList<>();
  private final IntFunction<Answer> answers;

  private Backend(HttpServer server, IntFunction<Answer> answers) {
    this.server = server;
    this.answers = answers;
  }

  /**
   * Starts it.
   *
   * @param port 0 for any
   * @param answers to the first request, the second…, counted from 0
   */
  static Backend start(int port, IntFunction<Answer> answers) {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
      Backend backend = new Backend(server, answers);
      server.createContext("/v1/traces", backend::handle);
      server.setExecutor(backend.threads);
      server.start();
      return backend;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return server.getAddress().getPort();
  }

  List<Try> tries() {
    return List.copyOf(tries);
  }

  /** How many spans it has accepted. */
  int spans() {
    return tries.stream().filter(Try::accepted).mapToInt(Try::spans).sum();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      int spans = spans(ExportTraceServiceRequest.parseFrom(exchange.getRequestBody()));
      Answer answer;
      int index;
      synchronized (tries) {
        index = tries.size();
        answer = answers.apply(index);
        tries.add(new Try(System.nanoTime(), spans, false));
      }
      if (answer.status == 0) {
        closed.await();
        return;
      }
      if (closed.await(answer.delay.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
      Try asked = tries.get(index);
      tries.set(index, new Try(asked.nanos, asked.spans, answer.status == 200));
      answer.headers.forEach(exchange.getResponseHeaders()::set);
      exchange.sendResponseHeaders(
          answer.status, answer.body.length == 0 ? -1 : answer.body.length);
      exchange.getResponseBody().write(answer.body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int spans(ExportTraceServiceRequest request) {
    int spans = 0;
    for (ResourceSpans resource : request.getResourceSpansList()) {
      for (ScopeSpans scope : resource.getScopeSpansList()) {
        spans += scope.getSpansCount();
      }
    }
    return spans;
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
