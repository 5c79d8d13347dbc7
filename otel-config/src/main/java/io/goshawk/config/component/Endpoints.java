// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/** What is wrong with the endpoint of an exporter. */
final class Endpoints {
  private Endpoints() {}

  /** {@code host:port} or a URL; a Unix socket as {@code unix:///path}. */
  static Optional<String> checkGrpc(String endpoint) {
    if (endpoint.startsWith("unix:")) {
      return Optional.empty();
    }
    for (String scheme : new String[] {"http://", "https://", "dns:///"}) {
      if (endpoint.startsWith(scheme)) {
        return checkAuthority("//" + endpoint.substring(scheme.length()));
      }
    }
    if (endpoint.contains("://")) {
      return Optional.of(
          "\"" + endpoint + "\" has a scheme that is none of http, https, dns and unix");
    }
    return checkAuthority("//" + endpoint);
  }

  /** A URL. */
  static Optional<String> checkHttp(String endpoint) {
    if (endpoint.startsWith("unix:")) {
      return Optional.empty();
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
