// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export;

import io.goshawk.collector.auth.ClientAuthenticator;
import io.goshawk.collector.component.Host;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.export.proxy.HttpProxy;
import io.goshawk.collector.export.tls.ClientTls;
import io.goshawk.collector.net.Zstd;
import io.goshawk.config.OtlpProtocol;
import io.goshawk.config.component.ClientAuthConfig;
import io.goshawk.config.component.ComponentId;
import io.goshawk.config.component.OtlpGrpcExporterConfig;
import io.goshawk.config.component.OtlpHttpExporterConfig;
import io.goshawk.config.component.Signal;
import io.goshawk.config.component.TlsClientConfig;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Settings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.logging.Logger;

/**
 * Where and how spans or metrics go by OTLP.
 *
 * @param signal what goes there
 * @param endpoint for HTTP the full address to post to, path included; for gRPC scheme, host and
 *     port
 * @param headers may hold secrets
 * @param compression how requests are packed: gzip, zstd or none
 * @param timeout for one try of a request; zero for none
 * @param tls what protects the connection, where the endpoint's scheme asks for it
 * @param authenticator what adds headers to each request; empty if nothing does
 * @param proxy what is in between; empty if nothing is
 * @param socket a Unix socket in place of the endpoint's host and port; empty for these
 */
record OtlpDestination(
    Signal signal,
    OtlpProtocol protocol,
    URI endpoint,
    Map<String, String> headers,
    String compression,
    Duration timeout,
    ClientTls tls,
    Optional<ClientAuthenticator> authenticator,
    Optional<HttpProxy> proxy,
    Optional<Path> socket) {

  private static final Logger LOG = Logger.getLogger(OtlpDestination.class.getName());

  /** The port of {@code grpc.NewClient} where none is named. */
  private static final int DEFAULT_GRPC_PORT = 443;

  private static final String DNS_SCHEME = "dns:///";

  OtlpDestination {
    headers = Map.copyOf(headers);
  }

  /**
   * By the keys of {@code otlp_http}.
   *
   * @param environment names proxies
   * @param host has the extension that authenticates
   * @throws StartException if a file of its TLS cannot be used, or no address is given for the
   *     signal
   */
  static OtlpDestination http(
      Settings settings, Signal signal, Map<String, String> environment, Host host)
      throws StartException {
    URI endpoint = httpEndpoint(settings, signal);
    Optional<String> proxy = settings.find(OtlpHttpExporterConfig.PROXY_URL);
    return new OtlpDestination(
        signal,
        settings.get(OtlpHttpExporterConfig.ENCODING).equals("json")
            ? OtlpProtocol.HTTP_JSON
            : OtlpProtocol.HTTP_PROTOBUF,
        endpoint,
        settings.get(OtlpHttpExporterConfig.HEADERS),
        compression(settings, OtlpHttpExporterConfig.COMPRESSION),
        settings.get(OtlpHttpExporterConfig.TIMEOUT),
        ClientTls.of(settings.get(TlsClientConfig.TLS)),
        authenticator(settings, endpoint, host),
        proxy(
            () ->
                proxy.isPresent()
                    ? Optional.of(HttpProxy.parse("proxy_url", proxy.get()))
                    : HttpProxy.of(environment, endpoint, false)),
        Optional.empty());
  }

  private static URI httpEndpoint(Settings settings, Signal signal) throws StartException {
    Key<String> own =
        switch (signal) {
          case TRACES -> OtlpHttpExporterConfig.TRACES_ENDPOINT;
          case METRICS -> OtlpHttpExporterConfig.METRICS_ENDPOINT;
        };
    if (settings.says(own)) {
      return URI.create(settings.get(own));
    }
    String base =
        settings
            .find(OtlpHttpExporterConfig.ENDPOINT)
            .orElseThrow(
                () ->
                    new StartException(
                        "otlp_http has no address for "
                            + signal
                            + "; say endpoint, or "
                            + own.name()));
    return URI.create((base.endsWith("/") ? base : base + "/") + "v1/" + signal);
  }

  /**
   * By the keys of {@code otlp_grpc}.
   *
   * @param environment names proxies
   * @param host has the extension that authenticates
   * @throws StartException if a file of its TLS cannot be used
   */
  static OtlpDestination grpc(
      Settings settings, Signal signal, Map<String, String> environment, Host host)
      throws StartException {
    Settings tls = settings.get(TlsClientConfig.TLS);
    String target = settings.get(OtlpGrpcExporterConfig.ENDPOINT);
    Optional<Path> socket = OtlpGrpcExporterConfig.socket(target).map(Path::of);
    URI endpoint =
        grpcEndpoint(socket.isPresent() ? "localhost" : target, tls.get(TlsClientConfig.INSECURE));
    return new OtlpDestination(
        signal,
        OtlpProtocol.GRPC,
        endpoint,
        settings.get(OtlpGrpcExporterConfig.HEADERS),
        compression(settings, OtlpGrpcExporterConfig.COMPRESSION),
        settings.get(OtlpGrpcExporterConfig.TIMEOUT),
        ClientTls.of(tls),
        authenticator(settings, endpoint, host),
        proxy(
            () ->
                socket.isPresent() ? Optional.empty() : HttpProxy.of(environment, endpoint, true)),
        socket);
  }

  private static Optional<ClientAuthenticator> authenticator(
      Settings settings, URI endpoint, Host host) throws StartException {
    Optional<Settings> auth = settings.find(ClientAuthConfig.AUTH);
    if (auth.isEmpty()) {
      return Optional.empty();
    }
    String name = auth.get().get(ClientAuthConfig.AUTHENTICATOR);
    Optional<ClientAuthenticator> found =
        ComponentId.parse(name)
            .flatMap(host::extension)
            .filter(ClientAuthenticator.class::isInstance)
            .map(ClientAuthenticator.class::cast);
    if (found.isEmpty()) {
      throw new StartException(
          name
              + " is no extension that authenticates exporters; basicauth needs client_auth for that");
    }
    if (!"https".equalsIgnoreCase(endpoint.getScheme())
        && !endpoint.getHost().equals("localhost")) {
      LOG.warning(
          () ->
              name
                  + ": its secrets go to "
                  + endpoint.getHost()
                  + " without TLS, readable on the way");
    }
    return found;
  }

  private static Optional<HttpProxy> proxy(Supplier<Optional<HttpProxy>> named)
      throws StartException {
    try {
      return named.get();
    } catch (IllegalArgumentException e) {
      throw new StartException(e.getMessage(), e);
    }
  }

  private static URI grpcEndpoint(String endpoint, boolean insecure) {
    String text =
        endpoint.startsWith(DNS_SCHEME) ? endpoint.substring(DNS_SCHEME.length()) : endpoint;
    URI uri = URI.create(text.contains("://") ? text : (insecure ? "http://" : "https://") + text);
    // As configgrpc has it: insecure takes the TLS of an https away, too.
    String scheme = insecure ? "http" : uri.getScheme();
    int port = uri.getPort() >= 0 ? uri.getPort() : DEFAULT_GRPC_PORT;
    return URI.create(scheme + "://" + uri.getHost() + ":" + port);
  }

  private static String compression(Settings settings, Key<String> key) throws StartException {
    String compression = settings.get(key);
    if (compression.equals(Zstd.NAME)) {
      try {
        Zstd.load();
      } catch (IOException e) {
        throw new StartException("compression: " + e.getMessage(), e);
      }
    }
    return compression.isEmpty() ? "none" : compression;
  }

  /** Without the headers' values and the endpoint's query, which may be secrets. */
  @Override
  public String toString() {
    return "OtlpDestination["
        + protocol
        + " "
        + endpoint.getHost()
        + ":"
        + endpoint.getPort()
        + "]";
  }
}
