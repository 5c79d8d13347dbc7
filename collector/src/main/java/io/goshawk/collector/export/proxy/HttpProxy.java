// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.proxy;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * An HTTP proxy.
 *
 * @param host without the brackets of an IPv6 address
 * @param credentials who we are to it; empty if it does not ask
 */
public record HttpProxy(String host, int port, Optional<Credentials> credentials) {
  private static final int DEFAULT_PORT = 80;

  /** A user name and a password. */
  public record Credentials(String user, String password) {

    /** The value of {@code Proxy-Authorization}, RFC 7617. */
    public String basic() {
      byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
      return "Basic " + Base64.getEncoder().encodeToString(pair);
    }

    @Override
    public String toString() {
      return user + ":***";
    }
  }

  /**
   * The one for an endpoint, by {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code NO_PROXY}, or
   * the same in small letters, which mean what they mean to Go's {@code http.ProxyFromEnvironment}.
   *
   * @param tunnelled whether {@code HTTPS_PROXY} counts whatever the endpoint's scheme is, as it
   *     does for gRPC
   * @throws IllegalArgumentException if the variable names something else than an HTTP proxy
   */
  public static Optional<HttpProxy> of(
      Map<String, String> environment, URI endpoint, boolean tunnelled) {
    boolean tls = "https".equalsIgnoreCase(endpoint.getScheme());
    String name = tls || tunnelled ? "HTTPS_PROXY" : "HTTP_PROXY";
    String address = variable(environment, name);
    if (address.isEmpty()) {
      return Optional.empty();
    }
    int port = endpoint.getPort() >= 0 ? endpoint.getPort() : tls ? 443 : 80;
    return new NoProxy(variable(environment, "NO_PROXY")).covers(unbracketed(endpoint), port)
        ? Optional.empty()
        : Optional.of(parse(name, address));
  }

  private static String variable(Map<String, String> environment, String name) {
    String value = environment.getOrDefault(name, "");
    return value.isEmpty() ? environment.getOrDefault(name.toLowerCase(Locale.ROOT), "") : value;
  }

  /**
   * The one that somebody has named.
   *
   * @param name of the variable or the key
   * @param address a URL, or host:port
   * @throws IllegalArgumentException if it is something else than an HTTP proxy
   */
  public static HttpProxy parse(String name, String address) {
    URI uri;
    try {
      uri = URI.create(address.contains("://") ? address : "http://" + address);
    } catch (IllegalArgumentException e) {
      // Not shown: it may hold a password.
      throw new IllegalArgumentException(name + " is no URL of a proxy", e);
    }
    if (!"http".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null) {
      throw new IllegalArgumentException(
          name + " names no HTTP proxy; write it like http://proxy.example.com:3128");
    }
    return new HttpProxy(
        unbracketed(uri),
        uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
        Optional.ofNullable(uri.getRawUserInfo()).map(HttpProxy::credentials));
  }

  private static Credentials credentials(String userInfo) {
    int colon = userInfo.indexOf(':');
    return new Credentials(
        decoded(colon < 0 ? userInfo : userInfo.substring(0, colon)),
        colon < 0 ? "" : decoded(userInfo.substring(colon + 1)));
  }

  /** A plus stands for itself in this part of a URL. */
  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static String unbracketed(URI uri) {
    String host = uri.getHost();
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }
}
