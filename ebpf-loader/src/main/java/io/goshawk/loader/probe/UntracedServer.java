// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.loader.go.GoExecutable;
import java.util.List;
import java.util.Optional;

/**
 * A server of requests that no row of the catalogue sees: said of each executable that has it,
 * until it has a row, as nothing else would tell that its requests are missing.
 *
 * @param name for people
 * @param lost what has no span
 * @param functions one of which each executable has that serves by it, and no other
 */
public record UntracedServer(String name, String lost, List<String> functions) {

  /** Those that are known. */
  static final List<UntracedServer> KNOWN =
      List.of(
          new UntracedServer(
              "quic-go",
              "requests over HTTP/3",
              List.of(
                  "github.com/quic-go/quic-go/http3.(*Server).handleConn",
                  "github.com/quic-go/quic-go/http3.(*Server).handleRequest",
                  "github.com/lucas-clemente/quic-go/http3.(*Server).handleConn")),
          new UntracedServer(
              "fasthttp",
              "requests to fasthttp, on which fiber stands",
              List.of(
                  "github.com/valyala/fasthttp.(*Server).serveConn",
                  "github.com/valyala/fasthttp.(*Server).serveConnCounted")));

  public UntracedServer {
    functions = List.copyOf(functions);
  }

  /** Those that an executable has. */
  public static List<UntracedServer> in(GoExecutable executable) {
    return KNOWN.stream()
        .filter(
            server ->
                server.functions().stream()
                    .anyMatch(function -> executable.function(function).isPresent()))
        .toList();
  }

  /** One line for all of them; empty if there are none. */
  public static Optional<String> warning(List<UntracedServer> servers) {
    return servers.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "there are no spans yet for "
                + String.join(", nor for ", servers.stream().map(UntracedServer::lost).toList()));
  }
}
