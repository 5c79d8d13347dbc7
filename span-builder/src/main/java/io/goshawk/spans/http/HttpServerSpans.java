// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import static io.goshawk.spans.semconv.DevelopmentAttributes.HTTP_REQUEST_BODY_SIZE;
import static io.goshawk.spans.semconv.DevelopmentAttributes.HTTP_RESPONSE_BODY_SIZE;
import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD_ORIGINAL;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_ROUTE;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PEER_ADDRESS;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_ADDRESS;
import static io.opentelemetry.semconv.UrlAttributes.URL_PATH;
import static io.opentelemetry.semconv.UrlAttributes.URL_QUERY;
import static io.opentelemetry.semconv.UserAgentAttributes.USER_AGENT_ORIGINAL;

import io.goshawk.abi.HttpServerFlag;
import io.goshawk.abi.HttpServerRecord;
import io.goshawk.abi.HttpString;
import io.goshawk.abi.RecordType;
import io.goshawk.spans.headers.CapturedHeaders;
import io.goshawk.spans.http.HttpFields.ForwardedFields;
import io.goshawk.spans.http.HttpFields.MethodFields;
import io.goshawk.spans.http.HttpFields.PeerFields;
import io.goshawk.spans.http.HttpFields.ServerFields;
import io.goshawk.spans.http.HttpFields.TargetFields;
import io.goshawk.spans.http.HttpFields.UrlScheme;
import io.goshawk.spans.otlp.EncodedAttribute;
import io.goshawk.spans.otlp.EncodedKey;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.otlp.SpanDraft;
import io.goshawk.spans.record.IncomingTraceState;
import io.goshawk.spans.record.RecordShape;
import io.goshawk.spans.record.Refusal;
import io.goshawk.spans.record.SpanDescriber;
import io.goshawk.spans.record.SpanRecord;
import io.goshawk.spans.record.Truncated;
import io.goshawk.spans.text.TextCache;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Describes HTTP server spans. Confined to the thread of the span builder.
 *
 * <p>Of the choices that the conventions leave: {@code client.address}, {@code server.*} and {@code
 * url.scheme} are those of {@code Forwarded} where a proxy set it, then those of the {@code
 * X-Forwarded-*} headers, then those of the request; {@code server.port} is the scheme's own where
 * none is given; {@code error.type} is the status code as a string, {@value Outcome#PANIC} or
 * {@value Outcome#NO_RESPONSE}.
 */
public final class HttpServerSpans extends SpanDescriber {
  private static final RecordShape SHAPE =
      new RecordShape(
          RecordType.RECORD_HTTP_SERVER,
          HttpServerRecord.SIZE,
          HttpServerRecord.OFFSET_STRINGS,
          HttpServerRecord.LENGTH_STRINGS);

  private static final int METHOD = SHAPE.string(HttpString.HTTP_METHOD.value());
  private static final int TARGET = SHAPE.string(HttpString.HTTP_REQUEST_TARGET.value());
  private static final int HOST = SHAPE.string(HttpString.HTTP_HOST.value());
  private static final int REMOTE = SHAPE.string(HttpString.HTTP_REMOTE_ADDRESS.value());
  private static final int ROUTE = SHAPE.string(HttpString.HTTP_ROUTE.value());
  private static final int USER_AGENT = SHAPE.string(HttpString.HTTP_USER_AGENT.value());
  private static final int FORWARDED = SHAPE.string(HttpString.HTTP_FORWARDED.value());
  private static final int X_FORWARDED_FOR = SHAPE.string(HttpString.HTTP_X_FORWARDED_FOR.value());
  private static final int X_FORWARDED_PROTO =
      SHAPE.string(HttpString.HTTP_X_FORWARDED_PROTO.value());
  private static final int X_FORWARDED_HOST =
      SHAPE.string(HttpString.HTTP_X_FORWARDED_HOST.value());
  private static final int TRACESTATE = SHAPE.string(HttpString.HTTP_TRACESTATE.value());

  private static final EncodedKey REQUEST_SIZE = new EncodedKey(HTTP_REQUEST_BODY_SIZE);
  private static final EncodedKey RESPONSE_SIZE = new EncodedKey(HTTP_RESPONSE_BODY_SIZE);

  private final HttpFields fields;
  private final CapturedHeaders headers;
  private final TextCache<MethodFields> methods;
  private final TextCache<TargetFields> targets;
  private final TextCache<Optional<ServerFields>> hosts;
  private final TextCache<PeerFields> peers;
  private final TextCache<Route> routes;
  private final TextCache<EncodedAttribute> userAgents;
  private final TextCache<ForwardedFields> forwarded;
  private final TextCache<Optional<EncodedAttribute>> forwardedFor;
  private final TextCache<Optional<UrlScheme>> forwardedProto;
  private final TextCache<Optional<ServerFields>> forwardedHost;
  private final Truncated truncated = new Truncated();

  public HttpServerSpans(
      HttpSettings settings, CapturedHeaders headers, FieldEncoder encoder, String agentVersion) {
    super(SHAPE, "net/http", agentVersion);
    fields = new HttpFields(settings, encoder);
    this.headers = headers;
    methods = new TextCache<>(64, fields::method);
    targets = new TextCache<>(1024, fields::target);
    hosts = new TextCache<>(256, fields::host);
    peers = new TextCache<>(1024, fields::peer);
    routes = new TextCache<>(256, fields::route);
    userAgents = new TextCache<>(256, fields::userAgent);
    forwarded = new TextCache<>(256, fields::forwarded);
    forwardedFor = new TextCache<>(1024, fields::forwardedFor);
    forwardedProto = new TextCache<>(16, fields::forwardedProto);
    forwardedHost = new TextCache<>(256, fields::forwardedHost);
  }

  @Override
  public @Nullable Refusal describe(SpanRecord record, SpanDraft draft) {
    byte[] bytes = record.bytes();
    int base = record.base();
    truncated.clear();

    MethodFields method = record.string(METHOD, methods);
    Route route = record.string(ROUTE, routes);
    Outcome outcome =
        Outcome.of(
            HttpServerRecord.status(bytes, base),
            record.endReason(),
            has(record, HttpServerFlag.HTTP_UPGRADE));
    draft.name(route.spanName(method), SpanKind.SERVER);
    if (outcome.errorType() != null) {
      draft.status(StatusData.error());
    }

    draft.put(method.name());
    draft.putIfAny(method.original());
    truncated.addIfCut(
        record,
        METHOD,
        method.original() == null ? HTTP_REQUEST_METHOD : HTTP_REQUEST_METHOD_ORIGINAL);
    draft.putIfAny(route.attribute());
    truncated.addIfCut(record, ROUTE, HTTP_ROUTE);
    if (outcome.status() != 0) {
      draft.put(fields.statusCode(outcome.status()));
    }
    if (outcome.errorType() != null) {
      draft.put(ERROR_TYPE, outcome.errorType());
    }
    ForwardedFields proxies =
        record.stringLength(FORWARDED) == 0 || firstIsCut(record, FORWARDED)
            ? ForwardedFields.NOTHING
            : record.string(FORWARDED, forwarded);
    describeUrlAndServer(record, draft, method.method(), proxies);
    describePeerAndClient(record, draft, proxies);
    draft.putIfAny(
        fields.protocolVersion(
            HttpServerRecord.protocolMajor(bytes, base),
            HttpServerRecord.protocolMinor(bytes, base)));
    if (record.stringLength(USER_AGENT) > 0) {
      draft.put(record.string(USER_AGENT, userAgents));
    }
    truncated.addIfCut(record, USER_AGENT, USER_AGENT_ORIGINAL);
    describeSizes(bytes, base, draft, method.method(), outcome);
    IncomingTraceState.describe(record, TRACESTATE, draft, truncated);
    if (has(record, HttpServerFlag.HTTP_HEADERS_CUT)) {
      truncated.add("http.request.header");
    }
    if (has(record, HttpServerFlag.HTTP_ROUTE_UNPROVEN)) {
      truncated.add("http.route");
    }
    if (has(record, HttpServerFlag.HTTP_RESPONSE_HEADERS_CUT)) {
      truncated.add("http.response.header");
    }
    headers.describe(record, draft, truncated);
    truncated.describe(draft);
    return null;
  }

  private static boolean has(SpanRecord record, HttpServerFlag flag) {
    return (HttpServerRecord.flags(record.bytes(), record.base()) & flag.value()) != 0;
  }

  private void describeUrlAndServer(
      SpanRecord record, SpanDraft draft, Method method, ForwardedFields proxies) {
    TargetFields target = target(record, method);
    UrlScheme scheme = proxies.scheme();
    if (scheme == null) {
      scheme = ofFirst(record, X_FORWARDED_PROTO, forwardedProto);
    }
    if (scheme == null) {
      scheme = target.scheme();
    }
    if (scheme == null) {
      scheme = fields.scheme(has(record, HttpServerFlag.HTTP_TLS));
    }
    draft.put(target.path());
    draft.putIfAny(target.query());
    if (target.query() == null) {
      truncated.addIfCut(record, TARGET, URL_PATH);
    }
    // Of a target that was cut in its path, there may have been one.
    truncated.addIfCut(record, TARGET, URL_QUERY);
    draft.put(scheme.scheme());

    ServerFields server = proxies.host();
    if (server == null) {
      server = ofFirst(record, X_FORWARDED_HOST, forwardedHost);
    }
    boolean portMayBeCut = false;
    if (server == null) {
      server = record.string(HOST, hosts).orElse(target.authority());
      portMayBeCut = record.isCut(HOST);
      truncated.addIfCut(record, HOST, SERVER_ADDRESS);
    }
    if (server != null) {
      draft.put(server.address());
      if (!portMayBeCut) {
        draft.putIfAny(server.port() != null ? server.port() : scheme.defaultPort());
      }
    }
  }

  private TargetFields target(SpanRecord record, Method method) {
    if (method.isConnect()) {
      return fields.connectTarget(record.string(TARGET), record.isCut(TARGET));
    }
    return record.isCut(TARGET)
        ? fields.cutTarget(record.string(TARGET))
        : record.string(TARGET, targets);
  }

  private void describePeerAndClient(SpanRecord record, SpanDraft draft, ForwardedFields proxies) {
    PeerFields peer = record.string(REMOTE, peers);
    draft.putIfAny(peer.transport());
    draft.putIfAny(peer.address());
    if (!record.isCut(REMOTE)) {
      draft.putIfAny(peer.port());
    }
    truncated.addIfCut(record, REMOTE, NETWORK_PEER_ADDRESS);

    EncodedAttribute client = proxies.client();
    if (client == null) {
      client = ofFirst(record, X_FORWARDED_FOR, forwardedFor);
    }
    draft.putIfAny(client != null ? client : peer.client());
  }

  /** What the first element of a list means; null if nothing, or if it is not whole. */
  private static <V> @Nullable V ofFirst(
      SpanRecord record, int ref, TextCache<Optional<V>> meanings) {
    if (record.stringLength(ref) == 0 || firstIsCut(record, ref)) {
      return null;
    }
    return record.string(ref, meanings).orElse(null);
  }

  /** Of a list that was cut, the first element is whole only if another follows. */
  private static boolean firstIsCut(SpanRecord record, int ref) {
    return record.isCut(ref) && record.string(ref).indexOf(',') < 0;
  }

  private static void describeSizes(
      byte[] bytes, int base, SpanDraft draft, Method method, Outcome outcome) {
    long request = HttpServerRecord.requestBodyBytes(bytes, base);
    if (request >= 0) {
      draft.put(REQUEST_SIZE, request);
    }
    long response = HttpServerRecord.responseBodyBytes(bytes, base);
    if (response >= 0 && outcome.mayHaveBody() && !method.isHead()) {
      draft.put(RESPONSE_SIZE, response);
    }
  }
}
