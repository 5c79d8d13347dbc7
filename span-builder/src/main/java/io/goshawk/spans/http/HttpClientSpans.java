// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import static io.goshawk.spans.semconv.DevelopmentAttributes.HTTP_REQUEST_BODY_SIZE;
import static io.goshawk.spans.semconv.DevelopmentAttributes.HTTP_RESPONSE_BODY_SIZE;
import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_RESEND_COUNT;
import static io.opentelemetry.semconv.UrlAttributes.URL_FULL;

import io.goshawk.abi.DialTimes;
import io.goshawk.abi.EndReason;
import io.goshawk.abi.HttpClientFlag;
import io.goshawk.abi.HttpClientRecord;
import io.goshawk.abi.HttpClientString;
import io.goshawk.abi.InnermostError;
import io.goshawk.abi.PeerAddress;
import io.goshawk.abi.RecordType;
import io.goshawk.abi.StringRef;
import io.goshawk.spans.failure.GoError;
import io.goshawk.spans.headers.CapturedHeaders;
import io.goshawk.spans.http.HttpFields.ClientRequestFields;
import io.goshawk.spans.http.HttpFields.PeerFields;
import io.goshawk.spans.otlp.EncodedKey;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.otlp.SpanDraft;
import io.goshawk.spans.record.PeerAddresses;
import io.goshawk.spans.record.RecordShape;
import io.goshawk.spans.record.Refusal;
import io.goshawk.spans.record.SpanDescriber;
import io.goshawk.spans.record.SpanRecord;
import io.goshawk.spans.record.Truncated;
import io.goshawk.spans.record.TypeNames;
import io.goshawk.spans.semconv.GoshawkAttributes;
import io.goshawk.spans.text.TextCache;
import io.goshawk.spans.text.Utf8;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Describes HTTP client spans, each of one attempt. Confined to the thread of the span builder.
 *
 * <p>Of the choices that the conventions leave: {@code server.*} are those of the URL, and {@code
 * server.port} is the scheme's own where none is given; a panic of the transport is {@value
 * Outcome#PANIC}.
 */
public final class HttpClientSpans extends SpanDescriber {
  private static final RecordShape SHAPE =
      new RecordShape(
          RecordType.RECORD_HTTP_CLIENT,
          HttpClientRecord.SIZE,
          HttpClientRecord.OFFSET_STRINGS,
          HttpClientRecord.LENGTH_STRINGS);

  private static final int ERROR_TEXT =
      SHAPE.string(HttpClientString.HTTP_CLIENT_ERROR_TEXT.value());

  /** The strings from here on are what was asked for, one packed behind the other. */
  private static final int REQUEST = SHAPE.string(HttpClientString.HTTP_CLIENT_METHOD.value());

  private static final HttpClientString LAST_OF_REQUEST = HttpClientString.HTTP_CLIENT_QUERY;

  /** Bytes of a request, its string_refs included, up to which its meaning is kept. */
  private static final int LONGEST_KEPT = 512;

  private static final EncodedKey REQUEST_SIZE = new EncodedKey(HTTP_REQUEST_BODY_SIZE);
  private static final EncodedKey RESPONSE_SIZE = new EncodedKey(HTTP_RESPONSE_BODY_SIZE);
  private static final EncodedKey RESEND_COUNT = new EncodedKey(HTTP_REQUEST_RESEND_COUNT);

  private static final EncodedKey WAIT = new EncodedKey(GoshawkAttributes.HTTP_CONNECTION_WAIT);
  private static final EncodedKey LOOKUP = new EncodedKey(GoshawkAttributes.HTTP_CONNECTION_LOOKUP);
  private static final EncodedKey CONNECT =
      new EncodedKey(GoshawkAttributes.HTTP_CONNECTION_CONNECT);
  private static final EncodedKey HANDSHAKE =
      new EncodedKey(GoshawkAttributes.HTTP_CONNECTION_HANDSHAKE);

  private final HttpFields fields;
  private final CapturedHeaders headers;
  private final TypeNames types;
  private final TextCache<ClientRequestFields> requests;
  private final TextCache<ClientRequestFields> requestsWithUserInfo;
  private final TextCache<PeerFields> peers;
  private final Truncated truncated = new Truncated();

  public HttpClientSpans(
      HttpSettings settings,
      CapturedHeaders headers,
      FieldEncoder encoder,
      TypeNames types,
      String agentVersion) {
    super(SHAPE, "net/http", agentVersion);
    fields = new HttpFields(settings, encoder);
    this.headers = headers;
    this.types = types;
    requests =
        new TextCache<>(
            1024, LONGEST_KEPT, (bytes, offset, length, cut) -> request(bytes, offset, false));
    requestsWithUserInfo =
        new TextCache<>(
            64, LONGEST_KEPT, (bytes, offset, length, cut) -> request(bytes, offset, true));
    peers =
        new TextCache<>(
            256,
            PeerAddress.SIZE,
            (bytes, offset, length, cut) ->
                fields.peer(PeerAddresses.text(bytes, offset), PeerAddress.port(bytes, offset)));
  }

  @Override
  public @Nullable Refusal describe(SpanRecord record, SpanDraft draft) {
    byte[] bytes = record.bytes();
    int base = record.base();
    truncated.clear();

    ClientRequestFields request = request(record);
    ClientOutcome outcome = outcome(record);
    draft.name(request.method().spanName(), SpanKind.CLIENT);
    draft.put(request.method().name());
    draft.putIfAny(request.method().original());
    draft.put(request.url());
    if (request.server() != null) {
      draft.put(request.server().address());
      draft.putIfAny(request.server().port());
    }
    truncated.addAll(request.cut());
    if (outcome.status() != 0) {
      draft.put(fields.statusCode(outcome.status()));
    }
    if (outcome.errorType() != null) {
      draft.status(StatusData.error());
      draft.put(ERROR_TYPE, outcome.errorType());
    }
    int resent = HttpClientRecord.resendCount(bytes, base);
    if (resent > 0) {
      draft.put(RESEND_COUNT, resent);
    }
    draft.putIfAny(
        fields.protocolVersion(
            HttpClientRecord.protocolMajor(bytes, base),
            HttpClientRecord.protocolMinor(bytes, base)));
    describePeer(bytes, base, draft);
    describeConnection(bytes, base, draft);
    describeSizes(bytes, base, draft, request.method().method(), outcome);
    if (has(record, HttpClientFlag.HTTP_CLIENT_HEADERS_CUT)) {
      truncated.add("http.request.header");
    }
    if (has(record, HttpClientFlag.HTTP_CLIENT_RESPONSE_HEADERS_CUT)) {
      truncated.add("http.response.header");
    }
    headers.describe(record, draft, truncated);
    truncated.describe(draft);
    return null;
  }

  private static boolean has(SpanRecord record, HttpClientFlag flag) {
    return (HttpClientRecord.flags(record.bytes(), record.base()) & flag.value()) != 0;
  }

  private ClientRequestFields request(SpanRecord record) {
    TextCache<ClientRequestFields> cache =
        has(record, HttpClientFlag.HTTP_CLIENT_USER_INFO) ? requestsWithUserInfo : requests;
    int end = HttpClientRecord.SIZE;
    for (int ref = REQUEST; ref <= SHAPE.string(LAST_OF_REQUEST.value()); ref += StringRef.SIZE) {
      int length = record.stringLength(ref);
      if (length > 0) {
        end = Math.max(end, StringRef.offset(record.bytes(), record.base() + ref) + length);
      }
    }
    return cache.of(record.bytes(), record.base() + REQUEST, end - REQUEST, false);
  }

  /** What a request means, of which the string_refs begin at an offset. */
  private ClientRequestFields request(byte[] bytes, int offset, boolean hasUserInfo) {
    List<String> cut = new ArrayList<>();
    String method = text(bytes, offset, HttpClientString.HTTP_CLIENT_METHOD, cut);
    ClientUrl.Parts parts =
        new ClientUrl.Parts(
            text(bytes, offset, HttpClientString.HTTP_CLIENT_SCHEME, cut),
            text(bytes, offset, HttpClientString.HTTP_CLIENT_OPAQUE, cut),
            hasUserInfo,
            text(bytes, offset, HttpClientString.HTTP_CLIENT_HOST, cut),
            text(bytes, offset, HttpClientString.HTTP_CLIENT_PATH, cut),
            text(bytes, offset, HttpClientString.HTTP_CLIENT_RAW_PATH, cut),
            text(bytes, offset, HttpClientString.HTTP_CLIENT_QUERY, cut));
    return fields.clientRequest(method, parts, cut);
  }

  private static String text(byte[] bytes, int offset, HttpClientString string, List<String> cut) {
    int ref = offset + SHAPE.string(string.value()) - REQUEST;
    int length = StringRef.length(bytes, ref);
    boolean isCut = Integer.toUnsignedLong(StringRef.originalLength(bytes, ref)) != length;
    if (isCut) {
      String attribute =
          string == HttpClientString.HTTP_CLIENT_METHOD
              ? HTTP_REQUEST_METHOD.getKey()
              : URL_FULL.getKey();
      if (!cut.contains(attribute)) {
        cut.add(attribute);
      }
    }
    int at = length == 0 ? 0 : offset - REQUEST + StringRef.offset(bytes, ref);
    return Utf8.decode(bytes, at, length, isCut);
  }

  private ClientOutcome outcome(SpanRecord record) {
    byte[] bytes = record.bytes();
    int base = record.base();
    if (record.endReason() == EndReason.END_PANICKED) {
      return new ClientOutcome(0, Outcome.PANIC);
    }
    if (!has(record, HttpClientFlag.HTTP_CLIENT_FAILED)) {
      return ClientOutcome.of(HttpClientRecord.status(bytes, base), null);
    }
    int error = base + HttpClientRecord.OFFSET_ERROR;
    return ClientOutcome.of(
        0,
        new GoError(
            types.typeName(record.binary(), InnermostError.type(bytes, error)),
            InnermostError.number(bytes, error),
            false,
            record.string(ERROR_TEXT)));
  }

  private void describePeer(byte[] bytes, int base, SpanDraft draft) {
    int peer = base + HttpClientRecord.OFFSET_PEER;
    if (PeerAddress.length(bytes, peer) != 0) {
      PeerFields known = peers.of(bytes, peer, PeerAddress.SIZE, false);
      draft.putIfAny(known.address());
      draft.putIfAny(known.port());
    }
  }

  /** Most requests find a connection, and have nothing of this. */
  private static void describeConnection(byte[] bytes, int base, SpanDraft draft) {
    long wait = HttpClientRecord.waitNs(bytes, base);
    if (wait == 0) {
      return;
    }
    int dial = base + HttpClientRecord.OFFSET_DIAL;
    draft.put(WAIT, wait);
    putIfTaken(draft, LOOKUP, DialTimes.lookupNs(bytes, dial));
    putIfTaken(draft, CONNECT, DialTimes.connectNs(bytes, dial));
    putIfTaken(draft, HANDSHAKE, DialTimes.handshakeNs(bytes, dial));
  }

  private static void putIfTaken(SpanDraft draft, EncodedKey key, long nanos) {
    if (nanos > 0) {
      draft.put(key, nanos);
    }
  }

  private static void describeSizes(
      byte[] bytes, int base, SpanDraft draft, Method method, ClientOutcome outcome) {
    long request = HttpClientRecord.requestBodyBytes(bytes, base);
    if (request >= 0) {
      draft.put(REQUEST_SIZE, request);
    }
    long response = HttpClientRecord.responseBodyBytes(bytes, base);
    if (response >= 0 && outcome.status() != 0 && !method.isHead()) {
      draft.put(RESPONSE_SIZE, response);
    }
  }
}
