package io.goshawk.spans.http;

import static io.goshawk.spans.semconv.DevelopmentAttributes.HTTP_REQUEST_BODY_SIZE;
import static io.goshawk.spans.semconv.DevelopmentAttributes.HTTP_RESPONSE_BODY_SIZE;
import static io.opentelemetry.semconv.ClientAttributes.CLIENT_ADDRESS;
import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD_ORIGINAL;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_RESPONSE_STATUS_CODE;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_ROUTE;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PEER_ADDRESS;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PEER_PORT;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PROTOCOL_VERSION;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_TRANSPORT;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_ADDRESS;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_PORT;
import static io.opentelemetry.semconv.UrlAttributes.URL_PATH;
import static io.opentelemetry.semconv.UrlAttributes.URL_QUERY;
import static io.opentelemetry.semconv.UrlAttributes.URL_SCHEME;
import static io.opentelemetry.semconv.UserAgentAttributes.USER_AGENT_ORIGINAL;

import io.goshawk.abi.HttpServerRecord;
import io.goshawk.abi.HttpString;
import io.goshawk.abi.RecordType;
import io.goshawk.abi.SpanFlag;
import io.goshawk.abi.StringRef;
import io.goshawk.spans.data.SpanDraft;
import io.goshawk.spans.data.TraceStates;
import io.goshawk.spans.record.Refusal;
import io.goshawk.spans.record.SpanDescriber;
import io.goshawk.spans.record.SpanRecord;
import io.goshawk.spans.semconv.GoshawkAttributes;
import io.goshawk.spans.semconv.Scopes;
import io.goshawk.spans.text.TextCache;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.trace.data.StatusData;
import io.opentelemetry.semconv.NetworkAttributes.NetworkTransportValues;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
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
public final class HttpServerSpans implements SpanDescriber {
  private static final int METHOD = ref(HttpString.HTTP_METHOD);
  private static final int TARGET = ref(HttpString.HTTP_REQUEST_TARGET);
  private static final int HOST = ref(HttpString.HTTP_HOST);
  private static final int REMOTE = ref(HttpString.HTTP_REMOTE_ADDRESS);
  private static final int ROUTE = ref(HttpString.HTTP_ROUTE);
  private static final int USER_AGENT = ref(HttpString.HTTP_USER_AGENT);
  private static final int FORWARDED = ref(HttpString.HTTP_FORWARDED);
  private static final int X_FORWARDED_FOR = ref(HttpString.HTTP_X_FORWARDED_FOR);
  private static final int X_FORWARDED_PROTO = ref(HttpString.HTTP_X_FORWARDED_PROTO);
  private static final int X_FORWARDED_HOST = ref(HttpString.HTTP_X_FORWARDED_HOST);
  private static final int TRACESTATE = ref(HttpString.HTTP_TRACESTATE);

  private static final Long[] STATUS_CODES = new Long[1000];

  static {
    for (int i = 0; i < STATUS_CODES.length; i++) {
      STATUS_CODES[i] = (long) i;
    }
  }

  private final InstrumentationScopeInfo scope;
  private final QueryRedaction redaction;
  private final TextCache<Method> methods;
  private final TextCache<RequestTarget> targets = new TextCache<>(1024, this::target);
  private final TextCache<Optional<HostPort>> hosts =
      new TextCache<>(256, host -> Optional.ofNullable(HostPort.parse(host)));
  private final TextCache<Peer> peers = new TextCache<>(1024, Peer::parse);
  private final TextCache<Route> routes = new TextCache<>(256, Route::of);
  private final TextCache<String> userAgents = new TextCache<>(256, text -> text);
  private final TextCache<Forwarded> forwarded = new TextCache<>(256, Forwarded::parse);
  private final TextCache<Optional<String>> forwardedFor =
      new TextCache<>(1024, list -> Optional.ofNullable(Forwarded.clientOfList(list)));
  private final TextCache<Optional<String>> forwardedProto =
      new TextCache<>(16, list -> Optional.ofNullable(Forwarded.schemeOfList(list)));
  private final TextCache<Optional<HostPort>> forwardedHost =
      new TextCache<>(256, list -> Optional.ofNullable(Forwarded.hostOfList(list)));
  private final List<String> truncated = new ArrayList<>();

  public HttpServerSpans(HttpSettings settings, String agentVersion) {
    scope = Scopes.of("net/http", agentVersion);
    redaction = new QueryRedaction(settings.sensitiveQueryKeys());
    methods = new TextCache<>(64, method -> Method.of(method, settings.knownMethods()));
  }

  private static int ref(HttpString string) {
    return HttpServerRecord.OFFSET_STRINGS + string.value() * StringRef.SIZE;
  }

  @Override
  public RecordType type() {
    return RecordType.RECORD_HTTP_SERVER;
  }

  @Override
  public int fixedSize() {
    return HttpServerRecord.SIZE;
  }

  @Override
  public int stringRefs() {
    return HttpServerRecord.OFFSET_STRINGS;
  }

  @Override
  public int stringCount() {
    return HttpServerRecord.LENGTH_STRINGS;
  }

  @Override
  public InstrumentationScopeInfo scope() {
    return scope;
  }

  @Override
  public @Nullable Refusal describe(SpanRecord record, SpanDraft draft) {
    ByteBuffer buffer = record.buffer();
    int base = record.base();
    truncated.clear();

    Method method = record.string(METHOD, methods);
    Route route = record.string(ROUTE, routes);
    Outcome outcome =
        Outcome.of(
            HttpServerRecord.status(buffer, base),
            record.endReason(),
            HttpServerRecord.upgrade(buffer, base) != 0);
    draft.name(route.spanName(method), SpanKind.SERVER);
    if (outcome.errorType() != null) {
      draft.status(StatusData.error());
    }

    draft.put(HTTP_REQUEST_METHOD, method.name());
    if (method.original() != null) {
      draft.put(HTTP_REQUEST_METHOD_ORIGINAL, method.original());
      noteIfCut(record, METHOD, HTTP_REQUEST_METHOD_ORIGINAL);
    } else {
      noteIfCut(record, METHOD, HTTP_REQUEST_METHOD);
    }
    if (route.path != null) {
      draft.put(HTTP_ROUTE, route.path);
    }
    noteIfCut(record, ROUTE, HTTP_ROUTE);
    if (outcome.status() != 0) {
      draft.put(HTTP_RESPONSE_STATUS_CODE, STATUS_CODES[outcome.status()]);
    }
    if (outcome.errorType() != null) {
      draft.put(ERROR_TYPE, outcome.errorType());
    }
    Forwarded proxies =
        firstIsCut(record, FORWARDED) ? Forwarded.NOTHING : record.string(FORWARDED, forwarded);
    describeUrlAndServer(record, draft, method, proxies);
    describePeerAndClient(record, draft, proxies);
    describeProtocol(buffer, base, draft);
    if (record.stringLength(USER_AGENT) > 0) {
      draft.put(USER_AGENT_ORIGINAL, record.string(USER_AGENT, userAgents));
    }
    noteIfCut(record, USER_AGENT, USER_AGENT_ORIGINAL);
    describeSizes(buffer, base, draft, method, outcome);
    describeWhatIsMissing(record, draft);

    if (record.has(SpanFlag.SPAN_REMOTE_PARENT)
        && record.stringLength(TRACESTATE) > 0
        && !record.isCut(TRACESTATE)) {
      draft.traceState(TraceStates.parse(record.string(TRACESTATE)));
    }
    return null;
  }

  private void describeUrlAndServer(
      SpanRecord record, SpanDraft draft, Method method, Forwarded proxies) {
    RequestTarget target =
        method.isConnect() ? connectTarget(record.string(TARGET)) : record.string(TARGET, targets);
    boolean tls = HttpServerRecord.tls(record.buffer(), record.base()) != 0;
    String scheme = proxies.scheme();
    if (scheme == null) {
      scheme = ofFirst(record, X_FORWARDED_PROTO, forwardedProto);
    }
    if (scheme == null) {
      scheme = target.scheme();
    }
    if (scheme == null) {
      scheme = tls ? "https" : "http";
    }
    draft.put(URL_PATH, target.path());
    if (target.query() != null) {
      draft.put(URL_QUERY, target.query());
      noteIfCut(record, TARGET, URL_QUERY);
    } else {
      noteIfCut(record, TARGET, URL_PATH);
    }
    draft.put(URL_SCHEME, scheme);

    HostPort server = proxies.host();
    if (server == null) {
      server = ofFirst(record, X_FORWARDED_HOST, forwardedHost);
    }
    boolean portMayBeCut = false;
    if (server == null) {
      server = record.string(HOST, hosts).orElse(target.authority());
      portMayBeCut = record.isCut(HOST);
      noteIfCut(record, HOST, SERVER_ADDRESS);
    }
    if (server != null) {
      draft.put(SERVER_ADDRESS, server.address());
      Long port = server.port() != null ? server.port() : Scheme.defaultPort(scheme);
      if (port != null && !portMayBeCut) {
        draft.put(SERVER_PORT, port);
      }
    }
  }

  private void describePeerAndClient(SpanRecord record, SpanDraft draft, Forwarded proxies) {
    Peer peer = record.string(REMOTE, peers);
    if (peer.isUnixSocket()) {
      draft.put(NETWORK_TRANSPORT, NetworkTransportValues.UNIX);
    }
    if (peer.address() != null) {
      draft.put(NETWORK_PEER_ADDRESS, peer.address());
    }
    if (peer.port() != null && !record.isCut(REMOTE)) {
      draft.put(NETWORK_PEER_PORT, peer.port());
    }
    noteIfCut(record, REMOTE, NETWORK_PEER_ADDRESS);

    String client = proxies.clientAddress();
    if (client == null) {
      client = ofFirst(record, X_FORWARDED_FOR, forwardedFor);
    }
    if (client == null) {
      client = peer.address();
    }
    if (client != null) {
      draft.put(CLIENT_ADDRESS, client);
    }
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

  private static void describeProtocol(ByteBuffer buffer, int base, SpanDraft draft) {
    int major = HttpServerRecord.protocolMajor(buffer, base);
    int minor = HttpServerRecord.protocolMinor(buffer, base);
    if (major == 1) {
      draft.put(NETWORK_PROTOCOL_VERSION, minor == 1 ? "1.1" : minor == 0 ? "1.0" : "1." + minor);
    } else if (major > 1) {
      draft.put(NETWORK_PROTOCOL_VERSION, major == 2 ? "2" : String.valueOf(major));
    }
  }

  private static void describeSizes(
      ByteBuffer buffer, int base, SpanDraft draft, Method method, Outcome outcome) {
    long request = HttpServerRecord.requestBodyBytes(buffer, base);
    if (request >= 0) {
      draft.put(HTTP_REQUEST_BODY_SIZE, request);
    }
    long response = HttpServerRecord.responseBodyBytes(buffer, base);
    if (response >= 0 && outcome.mayHaveBody() && !method.isHead()) {
      draft.put(HTTP_RESPONSE_BODY_SIZE, response);
    }
  }

  private void describeWhatIsMissing(SpanRecord record, SpanDraft draft) {
    if (record.has(SpanFlag.SPAN_HEADERS_CUT)) {
      truncated.add("http.request.header");
    }
    if (!truncated.isEmpty()) {
      draft.put(GoshawkAttributes.TRUNCATED, truncated);
    }
  }

  /** Cut short, or, where none of it is there, not to be read. */
  private void noteIfCut(SpanRecord record, int ref, AttributeKey<String> key) {
    if (record.isCut(ref)) {
      truncated.add(key.getKey());
    }
  }

  private RequestTarget target(String text) {
    return redacted(RequestTarget.parse(text));
  }

  private RequestTarget connectTarget(String text) {
    return redacted(RequestTarget.parseConnect(text));
  }

  private RequestTarget redacted(RequestTarget target) {
    return target.query() == null ? target : target.withQuery(redaction.apply(target.query()));
  }
}
