// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import io.goshawk.tests.process.ChildProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A running process of the service that bad days happen to. */
final class Service implements AutoCloseable {

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final ChildProcess process;
  private String address;

  private Service(ChildProcess process, String address) {
    this.process = process;
    this.address = address;
  }

  static Service start(Path folder) {
    return start(folder, Programs.SERVE);
  }

  static Service start(Path folder, Path program) {
    return start(folder, Map.of(), program.toString());
  }

  static Service start(Path folder, Map<String, String> environment, String... command) {
    return of(ChildProcess.start(folder, environment, List.of(command)));
  }

  /** One that answers with what another one answers to the same path. */
  static Service relayTo(Service behind, Path folder) {
    return of(
        ChildProcess.start(folder, Map.of(), List.of(Programs.RELAY.toString(), behind.address())));
  }

  /** The one that a process is, or has started. */
  static Service of(ChildProcess process) {
    return new Service(process, process.awaitOutput("^listening (\\S+)$").group(1));
  }

  ChildProcess process() {
    return process;
  }

  String pid() {
    return Long.toString(process.pid());
  }

  /** {@code host:port}. */
  String address() {
    return address;
  }

  /** Asks for a path, which is answered with 200. */
  void get(String path) {
    try {
      HttpResponse<Void> response =
          CLIENT.send(request(path), HttpResponse.BodyHandlers.discarding());
      if (response.statusCode() != 200) {
        throw process.failure("answered " + path + " with " + response.statusCode());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Asks so many times for a path. */
  void get(String path, int times) {
    for (int i = 0; i < times; i++) {
      get(path);
    }
  }

  /** Asks for a path, and may never be answered. */
  CompletableFuture<HttpResponse<Void>> ask(String path) {
    return CLIENT.sendAsync(request(path), HttpResponse.BodyHandlers.discarding());
  }

  /** Has it execute another program, in the same process. */
  void become(Path program, String... arguments) {
    StringBuilder query = new StringBuilder("/become?path=").append(program);
    for (String argument : arguments) {
      query.append("&arg=").append(argument);
    }
    ask(query.toString());
  }

  /** Has it execute a program, in the same process, with one more environment variable. */
  void becomeWith(Path program, String variable) {
    ask("/become?path=" + program + "&env=" + variable.replace("=", "%3D"));
  }

  /** Waits until the service that it became listens. */
  void awaitRebirth() {
    address = process.awaitOutput("^listening .+\\nlistening (\\S+)$").group(1);
  }

  private HttpRequest request(String path) {
    return HttpRequest.newBuilder(URI.create("http://" + address + path))
        .timeout(Duration.ofSeconds(120))
        .build();
  }

  @Override
  public void close() {
    process.close();
  }
}
