// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import static io.opentelemetry.semconv.ClientAttributes.CLIENT_ADDRESS;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD_ORIGINAL;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_RESPONSE_STATUS_CODE;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PEER_ADDRESS;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PEER_PORT;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PROTOCOL_VERSION;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_TRANSPORT;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_ADDRESS;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_PORT;
import static io.opentelemetry.semconv.UrlAttributes.URL_FULL;
import static io.opentelemetry.semconv.UrlAttributes.URL_PATH;
import static io.opentelemetry.semconv.UrlAttributes.URL_QUERY;
import static io.opentelemetry.semconv.UrlAttributes.URL_SCHEME;
import static io.opentelemetry.semconv.UserAgentAttributes.USER_AGENT_ORIGINAL;

import io.goshawk.spans.otlp.EncodedAttribute;
import io.goshawk.spans.otlp.EncodedName;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.text.HostPort;
import io.opentelemetry.semconv.NetworkAttributes.NetworkTransportValues;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the strings of a request mean, with the attributes that say it. Made once for strings that
 * recur. Confined to the thread of the span builder.
 */
final class HttpFields {
  /** Of a request that a client sends without one (net/http/request.go, {@code valueOrDefault}). */
  private static final String DEFAULT_METHOD = "GET";

  private final FieldEncoder encoder;
  private final QueryRedaction redaction;
  private final HttpSettings settings;
  private final UrlScheme http;
  private final UrlScheme https;
  private final EncodedAttribute http10;
  private final EncodedAttribute http11;
  private final EncodedAttribute http2;
  private final EncodedAttribute unixSocket;

  /** By status code; those that were met. */
  private final @Nullable EncodedAttribute[] statusCodes =
      new EncodedAttribute[Outcome.STATUS_CODES];

  /** A request method as the conventions want it. */
  record MethodFields(
      Method method,
      EncodedName spanName,
      EncodedAttribute name,
      @Nullable EncodedAttribute original) {}

  /** A request target; the scheme and the authority only where it is in absolute form. */
  record TargetFields(
      EncodedAttribute path,
      @Nullable EncodedAttribute query,
      @Nullable UrlScheme scheme,
      @Nullable ServerFields authority) {}

  /** A scheme, and the port that a URL without one means. */
  record UrlScheme(EncodedAttribute scheme, @Nullable EncodedAttribute defaultPort) {}

  /** The host that a request is for. */
  record ServerFields(EncodedAttribute address, @Nullable EncodedAttribute port) {}

  /**
   * What a client asked for.
   *
   * @param cut attributes of which only the beginning is known
   */
  record ClientRequestFields(
      MethodFields method, EncodedAttribute url, @Nullable ServerFields server, List<String> cut) {}

  /** The other end of the connection. */
  record PeerFields(
      @Nullable EncodedAttribute transport,
      @Nullable EncodedAttribute address,
      @Nullable EncodedAttribute port,
      @Nullable EncodedAttribute client) {}

  /** What proxies say of the original request. */
  record ForwardedFields(
      @Nullable EncodedAttribute client, @Nullable ServerFields host, @Nullable UrlScheme scheme) {
    static final ForwardedFields NOTHING = new ForwardedFields(null, null, null);
  }

  HttpFields(HttpSettings settings, FieldEncoder encoder) {
    this.settings = settings;
    this.encoder = encoder;
    redaction = new QueryRedaction(settings.sensitiveQueryKeys());
    http = newScheme("http");
    https = newScheme("https");
    http10 = encoder.attribute(NETWORK_PROTOCOL_VERSION, "1.0");
    http11 = encoder.attribute(NETWORK_PROTOCOL_VERSION, "1.1");
    http2 = encoder.attribute(NETWORK_PROTOCOL_VERSION, "2");
    unixSocket = encoder.attribute(NETWORK_TRANSPORT, NetworkTransportValues.UNIX);
  }

  MethodFields method(String text) {
    Method method = Method.of(text, settings.knownMethods());
    String original = method.original();
    return new MethodFields(
        method,
        encoder.name(method.spanWord()),
        encoder.attribute(HTTP_REQUEST_METHOD, method.name()),
        original == null ? null : encoder.attribute(HTTP_REQUEST_METHOD_ORIGINAL, original));
  }

  Route route(String pattern) {
    return Route.of(pattern, encoder);
  }

  TargetFields target(String text) {
    return target(RequestTarget.parse(text, false), false);
  }

  TargetFields cutTarget(String text) {
    return target(RequestTarget.parse(text, true), true);
  }

  TargetFields connectTarget(String text, boolean cut) {
    return target(RequestTarget.parseConnect(text, cut), cut);
  }

  private TargetFields target(RequestTarget target, boolean cut) {
    String query = target.query();
    return new TargetFields(
        encoder.attribute(URL_PATH, hideSecrets(target.path(), cut && query == null)),
        query == null ? null : encoder.attribute(URL_QUERY, hideSecrets(query, cut)),
        scheme(target.scheme()),
        server(target.authority()));
  }

  /** A path has parameters too, behind a semicolon or a misplaced hash sign. */
  private String hideSecrets(String text, boolean cut) {
    return redaction.apply(UserInfo.hide(text, cut));
  }

  /** The scheme of a request whose target and proxies say none. */
  UrlScheme scheme(boolean tls) {
    return tls ? https : http;
  }

  private @Nullable UrlScheme scheme(@Nullable String scheme) {
    if (scheme == null) {
      return null;
    }
    return switch (scheme) {
      case "http" -> http;
      case "https" -> https;
      default -> newScheme(scheme);
    };
  }

  private UrlScheme newScheme(String scheme) {
    Long port = Scheme.defaultPort(scheme);
    return new UrlScheme(
        encoder.attribute(URL_SCHEME, scheme),
        port == null ? null : encoder.attribute(SERVER_PORT, port));
  }

  Optional<ServerFields> host(String text) {
    return Optional.ofNullable(server(HostPort.parse(text)));
  }

  /** What a client asked for, with the method that an empty one means. */
  ClientRequestFields clientRequest(String method, ClientUrl.Parts parts, List<String> cut) {
    ClientUrl url = ClientUrl.of(parts, redaction);
    return new ClientRequestFields(
        method(method.isEmpty() ? DEFAULT_METHOD : method),
        encoder.attribute(URL_FULL, url.full()),
        server(url.server()),
        List.copyOf(cut));
  }

  private @Nullable ServerFields server(@Nullable HostPort host) {
    if (host == null) {
      return null;
    }
    return new ServerFields(
        encoder.attribute(SERVER_ADDRESS, host.address()),
        host.port() == null ? null : encoder.attribute(SERVER_PORT, host.port()));
  }

  PeerFields peer(String address, long port) {
    return peer(new Peer(address, port, false));
  }

  PeerFields peer(String text) {
    return peer(Peer.parse(text));
  }

  private PeerFields peer(Peer peer) {
    String address = peer.address();
    return new PeerFields(
        peer.isUnixSocket() ? unixSocket : null,
        address == null ? null : encoder.attribute(NETWORK_PEER_ADDRESS, address),
        peer.port() == null ? null : encoder.attribute(NETWORK_PEER_PORT, peer.port()),
        client(address));
  }

  private @Nullable EncodedAttribute client(@Nullable String address) {
    return address == null ? null : encoder.attribute(CLIENT_ADDRESS, address);
  }

  ForwardedFields forwarded(String header) {
    Forwarded forwarded = Forwarded.parse(header);
    return new ForwardedFields(
        client(forwarded.clientAddress()), server(forwarded.host()), scheme(forwarded.scheme()));
  }

  Optional<EncodedAttribute> forwardedFor(String list) {
    return Optional.ofNullable(client(Forwarded.clientOfList(list)));
  }

  Optional<UrlScheme> forwardedProto(String list) {
    return Optional.ofNullable(scheme(Forwarded.schemeOfList(list)));
  }

  Optional<ServerFields> forwardedHost(String list) {
    return Optional.ofNullable(server(Forwarded.hostOfList(list)));
  }

  EncodedAttribute userAgent(String text) {
    return encoder.attribute(USER_AGENT_ORIGINAL, text);
  }

  /** The attribute of a status code that {@link Outcome} lets through. */
  EncodedAttribute statusCode(int status) {
    EncodedAttribute known = statusCodes[status];
    if (known == null) {
      known = encoder.attribute(HTTP_RESPONSE_STATUS_CODE, status);
      statusCodes[status] = known;
    }
    return known;
  }

  /** The protocol's version; null if it has none. */
  @Nullable EncodedAttribute protocolVersion(int major, int minor) {
    if (major == 1 && minor <= 1) {
      return minor == 1 ? http11 : http10;
    }
    if (major == 2) {
      return http2;
    }
    if (major == 0) {
      return null;
    }
    return encoder.attribute(
        NETWORK_PROTOCOL_VERSION, major == 1 ? "1." + minor : String.valueOf(major));
  }
}
