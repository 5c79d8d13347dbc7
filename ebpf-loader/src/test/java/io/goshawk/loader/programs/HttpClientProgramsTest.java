// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.Counter;
import io.goshawk.abi.EndReason;
import io.goshawk.abi.HttpClientFlag;
import io.goshawk.abi.HttpClientString;
import io.goshawk.abi.RecordType;
import io.goshawk.loader.bpf.ObjectOptions;
import io.goshawk.loader.go.GoBuild;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.go.GoFixtures;
import io.goshawk.loader.go.HotCalls;
import io.goshawk.loader.probe.ProbePlanner;
import io.goshawk.loader.programs.GoClient.Outcome;
import java.util.List;
import java.util.Map;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that real Go clients make in every way, and the records that each must become. */
@ParameterizedClass(name = "Go {0}, x/net {1}, {2}")
@MethodSource("builds")
class HttpClientProgramsTest {

  /** In place of a flag: what a transport calls for each request is hot, see {@link HotCalls}. */
  private static final String PROFILE_GUIDED = "profile-guided";

  static Stream<Arguments> builds() {
    return Stream.of(
        Arguments.of("1.24.13", "v0.44.0", ""),
        Arguments.of("1.25.14", "v0.50.0", ""),
        Arguments.of("1.26.11", "v0.58.0", "-ldflags=-s -w"),
        Arguments.of("1.24.13", "v0.44.0", PROFILE_GUIDED),
        Arguments.of("1.27.4", "v0.58.0", PROFILE_GUIDED),
        Arguments.of("1.27.4", "v0.50.0", "-buildmode=pie"),
        Arguments.of("1.27.4", "v0.58.0", ""));
  }

  private static GoClient client;
  private static KernelTrace trace;
  private static Map<Long, String> typeNames;

  @BeforeParameterizedClassInvocation
  static void start(String go, String xNet, String flag) {
    GoBuild build = GoBuild.with(go).module("require golang.org/x/net " + xNet);
    client =
        GoClient.start(
            switch (flag) {
              case "" -> build;
              case PROFILE_GUIDED -> HotCalls.addTo(build);
              default -> build.flags(flag);
            });
    trace = KernelTrace.of(client.executable(), client.pid(), ObjectOptions.DEFAULT);
    try (GoExecutable executable = GoFixtures.open(client.executable())) {
      typeNames = ProbePlanner.plan(executable).typeNames();
    }
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    trace.close();
    client.close();
  }

  HttpClientProgramsTest(String go, String xNet, String flag) {}

  @BeforeEach
  void forgetWhatAFailedTestLeftBehind() {
    trace.forget();
  }

  @AfterEach
  void everyAttemptWasSeenOnceAndEndedOnce() {
    trace.awaitNoneActive(); // nor in what it serves itself
    assertThat(trace.leftOverCalls()).isEmpty();
    trace.assertThatTheLedgerAddsUp(RecordType.RECORD_HTTP_CLIENT);
  }

  /** The record of the next request, which says what the client got. */
  private static ClientRecord next(Outcome outcome) {
    ClientRecord record = trace.nextCall();
    assertThat(record.endNanos()).isGreaterThan(record.startNanos());
    assertThat(record.traceId()).isNotEqualTo("0".repeat(32));
    assertThat(record.parentSpanId()).isEqualTo("0".repeat(16));
    assertThat(record.end()).isEqualTo(EndReason.END_RETURNED);
    if (Character.isDigit(outcome.result().charAt(0))) {
      assertThat(record.status()).isEqualTo(Integer.parseInt(outcome.result()));
      assertThat(record.flags()).doesNotContain(HttpClientFlag.HTTP_CLIENT_FAILED);
    } else {
      assertThat(typeName(record)).isEqualTo(outcome.result());
      assertThat(record.status()).isZero();
    }
    return record;
  }

  /** The type of an error, with the name of its package. */
  private static String typeName(ClientRecord record) {
    assertThat(record.flags()).contains(HttpClientFlag.HTTP_CLIENT_FAILED);
    String name = typeNames.get(record.errorType());
    assertThat(name).as("type at 0x%x", record.errorType()).isNotNull();
    String star = name.startsWith("*") ? "*" : "";
    return star + name.substring(Math.max(name.lastIndexOf('/') + 1, star.length()));
  }

  private static ClientRecord nextAnswered(Outcome outcome, String path) {
    ClientRecord record = next(outcome);
    assertThat(record.status()).isEqualTo(200);
    assertThat(record.path()).isEqualTo(path);
    assertThat(record.peer()).isEqualTo(outcome.peer());
    assertThat(record.responseBytes()).isEqualTo(12);
    return record;
  }

  @ParameterizedTest
  @ValueSource(strings = {"dialled", "dialledname", "dialledtls", "dialled2", "dialledh2c"})
  void theFirstRequestOnAConnectionTellsHowLongMakingItTook(String way) {
    Outcome took = client.make(way);

    ClientRecord first = trace.nextCall();
    assertThat(first.connectNanos()).isGreaterThanOrEqualTo(Long.parseLong(took.peer()));
    assertThat(first.handshakeNanos()).isGreaterThanOrEqualTo(Long.parseLong(took.result()));
    assertThat(first.handshakeNanos() > 0).isEqualTo(Long.parseLong(took.result()) > 0);
    assertThat(first.lookupNanos() > 0).isEqualTo(way.equals("dialledname"));
    assertThat(first.waitNanos())
        .isGreaterThan(first.lookupNanos() + first.connectNanos() + first.handshakeNanos())
        .isLessThan(first.endNanos() - first.startNanos());

    ClientRecord second = trace.nextCall();
    assertThat(second.waitNanos()).isZero();
    assertThat(second.connectNanos()).isZero();
  }

  @Test
  void aRequestThatWaitsForAnothersConnectionTellsForHowLong() {
    Outcome outcome = client.make("waits");

    assertThat(trace.nextCall().connectNanos()).isPositive();
    ClientRecord second = next(outcome);
    assertThat(second.waitNanos()).isPositive().isLessThan(second.endNanos() - second.startNanos());
    assertThat(second.connectNanos()).isZero();
  }

  @Test
  void aRequestThatGetsNoConnectionHasWaitedForItUntilItsEnd() {
    ClientRecord refused = next(client.make("refused"));

    assertThat(refused.waitNanos())
        .isPositive()
        .isLessThan(refused.endNanos() - refused.startNanos());
    assertThat(refused.connectNanos()).isZero();
  }

  @Test
  void aRequestIsOneRecordThatSaysWhatWasAskedForAndWhatCame() {
    Outcome outcome = client.make("plain");

    ClientRecord record = nextAnswered(outcome, "/a/b/c d");
    assertThat(record.string(HttpClientString.HTTP_CLIENT_METHOD)).isEqualTo("GET");
    assertThat(record.string(HttpClientString.HTTP_CLIENT_SCHEME)).isEqualTo("http");
    assertThat(record.string(HttpClientString.HTTP_CLIENT_HOST)).isEqualTo(outcome.peer());
    assertThat(record.string(HttpClientString.HTTP_CLIENT_RAW_PATH)).isEqualTo("/a%2Fb/c d");
    assertThat(record.string(HttpClientString.HTTP_CLIENT_QUERY)).isEqualTo("q=1&sig=s");
    assertThat(record.flags()).isEmpty();
    assertThat(record.protocol()).isEqualTo(11);
    assertThat(record.resendCount()).isZero();
    assertThat(record.requestBytes()).isZero();
  }

  @Test
  void credentialsOfTheUrlAreNotRead() {
    ClientRecord record = nextAnswered(client.make("userinfo"), "/private");
    assertThat(record.flags()).containsExactly(HttpClientFlag.HTTP_CLIENT_USER_INFO);
    assertThat(record.strings().values()).noneMatch(text -> text.contains("secret"));
  }

  @Test
  void sizesAreThoseThatGoKnows() {
    assertThat(nextAnswered(client.make("post"), "/post").requestBytes()).isEqualTo(1000);

    ClientRecord head = nextAnswered(client.make("head"), "/head");
    assertThat(head.string(HttpClientString.HTTP_CLIENT_METHOD)).isEqualTo("HEAD");
  }

  @Test
  void aStatusIsNoError() {
    assertThat(next(client.make("missing")).status()).isEqualTo(404);
  }

  @Test
  void aConnectionThatIsUsedAgainIsKnown() {
    Outcome outcome = client.make("keepalive");
    nextAnswered(outcome, "/first");
    nextAnswered(outcome, "/second");
  }

  @Test
  void everyRequestOfARedirectIsOneOfItsOwn() {
    Outcome outcome = client.make("redirect");
    ClientRecord first = trace.nextCall();
    ClientRecord second = trace.nextCall();
    ClientRecord third = nextAnswered(outcome, "/found");
    assertThat(List.of(first.status(), second.status())).containsExactly(302, 307);
    assertThat(List.of(first.resendCount(), second.resendCount(), third.resendCount()))
        .containsExactly(0, 1, 2);
  }

  @ParameterizedTest
  @CsvSource({
    "refused, syscall.Errno",
    "noname, *net.DNSError",
    "hangup, *errors.errorString",
    "timeout, context.deadlineExceededError",
    "cancel, *errors.errorString",
    "distrusted, *tls.CertificateVerificationError",
    "badheader, *errors.errorString",
  })
  void anErrorIsToldByItsInnermost(String way, String type) {
    Outcome outcome = client.make(way);
    assertThat(outcome.result()).isEqualTo(type);
    ClientRecord record = next(outcome);
    assertThat(record.errorNumber()).isEqualTo(way.equals("refused") ? 111 : 0);
    assertThat(record.string(HttpClientString.HTTP_CLIENT_ERROR_TEXT))
        .isEqualTo(
            switch (way) {
              case "hangup" -> "EOF";
              case "cancel" -> "context canceled";
              case "badheader" -> "net/http: invalid header field name \"bad header\"";
              default -> "";
            });
  }

  /** Whose the request is, nobody can know then, and that is said. */
  @Test
  void aContextThatLeadsToWhatCannotBeReadIsCounted() {
    long before = contextsCut();
    nextAnswered(client.make("keepalive"), "/first");
    trace.nextCall();
    assertThat(contextsCut()).isEqualTo(before);

    Outcome outcome = client.make("apart");
    trace.nextCall();
    nextAnswered(outcome, "/apart");
    assertThat(contextsCut()).isEqualTo(before + 1);
  }

  private static long contextsCut() {
    return trace.counters(RecordType.RECORD_HTTP_CLIENT).get(Counter.COUNT_CONTEXT_CUT);
  }

  @ParameterizedTest
  @CsvSource({"panic, proxy", "exit, exited"})
  void aPanicOfTheTransportEndsTheRequest(String way, String result) {
    assertThat(client.make(way).result()).isEqualTo(result);
    ClientRecord record = trace.nextCall();
    assertThat(record.end()).isEqualTo(EndReason.END_PANICKED);
    assertThat(record.status()).isZero();
  }

  @Test
  void eachAttemptOfTheTransportIsARequestOfItsOwn() {
    Outcome outcome = client.make("again");
    trace.nextCall();
    ClientRecord failed = trace.nextCall();
    ClientRecord again = next(outcome);
    assertThat(failed.path()).isEqualTo("/again");
    assertThat(typeName(failed)).isIn("*errors.errorString", "syscall.Errno");
    assertThat(failed.resendCount()).isZero();
    assertThat(failed.peer()).isEqualTo(outcome.peer());
    assertThat(again.path()).isEqualTo("/again");
    assertThat(again.resendCount()).isEqualTo(1);
    assertThat(again.peer()).isEqualTo(outcome.peer());
    assertThat(again.startNanos()).isEqualTo(failed.endNanos());
    assertThat(again.spanId()).isNotEqualTo(failed.spanId());
    assertThat(again.traceId()).isNotEqualTo("0".repeat(32));
  }

  @Test
  void anAttemptWithoutAnotherIsTheRequest() {
    Outcome outcome = client.make("notagain");
    trace.nextCall();
    ClientRecord failed = next(outcome);
    assertThat(failed.path()).isEqualTo("/notagain");
    assertThat(failed.resendCount()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"plain, 1", "redirect, 3", "xnet, 2", "xnetconfigured, 2", "twice, 2", "handedon, 1"})
  void whatIsSentBeforeTheProcessIsTracedIsCountedOnceForEachRequest(String way, int requests) {
    trace.letGo(client.pid());
    long before = trace.before(RecordType.RECORD_HTTP_CLIENT);
    client.make(way);
    trace.trace(client.pid());

    assertThat(trace.before(RecordType.RECORD_HTTP_CLIENT)).isEqualTo(before + requests);
  }

  @ParameterizedTest
  @CsvSource({
    "tls, /tls, 11, 1",
    "http2, /second, 20, 2",
    "h2c, /h2c, 20, 1",
    "xnet, /xnet, 20, 2",
    "xnetconfigured, /second, 20, 2",
    "proxied, /proxied, 11, 1",
    "tunnelled, /tunnelled, 11, 1",
    "wrapped, /wrapped, 11, 1",
    "wrappedtls, /wrapped, 11, 1",
    "twice, /twice, 11, 2",
    "handedon, /handedon, 11, 1",
  })
  void aRequestIsOneRecordWhicheverWayItTakes(String way, String path, int protocol, int requests) {
    Outcome outcome = client.make(way);
    for (int i = 1; i < requests; i++) {
      nextAnswered(outcome, i == requests - 1 && !way.equals("twice") ? "/first" : path);
    }
    assertThat(nextAnswered(outcome, path).protocol()).isEqualTo(protocol);
  }

  @ParameterizedTest
  @ValueSource(strings = "xnettimeout")
  void anErrorOfATransportUsedAloneIsToldAsWell(String way) {
    next(client.make(way));
  }
}
