// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/** What is wrong with the endpoint of an exporter. */
final class Endpoints {
  private Endpoints() {}

  private static final String UNIX = "unix:";

  /** The path of a Unix socket; empty of another endpoint. */
  static Optional<String> socket(String endpoint) {
    if (!endpoint.startsWith(UNIX)) {
      return Optional.empty();
    }
    String path = endpoint.substring(UNIX.length());
    return Optional.of(path.startsWith("//") ? path.substring(2) : path);
  }

  /** {@code host:port}, a URL or a Unix socket. */
  static Optional<String> checkGrpc(String endpoint) {
    Optional<String> socket = socket(endpoint);
    if (socket.isPresent()) {
      return socket.get().isEmpty()
          ? Optional.of("names no socket; write it like unix:///run/otelcol.sock")
          : Optional.empty();
    }
    for (String scheme : new String[] {"http://", "https://", "dns:///"}) {
      if (endpoint.startsWith(scheme)) {
        return checkAuthority("//" + endpoint.substring(scheme.length()));
      }
    }
    if (endpoint.contains("://")) {
      return Optional.of("\"" + endpoint + "\" has a scheme that is none of http, https and dns");
    }
    return checkAuthority("//" + endpoint);
  }

  /** A URL. */
  static Optional<String> checkHttp(String endpoint) {
    if (endpoint.startsWith(UNIX)) {
      return Optional.of("is a Unix socket, which only otlp_grpc speaks to");
    }
    if (!endpoint.startsWith("http://") && !endpoint.startsWith("https://")) {
      return Optional.of(
          "\""
              + endpoint
              + "\" does not start with http:// or https://; write it like"
              + " http://localhost:4318");
    }
    return checkAuthority(endpoint.substring(endpoint.indexOf("//")));
  }

  private static Optional<String> checkAuthority(String rest) {
    URI uri;
    try {
      uri = new URI("any:" + rest);
    } catch (URISyntaxException e) {
      return Optional.of("\"" + rest.substring(2) + "\" is no address");
    }
    if (uri.getRawUserInfo() != null) {
      // Not shown: it holds a password.
      return Optional.of("holds a user name or password; pass credentials in headers");
    }
    if (uri.getHost() == null || uri.getPort() > 65_535) {
      return Optional.of("\"" + rest.substring(2) + "\" names no host and port");
    }
    return Optional.empty();
  }
}
