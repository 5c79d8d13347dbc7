// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.awaitility.Awaitility;

/** What servers say by HTTP. */
public final class Web {
  private static final Duration READY_LIMIT = Duration.ofSeconds(60);
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private Web() {}

  /**
   * Asks.
   *
   * @param headers names and values in turn
   */
  public static HttpResponse<String> get(String url, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(url, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while asking " + url, e);
    }
  }

  /** Waits until a process that was started answers 200. */
  public static void awaitReady(ChildProcess process, String url) {
    Awaitility.await(url)
        .atMost(READY_LIMIT)
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> {
              if (!process.alive()) {
                throw process.failure("ended before it was ready");
              }
              return isReady(url);
            });
  }

  private static boolean isReady(String url) {
    try {
      return get(url).statusCode() == 200;
    } catch (UncheckedIOException e) {
      return false;
    }
  }
}
