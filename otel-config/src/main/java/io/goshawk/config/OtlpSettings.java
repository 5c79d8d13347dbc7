// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

import io.goshawk.config.Environment.Variable;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Where and how traces go by OTLP.
 *
 * @param protocol the wire protocol
 * @param endpoint for HTTP the full address to post to, path included; for gRPC scheme, host and
 *     port
 * @param headers request headers, in the order they were given; may hold secrets
 * @param gzip whether requests are compressed
 * @param timeout for one try of a request; zero for none
 * @param certificate the certificates to trust instead of the machine's, in PEM
 * @param clientKey the client's private key, PKCS #8 in PEM
 * @param clientCertificate the client's certificate chain, in PEM
 */
public record OtlpSettings(
    OtlpProtocol protocol,
    URI endpoint,
    Map<String, String> headers,
    boolean gzip,
    Duration timeout,
    Optional<Path> certificate,
    Optional<Path> clientKey,
    Optional<Path> clientCertificate) {

  private static final Map<String, OtlpProtocol> PROTOCOLS =
      Map.of(
          "grpc", OtlpProtocol.GRPC,
          "http/protobuf", OtlpProtocol.HTTP_PROTOBUF,
          "http/json", OtlpProtocol.HTTP_JSON);
  private static final Map<String, Boolean> COMPRESSIONS = Map.of("gzip", true, "none", false);

  private static final String TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
  private static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
  private static final String TRACES_PATH = "v1/traces";
  private static final int MAX_PORT = 65_535;

  /** Copies the headers. */
  public OtlpSettings {
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
  }

  /**
   * Reads {@code OTEL_EXPORTER_OTLP_*}, the {@code _TRACES_} ones first.
   *
   * @throws ConfigException if the endpoint, the headers or a TLS file cannot be used: their
   *     defaults would send data elsewhere or without what protects it
   */
  public static OtlpSettings from(Environment environment) {
    OtlpProtocol protocol =
        environment.choice(PROTOCOLS, names("PROTOCOL")).orElse(OtlpProtocol.HTTP_PROTOBUF);
    boolean gzip = environment.choice(COMPRESSIONS, names("COMPRESSION")).orElse(false);
    Duration timeout = environment.millis(0, names("TIMEOUT")).orElse(Duration.ofSeconds(10));
    Optional<Path> key = file(environment, "CLIENT_KEY");
    Optional<Path> chain = file(environment, "CLIENT_CERTIFICATE");
    if (key.isPresent() != chain.isPresent()) {
      throw new ConfigException(
          "OTEL_EXPORTER_OTLP_" + (key.isPresent() ? "CLIENT_KEY" : "CLIENT_CERTIFICATE"),
          "is set without its counterpart",
          "set OTEL_EXPORTER_OTLP_CLIENT_KEY and OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE both");
    }
    return new OtlpSettings(
        protocol,
        endpoint(environment, protocol),
        headers(environment),
        gzip,
        timeout,
        file(environment, "CERTIFICATE"),
        key,
        chain);
  }

  private static String[] names(String suffix) {
    return new String[] {"OTEL_EXPORTER_OTLP_TRACES_" + suffix, "OTEL_EXPORTER_OTLP_" + suffix};
  }

  private static URI endpoint(Environment environment, OtlpProtocol protocol) {
    Optional<Variable> set = environment.first(TRACES_ENDPOINT, ENDPOINT);
    if (protocol == OtlpProtocol.GRPC) {
      return set.map(variable -> grpcEndpoint(environment, variable))
          .orElse(URI.create("http://localhost:4317"));
    }
    return set.map(variable -> httpEndpoint(environment, variable))
        .orElse(URI.create("http://localhost:4318/v1/traces"));
  }

  private static URI grpcEndpoint(Environment environment, Variable variable) {
    String value = variable.value();
    if (!value.contains("://")) {
      // Only here does INSECURE count: a scheme says it by itself (protocol/exporter.md).
      value = (environment.flag(names("INSECURE")) ? "http://" : "https://") + value;
    }
    URI uri = parse(variable, value);
    int port = uri.getPort() >= 0 ? uri.getPort() : 4317;
    return URI.create(scheme(uri) + "://" + uri.getHost() + ":" + port);
  }

  private static URI httpEndpoint(Environment environment, Variable variable) {
    URI uri = parse(variable, variable.value());
    if (uri.getPort() == 4317) {
      environment.warn(
          new Variable(variable.name(), Endpoints.shown(variable.value())),
          "has the port of gRPC and is spoken to by HTTP;"
              + " set OTEL_EXPORTER_OTLP_PROTOCOL=grpc or use port 4318");
    }
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    if (variable.name().equals(ENDPOINT)) {
      path = path.endsWith("/") ? path + TRACES_PATH : path + "/" + TRACES_PATH;
    } else if (path.isEmpty()) {
      path = "/";
    }
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    return URI.create(scheme(uri) + "://" + uri.getHost() + port + path + query);
  }

  /** Schemes are the same in any case (RFC 3986, section 3.1); not every reader knows it. */
  private static String scheme(URI uri) {
    return uri.getScheme().toLowerCase(Locale.ROOT);
  }

  private static URI parse(Variable variable, String value) {
    URI uri;
    try {
      uri = URI.create(value);
    } catch (IllegalArgumentException e) {
      throw badEndpoint(variable, "is no URL");
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme();
    if (!scheme.equalsIgnoreCase("http") && !scheme.equalsIgnoreCase("https")) {
      throw badEndpoint(variable, "does not start with http:// or https://");
    }
    if (uri.getHost() == null) {
      throw badEndpoint(variable, "names no host");
    }
    if (uri.getPort() == 0 || uri.getPort() > MAX_PORT) {
      throw badEndpoint(variable, "names a port that is none from 1 to " + MAX_PORT);
    }
    if (uri.getUserInfo() != null) {
      throw new ConfigException(
          variable.name(),
          "holds a user name or password",
          "pass credentials in OTEL_EXPORTER_OTLP_HEADERS");
    }
    return uri;
  }

  private static ConfigException badEndpoint(Variable variable, String problem) {
    return new ConfigException(
        variable.name(),
        "\"" + Endpoints.shown(variable.value()) + "\" " + problem,
        "write it like http://localhost:4318 or https://otlp.example.com");
  }

  private static Map<String, String> headers(Environment environment) {
    String[] names = names("HEADERS");
    Optional<Variable> set = environment.first(names);
    if (set.isEmpty()) {
      return Map.of();
    }
    String name = set.get().name();
    // The value is not shown: it is where tokens are.
    Map<String, String> headers =
        Environment.pairs(
            set.get().value(),
            problem ->
                new ConfigException(
                    name, problem, "write key=value,key=value with values percent-encoded"));
    headers.forEach(
        (key, value) -> {
          if (!key.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
            throw new ConfigException(
                name,
                "\"" + key + "\" is no header name",
                "use letters, digits and hyphens (RFC 9110, section 5.1)");
          }
          if (value.chars().anyMatch(c -> c < ' ' && c != '\t' || c >= 0x7f)) {
            throw new ConfigException(
                name,
                "the value of " + key + " has a character that no header can carry",
                "use printable ASCII (RFC 9110, section 5.5)");
          }
        });
    return headers;
  }

  private static Optional<Path> file(Environment environment, String suffix) {
    Optional<Variable> variable = environment.first(names(suffix));
    if (variable.isEmpty()) {
      return Optional.empty();
    }
    Path path = path(variable.get());
    // To read anything else, such as a named pipe, may never end.
    if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
      throw noFile(variable.get());
    }
    return Optional.of(path);
  }

  private static Path path(Variable variable) {
    try {
      return Path.of(variable.value());
    } catch (InvalidPathException e) {
      throw noFile(variable);
    }
  }

  private static ConfigException noFile(Variable variable) {
    return new ConfigException(
        variable.name(),
        "\"" + variable.value() + "\" is no file that can be read",
        "name a PEM file, or unset it");
  }

  /** Without the headers' values and the endpoint's query, which may be secrets. */
  @Override
  public String toString() {
    return "OtlpSettings["
        + protocol
        + " "
        + Endpoints.shown(endpoint)
        + ", headers "
        + headers.keySet()
        + "]";
  }
}
