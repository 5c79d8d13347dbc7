// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import static io.goshawk.spans.testing.Builders.span;
import static io.goshawk.spans.testing.SpanAssert.assertThatSpan;
import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.EndReason;
import io.goshawk.abi.HttpServerFlag;
import io.goshawk.abi.HttpString;
import io.goshawk.abi.ParentSource;
import io.goshawk.spans.SpanSettings;
import io.goshawk.spans.data.AttributeLimits;
import io.goshawk.spans.testing.Builders;
import io.goshawk.spans.testing.HttpRecord;
import io.goshawk.spans.testing.SpanAssert;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpServerSpansTest {

  private static SpanAssert assertThatSpanOf(HttpRecord record) {
    return assertThatSpan(span(record));
  }

  @Test
  void anOrdinaryRequestSaysWhatTheConventionsAskAndNoMore() {
    HttpRecord record =
        HttpRecord.get("/users/17?verbose=1")
            .with(HttpString.HTTP_ROUTE, "GET /users/{id}")
            .with(HttpString.HTTP_USER_AGENT, "curl/8.5.0");
    assertThatSpanOf(record)
        .hasName("GET /users/{id}")
        .hasKind(SpanKind.SERVER)
        .isNoError()
        .isRoot()
        .hasTraceId("0af7651916cd43dd8448eb211c80319c")
        .hasSpanId("b7ad6b7169203331")
        .startsAt(Builders.BOOT_EPOCH_NANOS + 5_000_000_000L)
        .lasts(Duration.ofNanos(250_000))
        .hasOnly(
            Map.ofEntries(
                Map.entry("http.request.method", "GET"),
                Map.entry("http.route", "/users/{id}"),
                Map.entry("http.response.status_code", 200L),
                Map.entry("url.path", "/users/17"),
                Map.entry("url.query", "verbose=1"),
                Map.entry("url.scheme", "http"),
                Map.entry("server.address", "shop.example"),
                Map.entry("server.port", 8080L),
                Map.entry("network.peer.address", "192.0.2.7"),
                Map.entry("network.peer.port", 40312L),
                Map.entry("client.address", "192.0.2.7"),
                Map.entry("network.protocol.version", "1.1"),
                Map.entry("user_agent.original", "curl/8.5.0"),
                Map.entry("http.request.body.size", 0L),
                Map.entry("http.response.body.size", 5L)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "QUERY", "CONNECT"
      })
  void methodsOfTheStandardsStandForThemselves(String method) {
    assertThatSpanOf(HttpRecord.of(method, "/"))
        .hasName(method)
        .has("http.request.method", method)
        .hasNone("http.request.method_original");
  }

  @ParameterizedTest
  @ValueSource(strings = {"get", "PROPFIND", "G\u00c9T"})
  void anyOtherMethodIsOtherAndKeepsWhatItWas(String method) {
    assertThatSpanOf(HttpRecord.of(method, "/").with(HttpString.HTTP_ROUTE, "/{any...}"))
        .hasName("HTTP /{any...}")
        .has("http.request.method", "_OTHER")
        .has("http.request.method_original", method);
  }

  @Test
  void aListOfKnownMethodsReplacesTheDefaults() {
    SpanSettings settings =
        new SpanSettings(
            "1",
            AttributeLimits.DEFAULT,
            false,
            List.of(HttpSettings.DEFAULT.withKnownMethods(Set.of("PROPFIND", "get"))));
    var builder = Builders.builder(settings);
    assertThatSpan(span(builder, HttpRecord.of("PROPFIND", "/"))).hasName("PROPFIND");
    assertThatSpan(span(builder, HttpRecord.of("get", "/"))).hasName("get");
    assertThatSpan(span(builder, HttpRecord.of("GET", "/")))
        .hasName("HTTP")
        .has("http.request.method_original", "GET");
    assertThatSpan(span(builder, HttpRecord.of("HEAD", "/")))
        .has("http.request.method_original", "HEAD")
        .hasNone("http.response.body.size");
  }

  @ParameterizedTest
  @CsvSource({
    "/users/{id}, /users/{id}",
    "GET /users/{id}, /users/{id}",
    "GET example.com/users/{id}, /users/{id}",
    "example.com/, /",
    "'POST  \tshop.example/a/b', /a/b",
    "/{$}, /{$}",
    "GET /b/{bucket}/o/{object...}, /b/{bucket}/o/{object...}",
  })
  void theRouteIsThePathOfThePattern(String pattern, String route) {
    assertThatSpanOf(HttpRecord.get().with(HttpString.HTTP_ROUTE, pattern))
        .hasName("GET " + route)
        .has("http.route", route);
  }

  @Test
  void withoutAPatternThereIsNoRouteAndThePathIsNotInTheName() {
    assertThatSpanOf(HttpRecord.get("/users/17")).hasName("GET").hasNone("http.route");
  }

  @Test
  void oneRouteWithTwoMethodsHasTwoNames() {
    var builder = Builders.builder();
    for (String method : List.of("GET", "PUT", "GET")) {
      HttpRecord record = HttpRecord.of(method, "/").with(HttpString.HTTP_ROUTE, "/a");
      assertThatSpan(span(builder, record)).hasName(method + " /a");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 204, 301, 304, 400, 404, 499})
  void statusesBelow500AreNoErrorsOfTheServer(int status) {
    assertThatSpanOf(HttpRecord.get().status(status))
        .isNoError()
        .has("http.response.status_code", status);
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 503, 599, 600, 999})
  void statusesFrom500AreErrorsNamedByTheirCode(int status) {
    assertThatSpanOf(HttpRecord.get().status(status))
        .isError(String.valueOf(status))
        .has("http.response.status_code", status);
  }

  @Test
  void aPanicIsAnErrorWhateverTheStatusWas() {
    assertThatSpanOf(HttpRecord.get().status(0).ended(EndReason.END_PANICKED))
        .isError("panic")
        .hasNone("http.response.status_code", "http.response.body.size");
    assertThatSpanOf(HttpRecord.get().status(200).ended(EndReason.END_PANICKED))
        .isError("panic")
        .has("http.response.status_code", 200);
    assertThatSpanOf(HttpRecord.get().status(503).ended(EndReason.END_PANICKED)).isError("panic");
  }

  @Test
  void aReturnWithoutAResponseIsAnError() {
    assertThatSpanOf(HttpRecord.get().status(0))
        .isError("no_response")
        .hasNone("http.response.status_code");
  }

  @Test
  void aHijackedUpgradeSwitchedProtocols() {
    assertThatSpanOf(HttpRecord.get().status(0).upgrade().ended(EndReason.END_HIJACKED))
        .isNoError()
        .has("http.response.status_code", 101)
        .hasNone("http.response.body.size");
  }

  @Test
  void anyOtherHijackHasNoStatusThatIsKnown() {
    assertThatSpanOf(HttpRecord.get().status(0).ended(EndReason.END_HIJACKED))
        .isNoError()
        .hasNone("http.response.status_code");
    assertThatSpanOf(HttpRecord.get().status(502).upgrade().ended(EndReason.END_HIJACKED))
        .isError("502");
  }

  @Test
  void anUpgradeThatWasAnsweredOtherwiseKeepsItsStatus() {
    assertThatSpanOf(HttpRecord.get().status(426).upgrade()).has("http.response.status_code", 426);
  }

  @ParameterizedTest
  @CsvSource({"1,0,1.0", "1,1,1.1", "2,0,2", "3,0,3", "1,2,1.2"})
  void theProtocolVersionIsNamedAsTheConventionsDo(int major, int minor, String version) {
    assertThatSpanOf(HttpRecord.get().protocol(major, minor))
        .has("network.protocol.version", version);
  }

  @Test
  void anUnknownProtocolVersionIsNotSaid() {
    assertThatSpanOf(HttpRecord.get().protocol(0, 0)).hasNone("network.protocol.version");
  }

  @ParameterizedTest
  @CsvSource({"HEAD,200", "GET,204", "GET,304", "GET,101"})
  void aResponseThatHasNoBodyHasNoBodySize(String method, int status) {
    assertThatSpanOf(HttpRecord.of(method, "/").status(status).sizes(7, 5))
        .has("http.request.body.size", 7)
        .hasNone("http.response.body.size");
  }

  @Test
  void sizesThatGoDoesNotKnowAreNotSaid() {
    assertThatSpanOf(HttpRecord.get().sizes(-1, -1))
        .hasNone("http.request.body.size", "http.response.body.size");
  }

  @ParameterizedTest
  @CsvSource({
    "shop.example:8080, shop.example, 8080",
    "shop.example, shop.example, 80",
    "192.0.2.1:9, 192.0.2.1, 9",
    "[2001:db8::1]:8443, 2001:db8::1, 8443",
    "[2001:db8::1], 2001:db8::1, 80",
    "2001:db8::1, 2001:db8::1, 80",
    "shop.example:, shop.example, 80",
    "shop.example:http, shop.example, 80",
    "shop.example:99999, shop.example, 80",
  })
  void theServerIsTheHostThatWasAskedFor(String host, String address, int port) {
    assertThatSpanOf(HttpRecord.get().with(HttpString.HTTP_HOST, host))
        .has("server.address", address)
        .has("server.port", port);
  }

  @Test
  void overTlsTheSchemeIsHttpsAndThePort443() {
    assertThatSpanOf(HttpRecord.get().tls().with(HttpString.HTTP_HOST, "shop.example"))
        .has("url.scheme", "https")
        .has("server.port", 443);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ":8080"})
  void aRequestWithoutAHostHasNoServer(String host) {
    assertThatSpanOf(HttpRecord.get().with(HttpString.HTTP_HOST, host))
        .hasNone("server.address", "server.port");
  }

  @Test
  void anAbsoluteTargetGivesSchemeAndHost() {
    assertThatSpanOf(
            HttpRecord.get("https://user:pw@api.example/v1?x=1").without(HttpString.HTTP_HOST))
        .has("url.scheme", "https")
        .has("url.path", "/v1")
        .has("url.query", "x=1")
        .has("server.address", "api.example")
        .has("server.port", 443);
  }

  @Test
  void aProxyIsAskedForAnAuthority() {
    assertThatSpanOf(
            HttpRecord.of("CONNECT", "db.example:5432")
                .with(HttpString.HTTP_HOST, "db.example:5432"))
        .hasName("CONNECT")
        .has("url.path", "")
        .has("server.address", "db.example")
        .has("server.port", 5432);
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.7:40312, 192.0.2.7, 40312",
    "[2001:db8::7]:40312, 2001:db8::7, 40312",
    "[fe80::1%eth0]:40312, fe80::1%eth0, 40312",
  })
  void thePeerIsTheOtherEndOfTheConnection(String remote, String address, int port) {
    assertThatSpanOf(HttpRecord.get().with(HttpString.HTTP_REMOTE_ADDRESS, remote))
        .has("network.peer.address", address)
        .has("network.peer.port", port)
        .has("client.address", address)
        .hasNone("network.transport");
  }

  @Test
  void thePeerOfAUnixSocketIsItsNameIfItHasOne() {
    assertThatSpanOf(HttpRecord.get().with(HttpString.HTTP_REMOTE_ADDRESS, "@"))
        .has("network.transport", "unix")
        .hasNone("network.peer.address", "network.peer.port", "client.address");
    assertThatSpanOf(HttpRecord.get().with(HttpString.HTTP_REMOTE_ADDRESS, "/run/a:1"))
        .has("network.transport", "unix")
        .has("network.peer.address", "/run/a:1")
        .hasNone("network.peer.port");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "for=198.51.100.9 | 203.0.113.1 | 198.51.100.9",
        "For=\"[2001:db8:cafe::17]:4711\";by=10.0.0.1, for=10.0.0.2 | | 2001:db8:cafe::17",
        "for=unknown | 203.0.113.1, 10.0.0.1 | 203.0.113.1",
        "for=_hidden | | 192.0.2.7",
        " | 203.0.113.1:99, 10.0.0.1 | 203.0.113.1",
        " | unknown, 10.0.0.1 | 192.0.2.7",
        " | | 192.0.2.7",
      })
  void theClientIsWhomTheFirstProxySaw(String forwarded, String forwardedFor, String client) {
    HttpRecord record = HttpRecord.get();
    if (forwarded != null) {
      record.with(HttpString.HTTP_FORWARDED, forwarded);
    }
    if (forwardedFor != null) {
      record.with(HttpString.HTTP_X_FORWARDED_FOR, forwardedFor);
    }
    assertThatSpanOf(record).has("client.address", client).has("network.peer.address", "192.0.2.7");
  }

  @Test
  void aProxyThatSaysSoGivesTheOriginalHostAndScheme() {
    assertThatSpanOf(
            HttpRecord.get()
                .with(HttpString.HTTP_FORWARDED, "host=\"shop.example\";proto=https, host=inner"))
        .has("url.scheme", "https")
        .has("server.address", "shop.example")
        .has("server.port", 443);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https | shop.example:8443 | https | shop.example | 8443",
        "HTTPS, http | \"shop.example\" , inner:99 | https | shop.example | 443",
        "https | | https | service | 8080",
        "no scheme | ' , inner' | http | service | 8080",
        " | [2001:db8::17]:81 | http | 2001:db8::17 | 81",
      })
  void soDoesOneThatOnlyKnowsTheOlderHeaders(
      String proto, String host, String scheme, String address, int port) {
    HttpRecord record = HttpRecord.get().with(HttpString.HTTP_HOST, "service:8080");
    if (proto != null) {
      record.with(HttpString.HTTP_X_FORWARDED_PROTO, proto);
    }
    if (host != null) {
      record.with(HttpString.HTTP_X_FORWARDED_HOST, host);
    }
    assertThatSpanOf(record)
        .has("url.scheme", scheme)
        .has("server.address", address)
        .has("server.port", port);
    assertThatSpanOf(record.with(HttpString.HTTP_FORWARDED, "host=\"first.example:82\";proto=wss"))
        .has("url.scheme", "wss")
        .has("server.address", "first.example")
        .has("server.port", 82);
  }

  @Test
  void aParentThatCameInIsRemoteAndBringsItsState() {
    HttpRecord record =
        HttpRecord.get()
            .parent("00f067aa0ba902b7", ParentSource.PARENT_REMOTE)
            .with(HttpString.HTTP_TRACESTATE, "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7");
    var span = span(record);
    assertThatSpan(span).hasRemoteParent("00f067aa0ba902b7");
    assertThat(span.getSpanContext().getTraceState().asMap())
        .containsExactly(Map.entry("congo", "t61rcWkgMzE"), Map.entry("rojo", "00f067aa0ba902b7"));
  }

  @Test
  void aTracestateWithoutAParentOrCutShortIsIgnored() {
    HttpRecord rootless = HttpRecord.get().with(HttpString.HTTP_TRACESTATE, "a=1");
    HttpRecord cut =
        HttpRecord.get()
            .parent("00f067aa0ba902b7", ParentSource.PARENT_REMOTE)
            .cut(HttpString.HTTP_TRACESTATE, "a=1,b=2", 900);
    for (HttpRecord record : List.of(rootless, cut)) {
      assertThat(span(record).getSpanContext().getTraceState().isEmpty()).isTrue();
    }
  }

  @Test
  void secretsInTheQueryAreTakenOut() {
    assertThatSpanOf(HttpRecord.get("/f?X-Amz-Signature=abc&a=1&sig=s%3D&Sig=no"))
        .has("url.query", "X-Amz-Signature=REDACTED&a=1&sig=REDACTED&Sig=REDACTED");
  }

  @Test
  void whatWasCutShortSaysSo() {
    assertThatSpanOf(
            HttpRecord.get()
                .cut(HttpString.HTTP_REQUEST_TARGET, "/a?q=aaaa&sig=aa", 8000)
                .cut(HttpString.HTTP_HOST, "shop.example:80", 300)
                .cut(HttpString.HTTP_USER_AGENT, "Mozilla", 400)
                .cut(HttpString.HTTP_X_FORWARDED_FOR, "198.51.10", 400)
                .cut(HttpString.HTTP_FORWARDED, "for=198.51.10", 400)
                .cut(HttpString.HTTP_X_FORWARDED_HOST, "first.exam", 400)
                .flag(HttpServerFlag.HTTP_HEADERS_CUT))
        .has("url.query", "q=aaaa&sig=REDACTED")
        .has("server.address", "shop.example")
        .hasNone("server.port")
        .has("client.address", "192.0.2.7")
        .has(
            "goshawk.truncated",
            List.of("url.query", "server.address", "user_agent.original", "http.request.header"));
    assertThatSpanOf(HttpRecord.get().cut(HttpString.HTTP_REQUEST_TARGET, "/aaaa", 8000))
        .has("url.path", "/aaaa")
        .has("goshawk.truncated", List.of("url.path", "url.query"));
    assertThatSpanOf(HttpRecord.get().cut(HttpString.HTTP_TRACESTATE, "a=1,b=2", 8))
        .has("goshawk.truncated", List.of("tracestate"));
  }

  @Test
  void whatCouldNotBeReadAtAllSaysSoToo() {
    HttpRecord record = HttpRecord.get();
    for (HttpString string :
        List.of(
            HttpString.HTTP_METHOD,
            HttpString.HTTP_ROUTE,
            HttpString.HTTP_REQUEST_TARGET,
            HttpString.HTTP_HOST,
            HttpString.HTTP_REMOTE_ADDRESS,
            HttpString.HTTP_USER_AGENT)) {
      record.cut(string, "", 40);
    }
    assertThatSpanOf(record)
        .hasName("HTTP")
        .has("http.request.method", "_OTHER")
        .has("url.path", "")
        .hasNone("server.address", "server.port", "network.peer.address", "client.address")
        .has(
            "goshawk.truncated",
            List.of(
                "http.request.method",
                "http.route",
                "url.path",
                "url.query",
                "server.address",
                "network.peer.address",
                "user_agent.original"));
  }

  @Test
  void textThatIsNotUtf8IsRepaired() {
    byte[] latin1 = {'/', 'c', 'a', 'f', (byte) 0xe9};
    assertThatSpanOf(HttpRecord.get().with(HttpString.HTTP_REQUEST_TARGET, latin1))
        .has("url.path", "/caf\ufffd");
    byte[] halfAnE = {'/', 'c', 'a', 'f', (byte) 0xc3};
    assertThatSpanOf(HttpRecord.get().cut(HttpString.HTTP_REQUEST_TARGET, halfAnE, 6))
        .has("url.path", "/caf");
  }

  @Test
  void limitsCutValuesAndCountWhatIsDropped() {
    SpanSettings settings = new SpanSettings("1", new AttributeLimits(4, 3), false, List.of());
    var span = span(Builders.builder(settings), HttpRecord.get("/users"));
    assertThatSpan(span)
        .hasStatus(StatusCode.UNSET)
        .hasOnly(
            Map.of(
                "http.request.method", "GET",
                "http.response.status_code", 200L,
                "url.path", "/us",
                "url.scheme", "htt"));
    assertThat(span.getTotalAttributeCount()).isEqualTo(12);
  }
}
