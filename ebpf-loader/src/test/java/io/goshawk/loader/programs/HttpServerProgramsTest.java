// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.programs;

import static io.goshawk.loader.programs.GoServer.kept;
import static io.goshawk.loader.programs.GoServer.last;
import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.Counter;
import io.goshawk.abi.EndReason;
import io.goshawk.abi.HttpServerFlag;
import io.goshawk.abi.HttpString;
import io.goshawk.abi.RecordType;
import io.goshawk.loader.go.GoBuild;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.go.GoFixtures;
import io.goshawk.loader.go.GoFunction;
import io.goshawk.loader.go.HotCalls;
import io.goshawk.loader.probe.ProbeCatalogue;
import io.goshawk.loader.programs.HttpRecord.Handled;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Real requests to real Go servers, and the one record that each must become. */
@ParameterizedClass(name = "Go {0}, x/net {1}, profile-guided {2}, with calls {3}")
@MethodSource("releases")
class HttpServerProgramsTest {

  /**
   * x/net 0.58 hands its connections to net/http in Go 1.27; older ones serve them themselves.
   * Without calls, the programs do not note which goroutine is in which request.
   */
  static Stream<Arguments> releases() {
    return Stream.of(
        Arguments.of("1.24.13", "v0.44.0", false, true),
        Arguments.of("1.25.14", "v0.50.0", false, true),
        Arguments.of("1.26.11", "v0.58.0", false, true),
        Arguments.of("1.27.4", "v0.50.0", false, true),
        Arguments.of("1.27.4", "v0.58.0", false, true),
        Arguments.of("1.26.11", "v0.58.0", false, false),
        Arguments.of("1.27.4", "v0.58.0", false, false),
        Arguments.of("1.24.13", "v0.44.0", true, true),
        Arguments.of("1.25.14", "v0.50.0", true, true),
        Arguments.of("1.26.11", "v0.58.0", true, true),
        Arguments.of("1.27.4", "v0.58.0", true, true));
  }

  private static GoServer server;
  private static KernelTrace trace;
  private static boolean withCalls;
  private static boolean newest;
  private static boolean ownXNet;
  private static long seen;

  @BeforeParameterizedClassInvocation
  static void start(String go, String xNet, boolean profileGuided, boolean calls) {
    GoBuild build = GoBuild.with(go).module("require golang.org/x/net " + xNet);
    server = GoServer.start(profileGuided ? HotCalls.addTo(build) : build);
    if (profileGuided) {
      assertThatCallsWereInlined();
    }
    withCalls = calls;
    newest = go.startsWith("1.27.");
    ownXNet = !xNet.equals("v0.58.0");
    trace = KernelTrace.of(server, calls ? ProbeCatalogue.standard() : serversOnly());
  }

  private static ProbeCatalogue serversOnly() {
    return new ProbeCatalogue(
        ProbeCatalogue.standard().libraries().stream()
            .filter(
                library ->
                    library.records().isEmpty()
                        || library.records().contains(RecordType.RECORD_HTTP_SERVER))
            .toList());
  }

  private static void assertThatCallsWereInlined() {
    try (GoExecutable executable = GoFixtures.open(server.executable())) {
      GoFunction serve = executable.function("net/http.(*conn).serve").orElseThrow();
      for (String hot :
          List.of("net/http.serverHandler.ServeHTTP", "net/http.(*response).finishRequest")) {
        assertThat(executable.inlinedCopies(serve, hot)).as(hot).hasSize(1);
      }
    }
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    trace.close();
    server.close();
  }

  HttpServerProgramsTest(String go, String xNet, boolean profileGuided, boolean calls) {}

  /** What a failed test left behind is no failure of the next. */
  @BeforeEach
  void begin() {
    trace.forget();
    server.forget();
    seen = trace.counters().get(Counter.COUNT_SEEN);
  }

  @AfterEach
  void everyRequestWasSeenOnceAndEndedOnce() {
    assertThat(trace.leftOver()).isEmpty();
    assertThat(server.handledNothingMore()).isTrue();
    assertThat(trace.openSpans()).isZero();
    assertThat(trace.activeGoroutines()).isZero();
    assertThat(trace.counters().get(Counter.COUNT_SEEN)).isEqualTo(seen);
    trace.assertThatTheLedgerAddsUp();
  }

  /** The record of the next request, which says what the handler saw. */
  private static HttpRecord next() {
    HttpRecord record = trace.next();
    Handled handled = server.handled();
    seen++;
    assertThat(record.handled()).isEqualTo(handled);
    assertThat(record.tgid()).isEqualTo(server.pid());
    assertThat(record.endNanos()).isGreaterThan(record.startNanos());
    assertThat(record.traceId()).isNotEqualTo("0".repeat(32));
    assertThat(record.spanId()).isNotEqualTo("0".repeat(16));
    assertThat(record.sampled()).isTrue();
    return record;
  }

  private static HttpRecord nextReturned(int status, String route) {
    HttpRecord record = next();
    assertThat(record.end()).isEqualTo(EndReason.END_RETURNED);
    assertThat(record.status()).isEqualTo(status);
    assertThat(record.route()).isEqualTo(route);
    return record;
  }

  @Test
  void whichGoroutineIsInARequestIsKnownWhereThatMayMakeCalls() throws Exception {
    try (Socket waiting = new Socket()) {
      // Its handler waits for the body.
      waiting.connect(server.address("plain"));
      String request = last("POST", "/read", "Content-Length: 1");
      waiting.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      trace.awaitCounters(n -> trace.openSpans() == 1);

      assertThat(trace.activeGoroutines()).isEqualTo(withCalls ? 1 : 0);
      waiting.getOutputStream().write('x');
      assertThat(next().target()).isEqualTo("/read");
    }
  }

  @Test
  void aRequestIsOneRecordThatSaysWhatTheHandlerSaw() {
    server.http1(last("GET", "/ok/7?a=b%20c", "User-Agent: test/1"));

    HttpRecord record = nextReturned(200, "GET /ok/{id}");
    assertThat(record.target()).isEqualTo("/ok/7?a=b%20c");
    assertThat(record.string(HttpString.HTTP_USER_AGENT)).isEqualTo("test/1");
    assertThat(record.protocol()).isEqualTo(11);
    assertThat(record.flags()).isEmpty();
    assertThat(record.requestBytes()).isZero();
    assertThat(record.responseBytes()).isEqualTo(20);
    assertThat(record.parentSpanId()).isEqualTo("0".repeat(16));
  }

  @Test
  void pipelinedRequestsAreOneRecordEach() {
    List<String> requests = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      requests.add(kept("GET", "/ok/" + i));
    }
    requests.add(last("GET", "/ok/20"));
    server.http1(requests.toArray(String[]::new));

    for (int i = 0; i <= 20; i++) {
      assertThat(nextReturned(200, "GET /ok/{id}").target()).isEqualTo("/ok/" + i);
    }
  }

  @Test
  void anHttp10RequestIsOne() {
    server.http1("GET /ok/7 HTTP/1.0\r\n\r\n");

    HttpRecord record = nextReturned(200, "GET /ok/{id}");
    assertThat(record.protocol()).isEqualTo(10);
    assertThat(record.string(HttpString.HTTP_HOST)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "GET,     /implicit,    200, /implicit",
    "HEAD,    /ok/7,        200, GET /ok/{id}",
    "DELETE,  /status/204,  204, /status/{code}",
    "GET,     /status/304,  304, /status/{code}",
    "GET,     /status/503,  503, /status/{code}",
    "GET,     /nowhere,     404, ''",
    "POST,    /ok/7,        405, ''",
    "GET,     /hints,       202, /hints",
    "GET,     /limited/7,   200, /limited/{id}",
    "GET,     /strip/item/7, 200, GET /item/{id}",
    "BREW,    /implicit,    200, /implicit",
  })
  void theStatusIsWhatThePeerSawAndTheRouteThatOfTheInnermostMux(
      String method, String target, int status, String route) {
    String answers = server.http1(last(method, target));

    assertThat(answers).contains("HTTP/1.1 " + status + " ");
    nextReturned(status, route);
  }

  @Test
  void aRequestThatTheServerAnswersItselfIsOneAsWell() {
    assertThat(server.http1(last("OPTIONS", "*"))).contains("200 OK");

    HttpRecord record = trace.next();
    seen++;
    assertThat(record.target()).isEqualTo("*");
    assertThat(record.status()).isEqualTo(200);
  }

  @Test
  void aBodyThatTheClientHoldsBackIsAskedForAndCounted() {
    String answers =
        server.http1(last("POST", "/read", "Expect: 100-continue", "Content-Length: 5"), "hello");

    assertThat(answers).contains("100 Continue", "201 Created");
    assertThat(nextReturned(201, "POST /read").requestBytes()).isEqualTo(5);
  }

  @Test
  void aBodyOfUnknownLengthHasNone() {
    server.http1(last("POST", "/read", "Transfer-Encoding: chunked"), "5\r\nhello\r\n0\r\n\r\n");

    assertThat(nextReturned(201, "POST /read").requestBytes()).isEqualTo(-1);
  }

  @ParameterizedTest
  @CsvSource({
    "/panic,          0",
    "/panic/buffered, 0",
    "/panic/flushed,  200",
    "/abort,          0",
    "/goexit,         0",
  })
  void aPanicEndsTheSpanWithTheStatusOnlyIfThatWasSent(String target, int status) {
    String answer = server.http1(last("GET", target));

    assertThat(answer.contains("HTTP/1.1 200")).isEqualTo(status == 200);
    HttpRecord record = next();
    assertThat(record.end()).isEqualTo(EndReason.END_PANICKED);
    assertThat(record.status()).isEqualTo(status);
    assertThat(record.route()).isEqualTo(target);
  }

  @Test
  void whatAHandlerWritesToAConnectionItTookOverIsNotItsStatus() {
    server.http1(last("GET", "/hijack", "Upgrade: something"));

    HttpRecord record = next();
    assertThat(record.end()).isEqualTo(EndReason.END_HIJACKED);
    assertThat(record.status()).isZero();
    assertThat(record.upgrade()).isTrue();
  }

  @Test
  void aSwitchOfProtocolsByTheServerIs101() {
    server.http1(last("GET", "/switch"));

    HttpRecord record = next();
    assertThat(record.end()).isEqualTo(EndReason.END_HIJACKED);
    assertThat(record.status()).isEqualTo(101);
    assertThat(record.upgrade()).isFalse();
  }

  @Test
  void whatMiddlewareChangesInTheRequestDoesNotShow() {
    server.http1(last("GET", "/changed/7", "User-Agent: test/1"));

    assertThat(nextReturned(200, "").string(HttpString.HTTP_METHOD)).isEqualTo("GET");
  }

  @ParameterizedTest
  @CsvSource({"plain", "tls", "xnet"})
  void anHttp2RequestIsOneRecord(String listener) {
    assertThat(server.http2(listener, "/ok/7?over=" + listener)).isEqualTo(200);

    HttpRecord record = nextReturned(200, "GET /ok/{id}");
    assertThat(record.protocol()).isEqualTo(20);
    assertThat(record.flags().contains(HttpServerFlag.HTTP_TLS)).isEqualTo(listener.equals("tls"));
    assertThat(record.responseBytes()).isEqualTo(20);
  }

  @ParameterizedTest
  @CsvSource({
    "plain, /panic, 0",
    "tls,   /panic/flushed, 200",
    "tls,   /abort, 0",
    "xnet,  /panic, 0",
    "xnet,  /panic/flushed, 200",
  })
  void aPanicOverHttp2EndsTheSpanAsWell(String listener, String target, int status) {
    server.http2(listener, target);

    HttpRecord record = next();
    assertThat(record.end()).isEqualTo(EndReason.END_PANICKED);
    assertThat(record.status()).isEqualTo(status);
    assertThat(record.route()).isEqualTo(target);
  }

  @ParameterizedTest
  @CsvSource({"/implicit, 200, /implicit", "/hints, 202, /hints", "/nowhere, 404, ''"})
  void theStatusOverHttp2IsWhatThePeerSaw(String target, int status, String route) {
    assertThat(server.http2("tls", target)).isEqualTo(status);

    nextReturned(status, route);
  }

  @Test
  void aRequestThatUpgradesToHttp2IsOneRecordFromItsFirstByteToItsAnswer() throws Exception {
    // The JDK's client upgrades by itself: "Upgrade: h2c" on its first request.
    String host = "http://127.0.0.1:" + server.address("xnet").getPort();
    HttpClient client = HttpClient.newBuilder().version(Version.HTTP_2).build();
    var first = client.send(get(host + "/ok/1"), BodyHandlers.ofString());
    var second = client.send(get(host + "/ok/2"), BodyHandlers.ofString());

    assertThat(first.version()).isEqualTo(Version.HTTP_2);
    assertThat(second.version()).isEqualTo(Version.HTTP_2);
    HttpRecord upgraded = trace.next();
    Handled handled = server.handled();
    seen++;
    // Go 1.27's handler is told HTTP/2.0, which is how it answers; the request came as HTTP/1.1.
    assertThat(upgraded.handled())
        .usingRecursiveComparison()
        .ignoringFields("protocol")
        .isEqualTo(handled);
    assertThat(upgraded.protocol()).isEqualTo(11);
    assertThat(upgraded.target()).isEqualTo("/ok/1");
    assertThat(upgraded.status()).isEqualTo(200);
    assertThat(upgraded.end()).isEqualTo(EndReason.END_RETURNED);
    assertThat(upgraded.upgrade()).isTrue();
    assertThat(nextReturned(200, "GET /ok/{id}").target()).isEqualTo("/ok/2");
  }

  @Test
  void whatCameBeforeTheProcessIsTracedIsCountedOnceForEachRequest() throws Exception {
    trace.letGo(server.pid());
    long before = trace.before(RecordType.RECORD_HTTP_SERVER);
    long prefaces = trace.counters().get(Counter.COUNT_NOT_CALLS);

    server.http1(kept("GET", "/ok/1"), kept("GET", "/nowhere"), last("GET", "/ok/2"));
    server.http1(last("GET", "/panic"));
    server.http1To("first", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    List.of("plain", "tls", "xnet").forEach(listener -> server.http2(listener, "/ok/3"));
    String host = "http://127.0.0.1:" + server.address("xnet").getPort();
    HttpClient client = HttpClient.newBuilder().version(Version.HTTP_2).build();
    client.send(get(host + "/ok/4"), BodyHandlers.ofString());
    client.send(get(host + "/ok/5"), BodyHandlers.ofString());

    List<Handled> handled = new ArrayList<>();
    while (handled.size() < 10) {
      handled.add(server.handled());
    }
    long requests = handled.stream().filter(each -> !each.method().equals("PRI")).count();
    assertThat(requests).isEqualTo(9);
    trace.trace(server.pid());
    assertThat(trace.before(RecordType.RECORD_HTTP_SERVER)).isEqualTo(before + requests);
    assertThat(trace.counters()).containsEntry(Counter.COUNT_NOT_CALLS, prefaces);

    server.http1(last("GET", "/ok/6"));
    assertThat(nextReturned(200, "GET /ok/{id}").target()).isEqualTo("/ok/6");
    assertThat(trace.before(RecordType.RECORD_HTTP_SERVER)).isEqualTo(before + requests);
  }

  private static HttpRequest get(String address) {
    return HttpRequest.newBuilder(URI.create(address)).build();
  }

  @Test
  void theRouteOutlivesTheRequestThatCarriedIt() {
    server.http1(last("GET", "/copied/7"));

    assertThat(nextReturned(200, "/copied/{id}").flags())
        .contains(HttpServerFlag.HTTP_ROUTE_COPIED);
  }

  @Test
  void aRouteInTheServersOwnRequestNeedsNoProbeOfItsOwn() {
    server.http1(last("GET", "/ok/7"));

    assertThat(nextReturned(200, "GET /ok/{id}").flags())
        .doesNotContain(HttpServerFlag.HTTP_ROUTE_COPIED);
  }

  @ParameterizedTest
  @CsvSource({
    "/asks/here, plain",
    "/asks/elsewhere, plain",
    "/asks/here, tls",
    "/asks/here, xnet",
    "/asks/copy, plain",
    "/asks/copy, tls",
    "/asks/copy, xnet",
    "/asks/beside, plain",
    "/asks/beside, xnet",
  })
  void whatAHandlerAsksAMuxOnItsOwnAccountIsNotTheRoute(String target, String listener) {
    assertThat(server.http2(listener, target)).isEqualTo(200);
    nextReturned(200, target);

    server.http1(last("GET", target));
    nextReturned(200, target);
  }

  @ParameterizedTest
  @CsvSource({"plain", "tls", "xnet"})
  void evenIfNoMuxHasRoutedTheRequest(String listener) {
    assertThat(server.http2(listener, "/asking/7")).isEqualTo(200);
    nextReturned(200, "");

    server.http1(last("GET", "/asking/7"));
    nextReturned(200, "");
  }

  @ParameterizedTest
  @CsvSource({"embedded, plain", "embedded, tls", "behind, tls", "behind, xnet", "twice, xnet"})
  void aWriterThatWrapsTheServersIsTheServers(String how, String listener) {
    assertThat(server.http2(listener, "/wrapped/" + how)).isEqualTo(200);
    nextReturned(200, "/wrapped/{how}");

    server.http1(last("GET", "/wrapped/" + how));
    nextReturned(200, "/wrapped/{how}");
  }

  @ParameterizedTest
  @CsvSource({"plain", "tls", "xnet"})
  void anAnswerThatMiddlewareRecordsFirstHasARouteWhereTheServerHoldsItsRequest(String listener) {
    assertThat(server.http2(listener, "/recorded/7")).isEqualTo(200);
    nextReturned(200, holdsRequest(listener) ? "/recorded/{id}" : "");

    server.http1(last("GET", "/recorded/7"));
    nextReturned(200, "/recorded/{id}");
  }

  /** Whether a server holds the Request that its handler has for HTTP/2; Go 1.27's does not. */
  private static boolean holdsRequest(String listener) {
    return !newest || (listener.equals("xnet") && ownXNet);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "20, -1", "40, 40"})
  void bytesThatTheServerRefusesAreNotOfTheBody(int declared, int sent) {
    server.http1(last("GET", "/declared/" + declared));

    assertThat(nextReturned(200, "/declared/{length}").responseBytes()).isEqualTo(sent);
  }

  private static final String[] FORGOTTEN = {
    "User-Agent:some-agent/17.4",
    "Forwarded:for=192.0.2.43;by=203.0.113.60",
    "X-Forwarded-For:198.51.100.77",
    "X-Forwarded-Proto:https",
    "X-Forwarded-Host:www.shop.example",
    "Traceparent:00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "Tracestate:vendor=opaque-value",
    "Tracestate:other=of-a-second-line",
  };

  @Test
  void nothingIsReadFromMemoryThatTheRequestHasLetGo() {
    server.http1(last("SEARCH", "/freed/7?with=a-query", FORGOTTEN));

    assertThatAllOfItIs(nextReturned(200, "/freed/{id}"));
  }

  @ParameterizedTest
  @CsvSource({"plain", "tls", "xnet"})
  void norIsTheRouteReadFromARequestThatIsFreed(String listener) {
    assertThat(server.http2(listener, "/own/7")).isEqualTo(200);
    nextReturned(200, holdsRequest(listener) ? "/own/by/itself/{id}" : "");
    // Whether the collector finds a Request that nobody holds is its own business.
    assertThat(server.reusedStrings()).isLessThanOrEqualTo(holdsRequest(listener) ? 0 : 1);

    server.http1(last("GET", "/own/7"));
    nextReturned(200, "/own/by/itself/{id}");
    assertThat(server.reusedStrings()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"plain", "tls", "xnet"})
  void norOverHttp2(String listener) {
    assertThat(server.http2(listener, "/freed/7?with=a-query", FORGOTTEN)).isEqualTo(200);

    assertThatAllOfItIs(nextReturned(200, "/freed/{id}"));
  }

  private static void assertThatAllOfItIs(HttpRecord record) {
    assertThat(server.reusedStrings()).isGreaterThan(4);
    assertThat(record.strings())
        .containsEntry(HttpString.HTTP_REQUEST_TARGET, "/freed/7?with=a-query")
        .containsEntry(HttpString.HTTP_USER_AGENT, "some-agent/17.4")
        .containsEntry(HttpString.HTTP_FORWARDED, "for=192.0.2.43;by=203.0.113.60")
        .containsEntry(HttpString.HTTP_X_FORWARDED_FOR, "198.51.100.77")
        .containsEntry(HttpString.HTTP_X_FORWARDED_PROTO, "https")
        .containsEntry(HttpString.HTTP_X_FORWARDED_HOST, "www.shop.example")
        .containsEntry(HttpString.HTTP_TRACESTATE, "vendor=opaque-value,other=of-a-second-line");
  }

  @Test
  void ofMoreLinesOfTracestateThanAreKeptTheLengthSaysSo() {
    List<String> headers = new ArrayList<>();
    headers.add("Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    for (int i = 0; i < 6; i++) {
      headers.add("Tracestate: k" + i + "=v");
    }
    server.http1(last("GET", "/ok/7", headers.toArray(String[]::new)));

    HttpRecord record = nextReturned(200, "GET /ok/{id}");
    String kept = "k0=v,k1=v,k2=v,k3=v";
    assertThat(record.string(HttpString.HTTP_TRACESTATE)).isEqualTo(kept);
    assertThat(record.originalLengths().get(HttpString.HTTP_TRACESTATE))
        .isGreaterThan(kept.length());
  }

  @Test
  void whatIsAnsweredInAWayWhoseEndNobodySeesIsCountedAndNamedOnce() {
    long before = trace.counters().get(Counter.COUNT_NO_END);
    assertThat(server.tell("own")).isEqualTo("served");

    assertThat(trace.counters().get(Counter.COUNT_NO_END)).isEqualTo(before + 3);
    seen += 3;
    try (GoExecutable executable = GoFixtures.open(server.executable())) {
      assertThat(trace.unknownTypes())
          .extracting(executable.types(Set.of("net/http.ResponseWriter"))::get)
          .containsExactly("*net/http/httptest.ResponseRecorder");
    }
  }

  @Test
  void theFirstLineOfAnHttp2ConnectionIsNoRequestAndCounted() {
    long before = trace.counters().get(Counter.COUNT_NOT_CALLS);
    String preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    assertThat(server.http1To("first", preface)).contains("400 Bad Request");

    assertThat(server.handled().method()).isEqualTo("PRI");
    assertThat(trace.counters()).containsEntry(Counter.COUNT_NOT_CALLS, before + 1);
  }

  @Test
  void requestsThatReachNoHandlerAreNone() {
    assertThat(server.http1(last("GET", "/ok/7", "no colon"))).contains("400 Bad Request");
    assertThat(server.http1(last("GET", "/ok/7", "Expect: wonders"))).contains("417");
  }
}
